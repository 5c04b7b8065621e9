"""Which of the places that share a name is meant: what the text puts it in, what lies near, then size."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from services.enricher.places.format import Flag, Kind
from services.enricher.places.gazetteer import Gazetteer, Posting
from services.enricher.places.mentions import Mention

_KIND = {Kind.COUNTRY: 2.0, Kind.AREA: 2.0, Kind.DIVISION: 0.5, Kind.CAPITAL: 1.5, Kind.WATER: 1.0}
_METROPOLIS, _METROPOLIS_BONUS = 5_000_000, 0.5
_INSIDE = 8.0
_COUNTRY = 2.0
_DIVISION = 2.0
_NEAR = 2.5
_NEAR_KM = 150.0
_OTHER_NAME = -0.8
_DIVISION_NOUN = 2.5
_MOST_WEIGHED = 12
_MOST_NEIGHBOURS = 12
_ROUNDS = 2


class Context:
    """What the accepted mentions say of where a text is: countries and divisions by share, and points."""

    def __init__(self, gazetteer: Gazetteer, mentions: Sequence[Mention], hints: Counter[str]) -> None:
        counts: Counter[str] = Counter(hints)
        total = sum(hints.values()) / 2
        seen: set[str] = set()
        self.points: list[tuple[str, float, float]] = []
        for mention in mentions:
            place = mention.place
            if place is None or mention.key in seen:
                continue
            seen.add(mention.key)
            total += 1
            country = gazetteer.country(place)
            if country is None:
                continue
            counts[country] += 1
            if gazetteer.kind[place] not in (Kind.COUNTRY, Kind.AREA):
                counts[gazetteer.divisions[gazetteer.division[place]]] += 1
                if len(self.points) < _MOST_NEIGHBOURS:
                    self.points.append((mention.key, gazetteer.lat[place], gazetteer.lon[place]))
        self.counts, self.total = counts, max(total, 1.0)


def choose(gazetteer: Gazetteer, mentions: Sequence[Mention], hints: Counter[str]) -> None:
    """Settle each mention's `place`. `hints` weighs countries that the blog is about."""
    for mention in mentions:
        mention.place = max(mention.postings, key=lambda posting: base(gazetteer, mention, posting)).place
    for _ in range(_ROUNDS):
        context = Context(gazetteer, mentions, hints)
        for mention in mentions:
            if len(mention.postings) > 1:
                mention.place = _best(gazetteer, mention, context)
    _agree(mentions)


def base(gazetteer: Gazetteer, mention: Mention, posting: Posting) -> float:
    """A candidate's weight by itself: its size, its kind, and what the text puts it in."""
    place = posting.place
    kind = gazetteer.kind[place]
    population = gazetteer.population[place]
    weight = math.log10(population + 10) + _KIND.get(Kind(kind), 0.0)
    if kind in (Kind.CITY, Kind.CAPITAL) and population >= _METROPOLIS:
        weight += _METROPOLIS_BONUS
    if posting.flags & Flag.OTHER:
        weight += _OTHER_NAME
    if mention.inside and _lies_in(gazetteer, place, mention.inside):
        weight += _INSIDE
    if mention.division_noun and kind == Kind.DIVISION:
        weight += _DIVISION_NOUN
    return weight


def _lies_in(gazetteer: Gazetteer, place: int, inside: set[str]) -> bool:
    return gazetteer.country(place) in inside or gazetteer.divisions[gazetteer.division[place]] in inside


def _best(gazetteer: Gazetteer, mention: Mention, context: Context) -> int:
    own = mention.place
    own_country = gazetteer.country(own) if own is not None else None
    own_division = gazetteer.divisions[gazetteer.division[own]] if own is not None else ""
    ranked = sorted(mention.postings, key=lambda p: -base(gazetteer, mention, p))
    weighed = ranked[:_MOST_WEIGHED] + [
        p for p in ranked[_MOST_WEIGHED:] if gazetteer.divisions[gazetteer.division[p.place]] in context.counts
    ]

    def weight(posting: Posting) -> float:
        place = posting.place
        country = gazetteer.country(place)
        division = gazetteer.divisions[gazetteer.division[place]]
        in_country = context.counts[country or ""] - (country == own_country)
        in_division = context.counts[division] - (division == own_division)
        total = base(gazetteer, mention, posting)
        total += _COUNTRY * max(in_country, 0) / context.total
        if gazetteer.kind[place] not in (Kind.COUNTRY, Kind.AREA):
            total += _DIVISION * min(max(in_division, 0), 3) / 3
            total += _NEAR * _nearness(gazetteer, place, mention.key, context)
        return total

    return max(weighed, key=weight).place


def _nearness(gazetteer: Gazetteer, place: int, key: str, context: Context) -> float:
    """1 where another place of the text lies beside, 0 where all are far."""
    lat, lon = gazetteer.lat[place], gazetteer.lon[place]
    squeeze = math.cos(math.radians(lat))
    nearest = min(
        (
            (lat - other_lat) ** 2 + ((lon - other_lon) * squeeze) ** 2
            for other, other_lat, other_lon in context.points
            if other != key
        ),
        default=math.inf,
    )
    return max(0.0, 1.0 - math.sqrt(nearest) * 111.2 / _NEAR_KM)


def _agree(mentions: Sequence[Mention]) -> None:
    """One name means one place throughout a text, unless the text itself puts it elsewhere."""
    settled: dict[str, int] = {}
    for mention in mentions:
        if mention.inside and mention.place is not None:
            settled.setdefault(mention.key, mention.place)
    for mention in mentions:
        if not mention.inside and mention.key in settled:
            mention.place = settled[mention.key]
