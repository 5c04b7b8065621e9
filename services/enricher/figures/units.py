"""What stands around a number: its unit, what it counts, and whether that is people who came to harm."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from services.enricher.tables import rows, words

_NOUN = re.compile(r"[\s-]([^\W\d_][\w'’-]*)")
_QUALIFIERS = (
    r"(?:(?:at least|more than|over|about|around|some|up to|nearly|almost|an estimated|as many as|the|to|rises? to"
    r"|rose to|risen to|has risen to|climbs to|reached|reaches|at|of|stands at|now|least|another|:)\s*)*"
)
_PEOPLE = frozenset(
    "people men women children police personnel troops crew staff dead wounded injured missing "
    "personen menschen personnes personas persone pessoas человек людей осіб".split()
)
_PLURALS = _PEOPLE | {"cattle", "fish", "aircraft"}
_MOST_NOUN_WORDS = 3
_BEFORE = 60
_MISLEADING = ("left", "leaving", "claimed")
"""Verbs that speak of harm only with the word behind the number: "left 15 people dead"."""
_HARM = re.compile(r"^[^.,;\d]{0,30}\b(?:dead|lives)\b")
_HYPHENED = frozenset(
    "mile kilometre kilometer km metre meter foot day hour minute week month year pound ton tonne acre hectare".split()
)
"""Units that "a five-day war" has in the singular."""


_DEGREES = ("C", "F")
"""Degrees where they stand close behind a number: "47C"."""


class Unit(NamedTuple):
    name: str
    factor: float
    end: int


class _Tables(NamedTuple):
    units: dict[str, tuple[str, float]]
    unit: re.Pattern[str]
    after: tuple[tuple[str, re.Pattern[str]], ...]
    before: tuple[tuple[str, re.Pattern[str]], ...]


@cache
def _tables() -> _Tables:
    units = {word: (unit, float(factor)) for unit, factor, field in rows("units.tsv") for word in field.split(";")}
    units |= {word: units[f"{word}s"] for word in _HYPHENED if f"{word}s" in units and word not in units}
    after, before = [], []
    for unit, where, field in rows("casualties.tsv"):
        any_of = _any_of(field.split(";"))
        if where == "after":
            after.append((unit, re.compile(rf"^(?:[^\d.;:!?,\n]{{0,45}}?[\s(-])?(?:{any_of})\b", re.IGNORECASE)))
        else:
            before.append((unit, re.compile(rf"\b(?:{any_of})\s+{_QUALIFIERS}$", re.IGNORECASE)))
    pattern = re.compile(rf"[\s-]?({_any_of(units)})(?!\w)", re.IGNORECASE)
    return _Tables(units, pattern, tuple(after), tuple(before))


def _any_of(options: list[str] | dict[str, tuple[str, float]]) -> str:
    return "|".join(sorted(map(re.escape, options), key=len, reverse=True))


def unit_after(text: str, end: int) -> Unit | None:
    """The unit of measure behind a number that ends at `end`."""
    match = _tables().unit.match(text, end)
    if match is None:
        return None
    word = match[1].lower()
    if len(word) == 1 and word not in "%m" and not (match[1] in _DEGREES and match.start(1) == end):
        return None
    if text[end] == "-" and word not in _HYPHENED:
        return None
    name, factor = _tables().units[word]
    return Unit(name, factor, match.end())


def noun_after(text: str, at: int) -> tuple[str | None, int]:
    """(what is counted, where that ends): up to three words behind the number, to the end of the phrase."""
    found: list[str] = []
    end = at
    while len(found) < _MOST_NOUN_WORDS:
        match = _NOUN.match(text, end)
        if match is None or match[1].lower() in _stops():
            break
        found.append(match[1])
        end = match.end()
        following = _NOUN.match(text, end)
        if is_plural(match[1]) and (following is None or not is_plural(following[1])):
            break
    return (" ".join(found), end) if found else (None, at)


@cache
def _stops() -> frozenset[str]:
    return words("figure_stops.txt")


def is_plural(phrase: str) -> bool:
    last = phrase.rsplit(" ", 1)[-1].lower()
    return last in _PLURALS or (last.endswith("s") and not last.endswith(("ss", "us", "is")))


def are_people(phrase: str) -> bool:
    return phrase.rsplit(" ", 1)[-1].lower() in _PEOPLE


def harm(text: str, start: int, rest: str) -> str | None:
    """Whether those counted are "dead", "injured" …: by the verb before the number, else the nearest word behind it."""
    before = text[max(0, start - _BEFORE) : start]
    tables = _tables()
    for unit, pattern in tables.before:
        match = pattern.search(before)
        if match is not None and not (match[0].lower().startswith(_MISLEADING) and not _HARM.match(rest)):
            return unit
    behind = [(match.end(), unit) for unit, pattern in tables.after if (match := pattern.match(rest)) is not None]
    return min(behind)[1] if behind else None
