"""The places of the gazetteer while it is built, and every name that they go by."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from services.enricher.text import fold


class Collected:
    def __init__(self) -> None:
        self.places: list[Gathered] = []
        self.names: dict[str, dict[int, int]] = defaultdict(dict)

    def add(self, place: Gathered) -> int:
        self.places.append(place)
        return len(self.places) - 1

    def name(self, place: int, name: str, flags: int = 0) -> None:
        key = fold(name)
        if key:
            named = self.names[key]
            named[place] = min(named.get(place, flags), flags)


class Gathered(NamedTuple):
    kind: int
    lat: float
    lon: float
    id: int = 0
    population: int = 0
    country: str | None = None
    division: str = ""


class Towns:
    """Finds a country's town by name, and the middle of its first-level division."""

    def __init__(self, collected: Collected) -> None:
        self._collected = collected
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for place in collected.places:
            total = sums[place.division]
            total[0] += place.lat
            total[1] += place.lon
            total[2] += 1
        self._middles = {code: (lat / n, lon / n) for code, (lat, lon, n) in sums.items()}

    def find(self, country: str, name: str, division: str | None = None) -> Gathered | None:
        places = (self._collected.places[index] for index in self._collected.names.get(fold(name), ()))
        fitting = [p for p in places if p.country == country and division in (None, p.division)]
        return max(fitting, key=lambda place: place.population, default=None)

    def middle(self, division: str) -> tuple[float, float]:
        return self._middles[division]
