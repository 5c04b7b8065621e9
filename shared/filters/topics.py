"""Which topic of the IPTC Media Topics lies within which, so that who asks for a disaster is told of an accident too;
and which of them an entry may be given."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from msgspec import Struct

from shared.filters.inflection import variants
from shared.filters.words import phrase, words

_FILE = Path(__file__).parent / "data" / "topics.tsv"
_BETWEEN = re.compile(r", | and ")


class Known(Struct, frozen=True):
    """`broader` is the code of the topic around it, "" at the top; `given` says whether the enricher gives it."""

    code: str
    broader: str
    label: str
    given: bool


def around(code: str) -> Known | None:
    """The topic that a topic lies within; None at the top, and for a code that is not known."""
    topics = _known()
    found = topics.get(code)
    return topics.get(found.broader) if found else None


@cache
def in_use() -> tuple[Known, ...]:
    """The topics that find an entry: those that the enricher gives, and those around them."""
    codes = {code for topic in _known().values() if topic.given for code in (topic.code, topic.broader)}
    return tuple(topic for topic in _known().values() if topic.code in codes)


def named(term: str) -> Known | None:
    """The topic in use with this code or label, or with a part of its label, as war of Conflict, war and peace."""
    asked = phrase(term)
    return next((_by_name()[form] for form in (asked, *variants(asked, "en")) if form in _by_name()), None)


@cache
def _by_name() -> dict[str, Known]:
    parts = {phrase(part): topic for topic in reversed(in_use()) for part in _BETWEEN.split(topic.label)}
    return parts | {phrase(name): topic for topic in in_use() for name in (topic.label, topic.code)}


def like(term: str) -> Known | None:
    """The topic in use whose label has most of the term's words, of these the broadest; None where none has any."""
    asked = set(words(term))

    def has(topic: Known) -> int:
        return len(asked & set(words(topic.label)))

    found = max(in_use(), key=lambda topic: (has(topic), not topic.broader, -len(topic.label)))
    return found if has(found) else None


@cache
def _known() -> dict[str, Known]:
    lines = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = (line.split("\t") for line in lines)
    return {code: Known(code, broader, label, given == "+") for code, broader, label, given in rows}
