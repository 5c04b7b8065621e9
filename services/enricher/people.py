"""People by rules: a given name or a title before a name, a name before a verb of saying, and surnames that follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from services.enricher.names import Lists, Span, lists, run_end
from services.enricher.text import Word, joined

_SAYING = frozenset(
    "said says told tells added adds wrote writes tweeted posted argued claimed claims warned warns insisted vowed "
    "explained believes thinks announced replied admitted denied confirmed resigned died testified".split()
)
_AGE = re.compile(r", (?:aged )?\d{1,2}(?:,|\.| and | who )")
_JUNIOR = frozenset(("Jr", "Sr", "II", "III", "IV"))
_MOST_AFTER_TITLE = 3


def find_people(
    text: str, words: Sequence[Word], is_place: Callable[[str], bool], remembered: Iterable[str] = ()
) -> list[Span]:
    """Spans of words that name a person. `remembered` are surnames that the blog has introduced."""
    known = lists()
    full = _full_names(text, words, known, is_place)
    surnames = {words[span.last].text for span in full} | known.known_surnames | set(remembered)
    taken = {index for span in full for index in range(span.first, span.last + 1)}
    alone = [
        Span(index, index)
        for index, word in enumerate(words)
        if word.text in surnames and index not in taken and _stands_alone(text, words, index, known)
    ]
    return sorted(full + alone)


def _full_names(text: str, words: Sequence[Word], known: Lists, is_place: Callable[[str], bool]) -> list[Span]:
    found = []
    index = 0
    while index < len(words):
        word = words[index]
        if not word.capital or word.text in known.not_names or not word.text[0].isupper():
            index += 1
            continue
        if word.lower in known.titles and index + 1 < len(words) and words[index + 1].capital:
            index += 1
            continue
        last = run_end(text, words, index, known.not_names)
        index = _past_the_office(words, index, last, known)
        span = _person_in(text, words, index, last, known, is_place)
        if span is not None:
            found.append(span)
            index = span.last + 1
        else:
            index = last + 1
    return found


def _past_the_office(words: Sequence[Word], first: int, last: int, known: Lists) -> int:
    """Where the person begins in "Morgan County Coroner Jeff Chunn": behind the last office, which is no surname."""
    if words[first].text.isupper():
        return first
    for index in range(last - 1, first, -1):
        word = words[index]
        if word.lower in known.titles and word.text not in _SURNAMES and words[index + 1].text not in _JUNIOR:
            return first if index == first + 1 and words[first].text in known.given else index + 1
    return first


_SURNAMES = frozenset(
    "King Prince Pope Bishop Judge Major Dean Cardinal Marshal Duke Pastor Farmer Chase Coach".split()
)
"""Offices that are also surnames."""
_IDENTIFIED = frozenset("identified named".split())
_MOST_BETWEEN = 6
"""Words between "identified" and "as"."""


def _identified(text: str, words: Sequence[Word], first: int) -> bool:
    """Whether the text says that this is somebody's name: "identified the victim as …"."""
    if first < 2 or words[first - 1].text != "as" or text[words[first - 1].end : words[first].start] != " ":
        return False
    return any(word.lower in _IDENTIFIED for word in words[max(0, first - 1 - _MOST_BETWEEN) : first - 1])


def _person_in(
    text: str, words: Sequence[Word], first: int, last: int, known: Lists, is_place: Callable[[str], bool]
) -> Span | None:
    """The person in the run of capitals `first` to `last`, if one is named there."""
    for start in range(first, last + 1):
        for end in range(min(last, start + 3), start, -1):
            if tuple(word.text for word in words[start : end + 1]) in known.known_people:
                return Span(start, end)
    if words[last].text in known.geo or words[last].text in known.org_words:
        return None
    if all(word.text.isupper() for word in words[first : last + 1]) and last > first:
        return _shouted(words, first, last, known, is_place)
    if _title_before(text, words, first, known, single=first == last):
        return Span(first, min(last, first + _MOST_AFTER_TITLE - 1) if last - first >= 4 else last)
    for start in range(first, last):
        if words[start].text in known.given and len(words[start].text) > 1:
            return Span(start, last) if _no_place(text, words, start, last, is_place) else None
    return _by_what_follows(text, words, first, last, is_place)


def _by_what_follows(
    text: str, words: Sequence[Word], first: int, last: int, is_place: Callable[[str], bool]
) -> Span | None:
    """The run as a person's where an age or a verb of saying stands behind it."""
    if (
        1 <= last - first <= 2
        and not _after_the(words, first)
        and not is_place(text[words[first].start : words[last].end])
    ):
        after = words[last + 1].text if last + 1 < len(words) else ""
        if (
            _identified(text, words, first)
            or _AGE.match(text, words[last].end)
            or (after in _SAYING and text[words[last].end] == " ")
        ):
            return Span(first, last)
    return None


def _shouted(
    words: Sequence[Word], first: int, last: int, known: Lists, is_place: Callable[[str], bool]
) -> Span | None:
    """In capitals throughout every word looks like a name's: only a sure given name and the word behind it are one."""
    for start in range(first, last):
        given, follows = words[start], words[start + 1]
        sure = len(given.text) > 1 and given.text.title() in known.given and not is_place(given.text)
        if sure and given.lower not in known.common and len(follows.text) > 1 and follows.lower not in known.common:
            return (
                None if follows.text.title() in known.not_names or follows.lower in _SAYING else Span(start, start + 1)
            )
    return None


def _title_before(text: str, words: Sequence[Word], first: int, known: Lists, *, single: bool) -> bool:
    if first == 0:
        return False
    before = words[first - 1]
    gap = text[before.end : words[first].start]
    title = before.lower
    if title in known.forms and gap in (" ", ". "):
        return True
    if title not in known.titles or gap not in (" ", ". "):
        return False
    return before.capital or (not single and title not in ("center", "department"))


def _no_place(text: str, words: Sequence[Word], start: int, last: int, is_place: Callable[[str], bool]) -> bool:
    """Whether "Georgia Meloni" is none: the whole run no place's name, what follows no "…, Texas" of the map."""
    return not is_place(text[words[start].start : words[last].end])


def _after_the(words: Sequence[Word], first: int) -> bool:
    return first > 0 and words[first - 1].lower == "the"


def _stands_alone(text: str, words: Sequence[Word], index: int, known: Lists) -> bool:
    """Whether the surname at `index` is not part of a longer name ("Trump Tower", "Paris Hilton Hotel")."""
    if index + 1 < len(words) and joined(text, words[index], words[index + 1]) and words[index + 1].capital:
        following = words[index + 1].text
        return following not in known.geo and following not in known.org_words
    return True
