"""Organisations: by list, by the words that make a name an organisation's, and by acronyms with their expansions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from services.enricher.names import Lists, Span, lists
from services.enricher.tables import rows, several
from services.enricher.text import Word, joined

_MOST_WORDS = 9
_OF = frozenset(("of", "for", "on"))
_LEAST_ACRONYM = 2
_EVERYDAY = frozenset(
    "Labour Shell Apple Meta Treasury Congress ICE IS AU AP WHO Fed Wagner ABC Isis Telegram Republicans".split()
)
"""Listed names that are also words: they count only inside a sentence, and not as a piece of a longer name."""


class Organisation(NamedTuple):
    span: Span
    listed: bool


class _Listed(NamedTuple):
    names: frozenset[tuple[str, ...]]
    longest: dict[str, int]
    """First word → the most words of a listed name that begins with it."""


@cache
def _listed() -> _Listed:
    names: set[tuple[str, ...]] = set()
    longest: dict[str, int] = {}
    for full, *others in rows("organisations.tsv"):
        for one in [full, *several(others[0] if others else "")]:
            parts = tuple(one.replace("-", " ").split())
            for name in {parts, tuple(part.upper() for part in parts) if len(parts) > 1 else parts}:
                names.add(name)
                longest[name[0]] = max(longest.get(name[0], 0), len(name))
    return _Listed(frozenset(names), longest)


def find_organisations(text: str, words: Sequence[Word], people: Sequence[Span]) -> list[Organisation]:
    """Organisations in order; none lies in a person's name."""
    known, listed = lists(), _listed()
    taken = {index for span in people for index in range(span.first, span.last + 1)}
    found: list[Organisation] = []
    acronyms: set[str] = set()
    index = 0
    while index < len(words):
        if index in taken or not (words[index].capital or words[index].text in listed.longest):
            index += 1
            continue
        longer = _by_words(text, words, index, known, taken)
        organisation = longer or _by_list(text, words, index, listed)
        if organisation is None:
            index += 1
            continue
        found.append(organisation)
        index = organisation.span.last + 1
        if (acronym := _acronym_after(text, words, organisation.span)) is not None:
            acronyms.add(acronym)
    return _with_acronyms(words, found, acronyms, taken)


def _by_list(text: str, words: Sequence[Word], first: int, listed: _Listed) -> Organisation | None:
    parts: list[str] = []
    best = None
    for index in range(first, min(first + listed.longest.get(words[first].text, 0), len(words))):
        if index > first and not joined(text, words[index - 1], words[index]):
            break
        parts.append(words[index].text)
        if tuple(parts) in listed.names:
            best = index
    if best is None or (best == first and words[first].text in _EVERYDAY and not _names(text, words, first)):
        return None
    return Organisation(Span(first, best), listed=True)


def _names(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether a listed name that is also a word is a name here: not the first word, not among words in capitals."""
    following = words[index + 1] if index + 1 < len(words) else None
    if following is not None and following.capital and joined(text, words[index], following):
        return False
    return index > 0 and not (words[index - 1].text.isupper() and words[index].text.isupper())


def _by_words(text: str, words: Sequence[Word], first: int, known: Lists, taken: set[int]) -> Organisation | None:
    """A name of capitals that holds a word such as "Ministry": "Kharkiv Regional Office", "Ministry of Defence"."""
    if not words[first].text[0].isupper() or _no_beginning(words[first].text, known):
        return None
    index, decided, last = first, -1, first
    while index - first < _MOST_WORDS:
        if words[index].text in known.org_words:
            decided = index
        step = _next(text, words, index, open_end=decided >= 0)
        if step is None or step in taken or words[step].text in _CALENDAR:
            break
        index = last = step
    if decided < 0 or (decided == first + 1 and words[decided].text == "Bank" and words[first].text in _OF_A_RIVER):
        return None
    end = last if decided < last and words[decided + 1].text in _OF else decided
    return Organisation(Span(first, end), listed=False) if end > first else None


_OF_A_RIVER = frozenset("West East North South Left Right".split())
"""Whose bank is a river's: "the West Bank"."""


def _no_beginning(word: str, known: Lists) -> bool:
    return word in _CALENDAR or word.lower() in known.titles or (word in known.not_names and word not in _BEGINNINGS)


_CALENDAR = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December".split()
)
_BEGINNINGS = frozenset(
    "English French German Spanish Arabic Russian Chinese Christian Muslim Jewish Catholic Islamic Hindu Orthodox East "
    "West North South Northern Southern Eastern Western Central Supreme High Foreign Defence Defense Interior Finance "
    "Home State First National New Great US UK EU UN U.S. U.K. Justice Prime Olympic Nobel Internet Christmas".split()
)


def _next(text: str, words: Sequence[Word], index: int, *, open_end: bool) -> int | None:
    """The next word of a name of capitals; past "of the" once a deciding word is there, past "and" in its "of …"."""
    step = index + 1
    if step >= len(words):
        return None
    gap, word = text[words[index].end : words[step].start], words[step]
    if gap in ("'", "’"):
        return _after_gap(text, words, step) if word.text == "s" and words[index].text in _OWNERS else None
    if gap not in (" ", "-", " & "):
        return None
    if word.capital:
        return step
    if word.text in _OF and open_end:
        return _after_gap(text, words, step)
    return _after_and(text, words, step, open_end=open_end) if word.text == "and" else None


def _after_and(text: str, words: Sequence[Word], index: int, *, open_end: bool) -> int | None:
    """Past "and" where the name goes on: "Fire and Rescue Service", "Department of Fish and Wildlife"."""
    following = _after_gap(text, words, index, article=False)
    if following is None:
        return None
    org_words = lists().org_words
    decides = following + 1 < len(words) and words[following + 1].text in org_words
    if open_end:  # "… Bank and Other Bank" are two
        return following if words[following].text not in org_words and not decides else None
    return following if decides else None


_OWNERS = frozenset(
    "Sheriff Coroner Prosecutor People Children Women Men Veterans Workers Prime Minister Farmers Mayor".split()
)


def _after_gap(text: str, words: Sequence[Word], index: int, *, article: bool = True) -> int | None:
    """The capital behind the word `index`, past "the"."""
    step = index + 1
    if article and step < len(words) and words[step].text == "the":
        step += 1
    if step >= len(words) or not words[step].capital or text[words[step - 1].end : words[step].start] != " ":
        return None
    return step


def _acronym_after(text: str, words: Sequence[Word], span: Span) -> str | None:
    """The acronym in brackets behind a name: "Federal Rescue Agency (FRA)"."""
    index = span.last + 1
    if index >= len(words):
        return None
    word = words[index]
    bracketed = text[words[span.last].end : word.start] == " (" and text[word.end : word.end + 1] == ")"
    return word.text if bracketed and word.text.isupper() and len(word.text) >= _LEAST_ACRONYM else None


def _with_acronyms(
    words: Sequence[Word], found: list[Organisation], acronyms: set[str], taken: set[int]
) -> list[Organisation]:
    if not acronyms:
        return found
    covered = taken | {index for one in found for index in range(one.span.first, one.span.last + 1)}
    more = [
        Organisation(Span(index, index), listed=False)
        for index, word in enumerate(words)
        if word.text in acronyms and index not in covered
    ]
    return sorted([*found, *more])
