"""How the terms of filters and of events are brought into one form, so that equal terms mean the same."""

from __future__ import annotations

from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from shared.filters.countries import country_named, country_with_id
from shared.filters.languages import usual_code, wider
from shared.filters.spellings import usual_spelling
from shared.filters.topics import Known, named
from shared.filters.words import TERMS_CACHED, phrase

EARTH_KM = 6371.0088
_MOST_DIGITS = 12


def country_or_place(place: str | int) -> tuple[str | int, ...]:
    """What a filter's place is found by: a name, a GeoNames id; and the country's code, where it names a country."""
    if isinstance(place, int) or (place.isdecimal() and len(place) <= _MOST_DIGITS):
        country = country_with_id(int(place))
        return (int(place), country_term(country.code)) if country else (int(place),)
    country = country_named(place)
    return (place_term(place), country_term(country.code)) if country else (place_term(place),)


def place_term(name: str) -> str:
    """A place's name, in whichever of its spellings."""
    return usual_spelling(phrase(name))


def country_term(code: str) -> str:
    """A country's code, kept apart from the names of places by a character that no folded name holds."""
    return f"={code.lower()}"


def topic_terms(topic: str) -> tuple[str, str]:
    """A topic's label or code; `medtop:20000053` and `http://cv.iptc.org/newscodes/mediatopic/20000053` are one."""
    return phrase(topic), phrase(topic.rstrip("/").rpartition("/")[2].rpartition(":")[2])


@lru_cache(TERMS_CACHED)
def asked_topic(topic: str) -> Known | None:
    """The topic that a filter asks for, in whichever of its forms; None where no entry is ever given it."""
    return next((found for term in topic_terms(topic) if (found := named(term))), None)


def asked_topic_terms(topic: str) -> tuple[str, ...]:
    """What a filter's topic is found by."""
    found = asked_topic(topic)
    return (found.code,) if found else topic_terms(topic)


def language_term(tag: str) -> str:
    """The language of a tag such as `pt-BR`, by its usual code."""
    return usual_code(tag.strip().replace("_", "-").partition("-")[0].lower())


def language_terms(tag: str) -> tuple[str, ...]:
    """What an entry in this language is found by: it, and the language that it is counted to."""
    language = language_term(tag)
    return (language, broader) if (broader := wider(language)) else (language,)


def kilometres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The distance over the sphere between two points in degrees (haversine)."""
    half_lat, half_lon = radians(other_lat - lat) / 2, radians(other_lon - lon) / 2
    h = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(h)))
