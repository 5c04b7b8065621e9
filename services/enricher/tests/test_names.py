"""The enrichment with a model of names, and what it keeps of blogs, without any library of models."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from services.enricher import enrichment
from services.enricher.enrichment import Enricher, load
from services.enricher.model import NameModel
from shared.records import Blog, Entry

TEXT = "The boat of Tavik Oslund was found by the Harbour Pilots this morning, after a long night at sea."
DANISH = "Broen er lukket, og politiet har fundet Tavik Oslund hos Harbour Pilots i havnen i nat efter stormen."


class Pipeline:
    """As spaCy's: names the two of which the rules cannot know."""

    lang = "en"

    def __call__(self, text: str) -> SimpleNamespace:
        names = (("PERSON", "Tavik Oslund"), ("ORG", "Harbour Pilots"))
        spans = ((label, text.find(name), len(name)) for label, name in names)
        return SimpleNamespace(
            ents=[
                SimpleNamespace(label_=label, start_char=at, end_char=at + length)
                for label, at, length in spans
                if at >= 0
            ]
        )


@pytest.mark.parametrize(("text", "found"), [(TEXT, (["Tavik Oslund"], ["Harbour Pilots"])), (DANISH, ([], []))])
def test_a_model_is_asked_in_its_own_language_only(text: str, found: tuple[list[str], list[str]]) -> None:
    about = load(model=NameModel(Pipeline())).enrich(Entry(id="1", text=text))
    people, organisations = found
    named = {one.name for one in (*about.people, *about.organisations)}
    assert named >= {*people, *organisations}
    assert bool(named & {"Tavik Oslund", "Harbour Pilots"}) is bool(people)


def test_what_is_kept_of_blogs_is_bounded_and_says_the_same_when_read_again(
    enricher: Enricher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrichment, "_BLOGS_KEPT", 3)
    blogs = [Blog(url=None, title=f"Der Krieg in der Ukraine und die Lage in Kiew, Tag {day}") for day in range(8)]
    found = [enricher.enrich(Entry(id="1", text="Update"), blog).language for blog in (*blogs, blogs[0])]
    assert found == ["de"] * 9
    assert len(enricher._blogs) <= 3
