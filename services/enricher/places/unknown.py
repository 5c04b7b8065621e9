"""Places that a text names and the gazetteer does not know: by a word of geography in the name or before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from services.enricher.names import Lists, Span, lists
from services.enricher.organisations import Organisation
from services.enricher.places.format import Kind
from services.enricher.places.mentions import Mention
from services.enricher.text import Word, joined

_ONE = frozenset(
    "village town city suburb hamlet settlement township island neighbourhood neighborhood commune municipality "
    "borough district port".split()
)
_SEVERAL = frozenset(
    "villages towns cities suburbs hamlets settlements townships islands neighbourhoods neighborhoods districts "
    "provinces regions".split()
)
_FIRST = {"Lake": "nature", "Mount": "nature", "River": "nature", "Cape": "nature", "Camp": "site", "RAF": "site"}
_MOST_BEFORE = 4
_MOST_LISTED = 8
_NO_SITE = frozenset(
    ("Base", "Plant", "Market", "Camp", "Port", "Terminal", "Tower", "Close", "Way", "Court", "State", "Point")
)
"""Words that make a name only behind a name that is certain: a known place's or several words."""


_BEARINGS = frozenset("north south east west northeast northwest southeast southwest outside".split())
_CALLED = frozenset("region district province oblast county prefecture township neighbourhood neighborhood".split())
_BEFORE_CALLED = frozenset("in the of from at across".split())
_APART = re.compile(r", (?:about |some |around |roughly )?\d[\d.,]* ?(?:miles?|mi|km|kms|kilometers?|kilometres?)\b")
"""How far away a place is, told behind its name: "in Baqouba, 35 miles northeast of Baghdad"."""
_BEFORE_HELD = frozenset("in near at outside from of to".split())
_NAMED = frozenset(("division", "nature", "road", "site"))
"""Kinds of words of geography that a name stands before."""


class Unknown(NamedTuple):
    start: int
    end: int
    inner: Mention | None = None
    """A known place inside the name."""
    beside: bool = False
    """Whether the inner place says where it lies: an airport lies at its city, a road named after one may not."""


def find_unknown(
    text: str,
    words: Sequence[Word],
    known: Sequence[Mention],
    people: Sequence[Span],
    organisations: Sequence[Organisation],
) -> list[Unknown]:
    lists_ = lists()
    at = {index: mention for mention in known for index in range(mention.first, mention.last + 1)}
    blocked = {i for one in organisations for i in range(one.span.first, one.span.last + 1)}
    persons = {i for span in people for i in range(span.first, span.last + 1)}
    found: list[Unknown] = []
    used: set[int] = set()
    for index, word in enumerate(words):
        if not word.capital and word.text not in _ONE and word.text not in _SEVERAL:
            continue
        if index in used or index in blocked:
            continue
        kind = lists_.geo.get(word.text)
        span = _name_before(text, words, index, lists_, blocked) if kind in _NAMED and index > 0 else None
        if span is not None:
            if _goes_on(text, words, index) or (
                span.first == index - 1 and word.text in _NO_SITE and span.first not in at
            ):
                continue
            inner = next((at[i] for i in range(span.first, index) if i in at), None)
            if inner is not None and index in range(inner.first, inner.last + 1):
                continue
            found.append(Unknown(words[span.first].start, word.end, inner, kind == "site"))
            used.update(range(span.first, index + 1))
        elif word.text in _FIRST and index + 1 < len(words) and index + 1 not in at and index not in at:
            following = words[index + 1]
            if following.capital and joined(text, word, following) and following.text not in lists_.not_names:
                found.append(Unknown(word.start, following.end))
                used.update((index, index + 1))
        elif (span := _by_what_is_said(text, words, index, lists_, at, blocked | persons)) is not None:
            found.append(Unknown(words[span.first].start, words[span.last].end))
            used.update(range(span.first, span.last + 1))
        elif word.text in _ONE or word.text in _SEVERAL:
            for span in _after_of(text, words, index, lists_, several=word.text in _SEVERAL):
                if span.first not in at and not {span.first, span.last} & (blocked | persons):
                    found.append(Unknown(words[span.first].start, words[span.last].end))
                    used.update(range(span.first, span.last + 1))
    return found


