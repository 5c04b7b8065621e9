"""Which of the places that share a name is meant: what the text puts it in, what lies near, then size."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from services.enricher.places.format import Kind
from services.enricher.places.gazetteer import Gazetteer, Posting
from services.enricher.places.mentions import Mention

_INSIDE = 8.0
_COUNTRY = 2.5
_DIVISION = 2.0
_DIVISIONS_COUNTED = 3
_NEAR = 2.5
_NEAR_KM = 150.0
_KM_PER_DEGREE = 111.2
_COUNTY_COUNTS = 2
"""A county says in which state a text is more surely than a town does."""
_LIES_THERE = 1.5
"""For a name that is a country's and a state's, by each other name (of three) that the one of them has a place of."""
_DIVISION_NOUN = 2.5
_TOWNS = frozenset(("strong", "based"))
_AT_TOWN = 0.6
"""Who is "in New York", or "New York-based", is so in the town rather than in the state of its name."""
_MOST_BY_CONTEXT = _COUNTRY + _DIVISION + _NEAR
_STATE_OR_COUNTRY = frozenset((Kind.COUNTRY, Kind.DIVISION))
"""What context can add at most: who weighs less by more than that cannot win."""
_MOST_NEIGHBOURS = 12
_ROUNDS = 3


class Context:
    """What the accepted mentions say of where a text is: countries and divisions by count, and points."""

    def __init__(self, gazetteer: Gazetteer, mentions: Sequence[Mention], hints: Counter[str]) -> None:
        self.counts: Counter[str] = Counter(hints)
        self.total = sum(hints.values()) / 2
        self.points: list[tuple[str, float, float]] = []
        seen: set[str] = set()
        for mention in mentions:
            chosen = mention.chosen
            if chosen is None or mention.key in seen:
                continue
            seen.add(mention.key)
            self.total += 1
            if chosen.country is None:
                continue
            self.counts[chosen.country] += 1
            if chosen.kind not in (Kind.COUNTRY, Kind.AREA):
                self.counts[chosen.division] += _COUNTY_COUNTS if chosen.kind == Kind.REGION else 1
                if len(self.points) < _MOST_NEIGHBOURS:
                    self.points.append((mention.key, gazetteer.lat[chosen.place], gazetteer.lon[chosen.place]))


def choose(gazetteer: Gazetteer, mentions: Sequence[Mention], hints: Counter[str]) -> None:
    """Settle which place each mention means. `hints` counts countries that the blog is about."""
    open_: list[tuple[Mention, list[Posting]]] = []
    for mention in mentions:
        mention.chosen = likeliest(mention)
        if len(mention.postings) > 1 and len(rivals := _rivals(mention)) > 1:
            open_.append((mention, rivals))
    for mention, rivals in open_:
        if {posting.kind for posting in rivals} >= _STATE_OR_COUNTRY:
            mention.lies_there = _lying_there(rivals, mentions, mention.key)
    for _ in range(_ROUNDS if open_ else 0):
        context = Context(gazetteer, mentions, hints)
        settled: dict[tuple[str, frozenset[str], bool], Posting] = {}
        for mention, rivals in open_:
            like = (mention.key, frozenset(mention.inside), mention.division_noun)
            if like not in settled:
                settled[like] = _best(gazetteer, mention, rivals, context)
            mention.chosen = settled[like]
    _agree(mentions)


def _lying_there(rivals: Sequence[Posting], mentions: Sequence[Mention], key: str) -> dict[int, int]:
    """Place → how many of the other names (three at most) have a place in it: Rome and Dalton lie in one Georgia."""
    found: dict[int, int] = {}
    for rival in rivals:
        if rival.kind in _STATE_OR_COUNTRY:
            names = {
                one.key
                for one in mentions
                if one.key != key
                and any(
                    posting.kind in (Kind.CITY, Kind.CAPITAL, Kind.REGION)
                    and (posting.country if rival.kind == Kind.COUNTRY else posting.division)
                    == (rival.country if rival.kind == Kind.COUNTRY else rival.division)
                    for posting in one.postings
                )
            }
            found[rival.place] = min(len(names), 3)
    return found


def likeliest(mention: Mention) -> Posting:
    """The candidate that weighs most without context."""
    if not mention.inside and not mention.division_noun and mention.cues.isdisjoint(_TOWNS):
        return mention.postings[0]
    return max(mention.postings, key=lambda posting: base(mention, posting))


def base(mention: Mention, posting: Posting) -> float:
    """A candidate's weight by itself and by what the text puts it in."""
    weight = posting.weight
    if mention.inside and (posting.country in mention.inside or posting.division in mention.inside):
        weight += _INSIDE
    if mention.division_noun and posting.kind == Kind.DIVISION:
        weight += _DIVISION_NOUN
    if posting.kind in (Kind.CITY, Kind.CAPITAL) and not mention.holds and not mention.cues.isdisjoint(_TOWNS):
        weight += _AT_TOWN
    return weight


def _rivals(mention: Mention) -> list[Posting]:
    most = max(base(mention, posting) for posting in mention.postings)
    return [posting for posting in mention.postings if base(mention, posting) > most - _MOST_BY_CONTEXT]


def _best(gazetteer: Gazetteer, mention: Mention, rivals: Sequence[Posting], context: Context) -> Posting:
    own = mention.chosen

    def weight(posting: Posting) -> float:
        in_country = context.counts[posting.country or ""] - (own is not None and posting.country == own.country)
        lying = _LIES_THERE * mention.lies_there.get(posting.place, 0)
        total = base(mention, posting) + lying + _COUNTRY * max(in_country, 0) / max(context.total, 1.0)
        if posting.kind not in (Kind.COUNTRY, Kind.AREA):
            in_division = context.counts[posting.division] - (own is not None and posting.division == own.division)
            total += _DIVISION * min(max(in_division, 0), _DIVISIONS_COUNTED) / _DIVISIONS_COUNTED
            total += _NEAR * _nearness(gazetteer, posting.place, mention.key, context)
        return total

    return max(rivals, key=weight)


def _nearness(gazetteer: Gazetteer, place: int, key: str, context: Context) -> float:
    """1 where another place of the text lies beside, 0 where all are far."""
    lat, lon = gazetteer.lat[place], gazetteer.lon[place]
    squeeze = math.cos(math.radians(lat))
    nearest = math.inf
    for other, other_lat, other_lon in context.points:
        if other != key:
            nearest = min(nearest, (lat - other_lat) ** 2 + ((lon - other_lon) * squeeze) ** 2)
    return max(0.0, 1.0 - math.sqrt(nearest) * _KM_PER_DEGREE / _NEAR_KM)


def _agree(mentions: Sequence[Mention]) -> None:
    """One name means one place throughout a text, unless the text itself puts it elsewhere."""
    settled = {mention.key: mention.chosen for mention in reversed(mentions) if mention.inside}
    for mention in mentions:
        if not mention.inside and mention.key in settled:
            mention.chosen = settled[mention.key]
