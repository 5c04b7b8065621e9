"""A filter as conditions that must all hold, in one form: equal conditions of different filters are equal values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from shared.filters.terms import asked_topic_terms, country_or_place, language_term
from shared.filters.words import phrase
from shared.subscriptions.record import Filter

WORDS, ALL_WORDS, NONE_WORDS = "words", "all_words", "none_words"
PEOPLE, ORGANISATIONS, PLACES, TOPICS = "people", "organisations", "places", "topics"
SOURCES, LANGUAGES, CHANGES = "sources", "languages", "changes"
NEAR, MIN_URGENCY = "near", "min_urgency"

Term: TypeAlias = str | int
Condition: TypeAlias = tuple[str | int | float, ...]
"""The filter's key, and then: its terms, sorted and each once; latitude, longitude, kilometres; the least urgency."""


def conditions(filter_: Filter) -> list[Condition]:
    """What must hold of an event, each key of the filter that is given; those that hold most seldom come first.

    A term without a letter or figure becomes "", which holds of nothing.
    """
    return list(_conditions(filter_))


def _conditions(filter_: Filter) -> Iterator[Condition]:
    if terms := _terms(map(phrase, filter_.all_words)):
        yield (ALL_WORDS if len(terms) > 1 else WORDS, *terms)
    if (near := filter_.near) is not None:
        yield (NEAR, near.lat, near.lon, near.km)
    if filter_.people:
        yield (PEOPLE, *_terms(map(phrase, filter_.people)))
    if filter_.organisations:
        yield (ORGANISATIONS, *_terms(map(phrase, filter_.organisations)))
    if filter_.words:
        yield (WORDS, *_terms(map(phrase, filter_.words)))
    if filter_.places:
        yield (PLACES, *_terms(term for place in filter_.places for term in country_or_place(place)))
    if filter_.topics:
        yield (TOPICS, *_terms(term for topic in filter_.topics for term in asked_topic_terms(topic)))
    if filter_.sources:
        yield (SOURCES, *_terms(filter_.sources))
    if filter_.min_urgency is not None:
        yield (MIN_URGENCY, filter_.min_urgency)
    if filter_.none_words:
        yield (NONE_WORDS, *_terms(map(phrase, filter_.none_words)))
    if filter_.languages:
        yield (LANGUAGES, *_terms(map(language_term, filter_.languages)))
    yield (CHANGES, *_terms(filter_.changes))


def _terms(terms: Iterable[Term]) -> list[Term]:
    return sorted(set(terms), key=lambda term: (isinstance(term, int), term))