def _by_what_is_said(
    text: str, words: Sequence[Word], index: int, known: Lists, at: dict[int, Mention], others: set[int]
) -> Span | None:
    """The unknown name that begins here where the text says it is a place: "east of Sadieville", "near Santragachi"."""
    word = words[index]
    if index < 1 or not _may_begin(word, known) or text[words[index - 1].end : word.start] != " ":
        return None
    last = index
    while (
        last + 1 < len(words)
        and last - index < 2
        and words[last + 1].capital
        and joined(text, words[last], words[last + 1])
    ):
        last += 1
    if any(step in at or step in others for step in range(index, last + 1)):
        return None
    if any(words[step].text in known.org_words or words[step].text in known.geo for step in range(index, last + 1)):
        return None
    before = words[index - 1].lower
    following = words[last + 1] if last + 1 < len(words) else None
    gap = text[words[last].end : following.start] if following else ""
    direction = before == "of" and index >= 2 and words[index - 2].lower in _BEARINGS
    noun = following is not None and gap == " " and following.text in _CALLED and before in _BEFORE_CALLED
    held = (
        before in _BEFORE_HELD
        and last + 1 in at
        and gap == ", "
        and at[last + 1].postings[0].kind in (Kind.COUNTRY, Kind.DIVISION)
    )
    apart = before in ("in", "near", "at") and _APART.match(text, words[last].end) is not None
    return Span(index, last) if direction or noun or held or apart else None


def _may_begin(word: Word, known: Lists) -> bool:
    return (
        word.capital
        and word.text[0].isupper()
        and len(word.text) > 3
        and not word.text.isupper()
        and word.text not in known.not_names
        and word.text not in known.given
        and word.lower not in known.common
    )


def _name_before(text: str, words: Sequence[Word], index: int, known: Lists, blocked: set[int]) -> Span | None:
    """The capitals right before the word of geography at `index`."""
    first = index
    while first > 0 and index - first < _MOST_BEFORE:
        before = words[first - 1]
        if before.text in known.geo and known.geo[before.text] == "road":
            break
        if not before.capital or not before.text[0].isupper() or not joined(text, before, words[first]):
            break
        if first - 1 in blocked or (before.text in known.not_names and before.text not in _DIRECTIONS):
            break
        first -= 1
    return Span(first, index) if first < index else None


def _goes_on(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether the word is part of a longer name: "National Highway Authority"."""
    return (
        index + 1 < len(words) and words[index + 1].capital and text[words[index].end : words[index + 1].start] == " "
    )


_DIRECTIONS = frozenset(
    "North South East West Northern Southern Eastern Western Upper Lower Central New Old King".split()
)


def _after_of(text: str, words: Sequence[Word], index: int, known: Lists, *, several: bool) -> list[Span]:
    """What "the village of …", "the towns of …, … and …" name."""
    step = index + 1
    if step >= len(words) or words[step].text != "of":
        return []
    spans: list[Span] = []
    step += 1
    while step < len(words) and len(spans) < (_MOST_LISTED if several else 1):
        if not words[step].capital or words[step].text in known.not_names or not words[step].text[0].isupper():
            break
        last = step
        while (
            last + 1 < len(words)
            and last - step < 3
            and words[last + 1].capital
            and joined(text, words[last], words[last + 1])
        ):
            last += 1
        spans.append(Span(step, last))
        if last + 1 >= len(words):
            break
        gap = text[words[last].end : words[last + 1].start]
        step = last + 2 if words[last + 1].text == "and" and gap in (" ", ", ") else last + 1
        if step == last + 1 and gap != ", ":
            break
    return spans
