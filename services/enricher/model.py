"""An optional spaCy model, mounted by the operator: it adds people and organisations to what the rules have found."""

from __future__ import annotations

import importlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from services.enricher.names import Span, lists
from services.enricher.organisations import Organisation
from services.enricher.text import Word

MOST_CHARACTERS = 5_000
"""What a model reads of one entry: its time grows with the text."""
_MOST_WORDS = 8
_PERSON, _ORGANISATION = frozenset(("PERSON", "PER")), frozenset(("ORG",))
_ANY_LANGUAGE = "xx"
_NOT_NEEDED = ("tagger", "parser", "lemmatizer", "morphologizer", "attribute_ruler", "entity_linker", "textcat")


class ModelError(Exception):
    """A model that cannot be used: the message says how to mend it."""


class Named(NamedTuple):
    """What the model takes for names."""

    people: list[Span]
    organisations: list[Span]


class NameModel:
    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._language = str(pipeline.lang)

    def reads(self, language: str | None) -> bool:
        return language is None or self._language in (language, _ANY_LANGUAGE)

    def find(self, text: str, words: Sequence[Word]) -> Named:
        """The names of the first MOST_CHARACTERS, each as whole words that begin with a capital."""
        named = Named([], [])
        starts, ends = [word.start for word in words], [word.end for word in words]
        for entity in self._pipeline(text[:MOST_CHARACTERS]).ents:
            spans = _spans_of(named, entity.label_)
            first, last = bisect_left(starts, entity.start_char), bisect_right(ends, entity.end_char) - 1
            name = _trimmed(words, first, last)
            if spans is not None and name is not None:
                spans.append(name)
        return named


def load_model(folder: Path) -> NameModel:
    """The model that lies in `folder`. Raises ModelError."""
    try:
        spacy = importlib.import_module("spacy")
    except ImportError as error:
        raise ModelError(
            f"It takes spaCy, which is not installed here: pip install 'livebell[spacy]' ({error})."
        ) from error
    try:
        made_for = str(json.loads((folder / "meta.json").read_bytes()).get("spacy_version", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{folder} holds no spaCy model. Name the folder with its meta.json and config.cfg."
        ) from error
    if made_for and spacy.util.is_compatible_version(spacy.__version__, made_for) is False:
        raise ModelError(
            f"The model in {folder} was made for spaCy {made_for}, and {spacy.__version__} is installed: "
            f"pip install 'spacy{made_for}', or mount a model of this version."
        )
    try:
        pipeline = spacy.load(folder, exclude=_NOT_NEEDED)
    except Exception as error:  # spaCy raises of every kind for what it cannot read
        raise ModelError(f"The model in {folder} cannot be loaded ({error}). Download it anew.") from error
    if not any("doc.ents" in pipeline.get_pipe_meta(name).assigns for name in pipeline.pipe_names):
        raise ModelError(f"The model in {folder} finds no names: take one with `ner` or `entity_ruler`.")
    return NameModel(pipeline)


def with_people(rules: list[Span], more: Sequence[Span], is_place: Callable[[Span], bool]) -> list[Span]:
    """The rules' people, and the model's that overlap none of them and are no single word that names a place."""
    return _joined(rules, [span for span in more if span.first < span.last or not is_place(span)], rules)


def with_organisations(
    rules: list[Organisation], more: Sequence[Span], people: Sequence[Span], is_place: Callable[[Span], bool]
) -> list[Organisation]:
    taken = [*people, *(one.span for one in rules)]
    added = _joined([], [span for span in more if span.first < span.last or not is_place(span)], taken)
    return sorted([*rules, *(Organisation(span, listed=False) for span in added)])


def _joined(rules: Sequence[Span], more: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    used = {index for span in taken for index in range(span.first, span.last + 1)}
    return sorted([*rules, *(span for span in more if used.isdisjoint(range(span.first, span.last + 1)))])


def _spans_of(named: Named, label: str) -> list[Span] | None:
    if label in _PERSON:
        return named.people
    return named.organisations if label in _ORGANISATION else None


def _trimmed(words: Sequence[Word], first: int, last: int) -> Span | None:
    """Without the article and titles that a model takes in, as the rules have it; None where no name is left."""
    known = lists()
    while first < last and (words[first].lower == "the" or words[first].lower in known.titles | known.forms):
        first += 1
    if last > first and words[last].text in ("s", "S"):
        last -= 1
    if not 0 <= last - first < _MOST_WORDS or not words[first].capital or words[first].text in known.not_names:
        return None
    return Span(first, last)
