"""Countries by name, ISO code and GeoNames id, and how large each is."""

from __future__ import annotations

from functools import cache
from math import pi, sqrt
from pathlib import Path

from msgspec import Struct

from shared.filters.words import phrase

_FILE = Path(__file__).parent / "data" / "countries.tsv"


class Country(Struct, frozen=True, kw_only=True):
    code: str
    """ISO 3166-1 alpha-2."""
    alpha_3: str
    geoname_id: int
    radius_km: float
    """Of a circle as large as the country: how far from its point a place in it may well lie."""


def country_named(term: str) -> Country | None:
    """The country with this name or two-letter code in any case, or three-letter code in capitals: Bra is a town."""
    return _by_name().get(phrase(term)) or _by_alpha_3().get(term.strip())


def country_with_id(geoname_id: int) -> Country | None:
    return _by_id().get(geoname_id)


@cache
def _by_name() -> dict[str, Country]:
    found: dict[str, Country] = {}
    for country, names in _table():
        for name in names:
            found.setdefault(phrase(name), country)
    return found | {country.code.lower(): country for country, _ in _table()}


@cache
def _by_alpha_3() -> dict[str, Country]:
    return {country.alpha_3: country for country, _ in _table() if country.alpha_3}


@cache
def _by_id() -> dict[int, Country]:
    return {country.geoname_id: country for country, _ in _table()}


@cache
def _table() -> tuple[tuple[Country, tuple[str, ...]], ...]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(_row(*line.split("\t")) for line in lines if not line.startswith("#"))


def _row(code: str, geoname_id: str, area: str, names: str, alpha_3: str) -> tuple[Country, tuple[str, ...]]:
    radius = sqrt(float(area) / pi)
    return Country(code=code, alpha_3=alpha_3, geoname_id=int(geoname_id), radius_km=radius), tuple(names.split(";"))
