"""What a place weighs by itself, before the text says anything: for choosing among namesakes, and as a name's force."""

from __future__ import annotations

import math

from services.enricher.places.format import Flag, Kind

_KIND = {Kind.COUNTRY: 2.0, Kind.AREA: 2.0, Kind.DIVISION: 0.5, Kind.CAPITAL: 1.5, Kind.WATER: 1.0}
_METROPOLIS, _METROPOLIS_BONUS = 5_000_000, 0.5
_OTHER_NAME = -0.8
_PROMINENCE = {
    Kind.COUNTRY: 5.5,
    Kind.AREA: 5.0,
    Kind.DIVISION: 4.5,
    Kind.REGION: 3.0,
    Kind.CAPITAL: 4.0,
    Kind.WATER: 4.0,
    Kind.MOUNTAINS: 3.5,
}
_LEAST_PROMINENT, _MOST_PROMINENT = 0.3, 4.0
_OTHER_LESS_PROMINENT = -0.7


def weight(kind: int, population: int, flags: int) -> float:
    """For choosing among places of one name: the inhabitants' order of magnitude, and the kind."""
    total = math.log10(population + 10) + _KIND.get(kind, 0.0)
    if population >= _METROPOLIS and kind in (Kind.CITY, Kind.CAPITAL):
        total += _METROPOLIS_BONUS
    return total + (_OTHER_NAME if flags & Flag.OTHER else 0.0)


def prominence(kind: int, population: int, flags: int) -> float:
    """How far the name alone speaks for a place being meant, 0 to 5.5."""
    base = _PROMINENCE.get(kind)
    if base is None:
        base = min(_MOST_PROMINENT, max(_LEAST_PROMINENT, math.log10(population + 1) - 2.5))
    return base + (_OTHER_LESS_PROMINENT if flags & Flag.OTHER else 0.0)
