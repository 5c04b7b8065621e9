"""Which place the text itself puts another in: "Paris, Texas", "HOLLIDAY, Mo.", "Athens in northern Alabama"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from services.enricher.places.choose import base
from services.enricher.places.format import Flag, Kind
from services.enricher.places.gazetteer import Posting
from services.enricher.places.mentions import Mention
from services.enricher.text import Word

_CONTAINERS = frozenset((Kind.COUNTRY, Kind.DIVISION, Kind.REGION))
_ALONE = frozenset(
    ("B.C.", "D.C.", "N.J.", "N.Y.", "N.C.", "S.C.", "N.M.", "N.H.", "R.I.", "P.E.I.", "N.S.", "N.B.", "N.W.T.")
)
"""Abbreviations of states that name them without a town before."""
_LIES_IN = re.compile(r",? in (?:the )?(?:(?:north|south|east|west)\w*ern |central )?")
"""Between a town and its state: "south of Athens in northern Alabama"."""
_NEIGHBOURS = frozenset((", ", " ", " (", ","))


def contain(text: str, words: Sequence[Word], mentions: list[Mention]) -> None:
    """Read "Paris, Texas": the latter name holds the former. Abbreviations of states count only so."""
    for left, right in pairwise(mentions):
        gap = text[left.end : right.start]
        if gap in _NEIGHBOURS and left.last + 1 == right.first:
            _hold(left, right, close=gap == " ")
        elif _LIES_IN.fullmatch(gap) and right.postings[0].kind == Kind.DIVISION:
            _hold(left, right, close=False)
    ends = {mention.last: mention for mention in mentions}
    for mention in mentions:
        if not mention.holds and _abbreviates(text, words, mention):
            mention.holds = True
            mention.postings = tuple(p for p in mention.postings if p.flags & Flag.ABBREVIATION)
            if (town := ends.get(mention.first - 1)) is not None:
                town.inside.add(mention.postings[0].division)
        if not mention.holds and text[mention.start : mention.end] not in _ALONE:
            mention.postings = tuple(p for p in mention.postings if not p.flags & Flag.ABBREVIATION)
        elif any(p.flags & Flag.ABBREVIATION for p in mention.postings) and text[mention.end : mention.end + 1] == ".":
            mention.end += 1


def _abbreviates(text: str, words: Sequence[Word], mention: Mention) -> bool:
    """Whether it is a state's abbreviation behind a town's name, be the town known there or not: "HOLLIDAY, Mo."."""
    if mention.first == 0 or text[mention.end : mention.end + 1] != ".":
        return False
    town = words[mention.first - 1]
    return (
        town.capital
        and text[town.end : mention.start] == ", "
        and any(posting.flags & Flag.ABBREVIATION for posting in mention.postings)
    )


def _hold(left: Mention, right: Mention, *, close: bool) -> None:
    """Let `right` hold `left` where some place of the one name lies in some place of the other."""
    first = left.postings[0]
    if first.flags & Flag.DEMONYM or right.postings[0].flags & Flag.DEMONYM:
        return
    outers = [outer for outer in right.postings if outer.kind in _CONTAINERS]
    pairs = [(base(left, inner), outer) for outer in outers for inner in left.postings if _within(inner, outer)]
    if not pairs:
        return
    outer = max(pairs, key=lambda pair: pair[0])[1]
    if close and first.kind in _CONTAINERS and not outer.flags & Flag.ABBREVIATION:
        return
    right.postings = (outer,)
    right.holds = True
    left.inside.add(outer.country or "" if outer.kind == Kind.COUNTRY else outer.division)


def _within(inner: Posting, outer: Posting) -> bool:
    if inner.place == outer.place or inner.country != outer.country or inner.kind == Kind.COUNTRY:
        return False
    if outer.kind == Kind.COUNTRY:
        return True
    return inner.kind != Kind.DIVISION and inner.division == outer.division
