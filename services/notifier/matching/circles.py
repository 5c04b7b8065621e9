"""Which of many circles on the globe hold a point: a grid of cubes around the sphere, finer for smaller circles."""

from __future__ import annotations

from itertools import product
from math import ceil, cos, floor, log2, pi, radians, sin

import numpy as np
from numpy.typing import NDArray

from services.notifier.matching.postings import Holds, Numbers, Postings, Values, grown
from shared.filters.features import Features, Point
from shared.filters.terms import EARTH_KM

_FINEST, _WIDEST = -14, 1
"""Exponents of two: cubes from 0.4 km to the sphere's whole width."""
_SLACK = 1 + 1e-9


class Circles:
    """A circle lies in the cube of its centre, in the grid whose cubes are at least as wide as its radius is long: what
    it holds lies in that cube or in one that touches it."""

    def __init__(self) -> None:
        self._cells = Postings()
        self._levels: dict[int, int] = {}
        self._circle = np.zeros((16, 3))
        self._owner = np.zeros(16, np.int32)
        self._slots: dict[int, int] = {}
        self._free: list[int] = []

    def add(self, number: int, values: Values) -> None:
        """`values` are latitude and longitude in degrees, and the radius in kilometres."""
        lat, lon, km = values
        slot = self._free.pop() if self._free else len(self._slots)
        self._circle, self._owner = grown(self._circle, slot), grown(self._owner, slot)
        self._slots[number] = slot
        self._circle[slot] = (radians(lat), radians(lon), km)
        self._owner[slot] = number
        level = _level(km)
        self._levels[level] = self._levels.get(level, 0) + 1
        self._cells.add(_cell(level, *_cube(level, lat, lon)), slot)

    def discard(self, number: int, values: Values) -> None:
        lat, lon, km = values
        slot = self._slots.pop(number)
        self._free.append(slot)
        level = _level(km)
        self._levels[level] -= 1
        if not self._levels[level]:
            del self._levels[level]
        self._cells.discard(_cell(level, *_cube(level, lat, lon)), slot)

    def mark(self, features: Features, holds: Holds) -> bool:
        for point in set(features.points or ()):
            holds[self._around(point)] = True
        return features.points is not None

    def _around(self, point: Point) -> Numbers:
        cubes = (_cell(level, *_cube(level, point.lat, point.lon)) for level in self._levels)
        slots = self._cells.under({cube + step for cube in cubes for step in _NEIGHBOURS})
        lat, lon, km = self._circle[slots].T
        inside = (point.radius_km <= km) & (_kilometres(lat, lon, point) <= km)
        found: Numbers = self._owner[slots[inside]]
        return found


def _kilometres(lat: NDArray[np.float64], lon: NDArray[np.float64], point: Point) -> NDArray[np.float64]:
    """The haversine of `terms.kilometres`, for many points in radians."""
    half_lat, half_lon = (radians(point.lat) - lat) / 2, (radians(point.lon) - lon) / 2
    h = np.sin(half_lat) ** 2 + np.cos(lat) * cos(radians(point.lat)) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(h))))


def _level(km: float) -> int:
    """The finest grid whose cubes are no narrower than the circle's radius through the sphere (its chord)."""
    chord = 2 * sin(min(km / EARTH_KM, pi) / 2) * _SLACK
    return min(_WIDEST, ceil(log2(max(chord, 2.0**_FINEST))))


def _cube(level: int, lat: float, lon: float) -> tuple[int, int, int]:
    width = 2.0**level
    x, y, z = cos(radians(lat)) * cos(radians(lon)), cos(radians(lat)) * sin(radians(lon)), sin(radians(lat))
    return floor(x / width), floor(y / width), floor(z / width)


def _cell(level: int, x: int, y: int, z: int) -> int:
    """One number for a cube of a grid; coordinates lie within ± 16,385 and get 17 bits each."""
    return ((level - _FINEST) << 51) + ((x + _MIDDLE) << 34) + ((y + _MIDDLE) << 17) + z + _MIDDLE


_MIDDLE = 1 << 16
_NEIGHBOURS = tuple((x << 34) + (y << 17) + z for x, y, z in product((-1, 0, 1), repeat=3))
"""What to add to a cell for itself and the 26 that touch it."""
