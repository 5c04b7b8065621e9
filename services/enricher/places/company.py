"""Cues from the company a mention keeps: places that the text names for certain, beside it or in one list with it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from itertools import pairwise

from services.enricher.names import lists
from services.enricher.places.choose import likeliest
from services.enricher.places.format import Kind
from services.enricher.places.gazetteer import Gazetteer
from services.enricher.places.mentions import Mention
from services.enricher.text import Word

_LISTED = re.compile(r", (?:and |or )?| (?:and|or|to) |[-–]")
_NEAR_KM = 60.0
_KM_PER_DEGREE = 111.2
_MOST_ANCHORS = 12
_MOST_NAMESAKES = 12
"""Candidates of a name that are measured, the likeliest first."""
_ALONE = frozenset(
    (
        "person",
        "namesake",
        "phrase",
        "named_organisation",
        "title",
        "not_name",
        "capital_before",
        "capital_after",
        "given",
        "saying",
        "ordinary",
        "short",
        "short_capitals",
    )
)
"""Who bears one of these cues is told nothing by the places around: a person's surname has them around too."""


_LISTED_ANYWAY = frozenset(("given", "ordinary"))


def add_company(
    text: str, words: Sequence[Word], mentions: Sequence[Mention], accepted: Collection[int], gazetteer: Gazetteer
) -> list[Mention]:
    """The mentions that are given a cue: those not in `accepted` (by `id`), by those that are."""
    changed: list[Mention] = []
    for mention in mentions:
        if id(mention) not in accepted and (mention.first > 0) and _behind_a_road(text, words, mention):
            _add(mention, "addressed", changed)
    for left, right in pairwise(mentions):
        gap = text[left.end : right.start]
        if id(left) in accepted and id(right) not in accepted and gap in ("'s ", "’s "):
            _add(right, "owned", changed)
        elif (id(left) in accepted) != (id(right) in accepted) and _LISTED.fullmatch(gap):
            one = right if id(left) in accepted else left
            if one.cues.isdisjoint(_ALONE - _LISTED_ANYWAY):
                _add(one, "listed", changed)
    rest = [
        one
        for one in mentions
        if id(one) not in accepted and one.cues.isdisjoint(_ALONE - _LISTED_ANYWAY if "listed" in one.cues else _ALONE)
    ]
    if rest and accepted:
        sure = [likeliest(one) for one in mentions if id(one) in accepted]
        divisions = {posting.division for posting in sure if posting.kind == Kind.DIVISION}
        points = [
            (gazetteer.lat[posting.place], gazetteer.lon[posting.place])
            for posting in sure
            if posting.kind in (Kind.CITY, Kind.CAPITAL, Kind.REGION)
        ][:_MOST_ANCHORS]
        for mention in rest:
            candidates = [posting for posting in mention.postings[:_MOST_NAMESAKES] if posting.kind == Kind.CITY]
            if any(_near(gazetteer.lat[one.place], gazetteer.lon[one.place], points) for one in candidates):
                _add(mention, "near", changed)
            elif any(posting.division in divisions for posting in candidates):
                _add(mention, "same_division", changed)
    return changed


def _add(mention: Mention, cue: str, changed: list[Mention]) -> None:
    mention.cues.add(cue)
    if mention not in changed:
        changed.append(mention)


def _behind_a_road(text: str, words: Sequence[Word], mention: Mention) -> bool:
    """Whether it is the town of an address: "Church Street, Preston"."""
    before = words[mention.first - 1]
    return before.capital and text[before.end : mention.start] == ", " and lists().geo.get(before.text) == "road"


def _near(lat: float, lon: float, points: Sequence[tuple[float, float]]) -> bool:
    squeeze = math.cos(math.radians(lat))
    most = (_NEAR_KM / _KM_PER_DEGREE) ** 2
    return any((lat - other) ** 2 + ((lon - other_lon) * squeeze) ** 2 <= most for other, other_lon in points)
