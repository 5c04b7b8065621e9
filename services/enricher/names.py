"""Words that a name can begin, hold or end with: the lists that people, organisations and places are told apart by."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from services.enricher.tables import rows, words
from services.enricher.text import Word, joined

PARTICLES = frozenset("al el bin ibn ben van von der den de da di del della la le du dos das ul ur ter ten abu".split())
_MOST_PARTICLES = 2
MOST_WORDS = 5
"""Of a person's name, particles included."""


class Span(NamedTuple):
    """Words `first` to `last`, both included."""

    first: int
    last: int


class Lists(NamedTuple):
    given: frozenset[str]
    """Given names."""
    not_names: frozenset[str]
    titles: frozenset[str]
    """Offices and trades before a person's full name."""
    forms: frozenset[str]
    """Forms of address: enough for a surname alone."""
    org_words: frozenset[str]
    geo: dict[str, str]
    """A word of geography → division, nature, road or site."""
    known_people: frozenset[tuple[str, ...]]
    known_surnames: frozenset[str]
    common: frozenset[str]
    """The commonest words of English, in lower case."""
    ordinary: frozenset[str]
    """Ordinary words, in lower case, that are places' names too."""


@cache
def lists() -> Lists:
    titles, forms = (row[0].removeprefix("| ").split() for row in rows("titles.txt"))
    listed = frozenset(tuple(row[0].split()) for row in rows("known_people.txt"))
    surnames = frozenset(name[-1] for name in listed) - _COMMON_SURNAMES
    known = listed | {tuple(part.upper() for part in name) for name in listed}
    kinds = {word: kind for kind, field in rows("geowords.txt") for word in field.split()}
    return Lists(
        given=words("firstnames.txt"),
        not_names=words("notnames.txt"),
        titles=frozenset(titles),
        forms=frozenset(forms),
        org_words=words("orgwords.txt"),
        geo=kinds,
        known_people=known,
        known_surnames=surnames | {name.upper() for name in surnames if len(name) >= _LEAST_SHOUTED},
        common=words("common_words.txt"),
        ordinary=words("ordinary.txt"),
    )


_LEAST_SHOUTED = 4
"""Letters of a surname that is told from an acronym or a number in capitals throughout: "XI" is none."""
_COMMON_SURNAMES = frozenset(
    "Un Harris Sullivan Austin Katz Francis Leo Charles Camilla William Harry Diana May Swift Cooper Johnson Khan "
    "Clinton Bush Sharif Petro Merz Healey Silva Jong Yi Qiang Reeves Fidan Leyen Ahmed Hussein Laden Hilton "
    "Breed".split()
)
"""Surnames of known people that name others, or places, as often: alone they tell nothing."""


def run_end(text: str, words: Sequence[Word], first: int, stop: frozenset[str]) -> int:
    """The last word of the name of capitals that begins at `first`; particles and initials count as part of it."""
    last = first
    while last + 1 < len(words) and last - first < MOST_WORDS:
        here, following = words[last], words[last + 1]
        if not joined(text, here, following) and not (
            len(here.text) == 1 and text[here.end : following.start] in (". ", ".")
        ):
            break
        if following.capital:
            if following.text in stop:
                break
            last += 1
            continue
        step = last + 1
        while step < len(words) and words[step].text in PARTICLES and step - last <= _MOST_PARTICLES:
            step += 1
        if step == last + 1 or step >= len(words) or not words[step].capital or words[step].text in stop:
            break
        if not all(joined(text, words[at - 1], words[at]) for at in range(last + 1, step + 1)):
            break
        last = step
    return last
