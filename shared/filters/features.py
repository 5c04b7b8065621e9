"""What of an event filters ask about, computed once for each event."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, pairwise

from msgspec import Struct

from shared.filters.conditions import (
    CHANGES,
    LANGUAGES,
    ORGANISATIONS,
    PEOPLE,
    PLACES,
    SOURCES,
    TOPICS,
    WORDS,
    Term,
)
from shared.filters.countries import country_named, country_with_id
from shared.filters.inflection import variants
from shared.filters.terms import country_term, language_term, language_terms, place_term, topic_terms
from shared.filters.topics import around
from shared.filters.words import words
from shared.messages import DELETED, BlogChanged, Enriched, EntryChanged, EntryEnriched, Place, Topic

MOST_WORDS = 20_000
"""Words of one event that are looked at: more than anybody writes into an entry."""
BREAK = "\n"
"""Stands behind each part of a text (title, body, one person's name), so that no phrase spans two of them."""


class Point(Struct, frozen=True):
    """Where a place lies, in degrees; a country lies anywhere within `radius_km` of it."""

    lat: float
    lon: float
    radius_km: float = 0.0


class Text(Struct, frozen=True):
    """Folded words between single spaces, one before and one behind; and the words and pairs of neighbours in it.

    A word is also there in its other number, a phrase with its last word so: `inflected` names the words of the text
    that each such form stands for.
    """

    joined: str
    pieces: frozenset[str]
    inflected: dict[str, list[str]] = {}

    def has(self, phrase: str) -> bool:
        if f" {phrase} " in self.joined:
            return True
        head, _, last = phrase.rpartition(" ")
        return any(f" {head} {word} ".lstrip() in self.joined for word in self.inflected.get(last, ()))


class Features(Struct, frozen=True, kw_only=True):
    """By the filter's keys: `terms` are compared as they are, phrases are sought in `texts`.

    What is not there cannot be asked of this event and keeps nothing back: what happens to a blog or a source is about
    no place, person or urgency.
    """

    terms: dict[str, frozenset[Term]]
    texts: dict[str, Text]
    points: tuple[Point, ...] | None = None
    urgency: float | None = None


def features_of(event: Enriched, change: str) -> Features:
    """Words are sought in an entry's title, text and the titles of its link cards; of a blog in its headline."""
    if isinstance(event, EntryEnriched):
        return _of_entry(event, change)
    headline = event.blog.title if isinstance(event, BlogChanged) else None
    return Features(
        terms={SOURCES: frozenset((event.source,)), CHANGES: frozenset((change,))},
        texts={WORDS: _text((headline,))} if headline else {},
    )


def _of_entry(event: EntryEnriched, change: str) -> Features:
    about = event.about
    return Features(
        terms={
            SOURCES: frozenset((event.changed.source,)),
            CHANGES: frozenset((change,)),
            LANGUAGES: frozenset(language_terms(about.language or "")),
            PLACES: frozenset(term for place in about.places for term in _place(place)),
            TOPICS: frozenset(term for topic in about.topics for term in _topic(topic)),
        },
        texts={
            WORDS: _text(_parts(event.changed), language_term(about.language or ""), _names(event)),
            PEOPLE: _text(person.name for person in about.people),
            ORGANISATIONS: _text(organisation.name for organisation in about.organisations),
        },
        points=tuple(point for place in about.places if (point := _point(place)) is not None),
        urgency=about.urgency,
    )


def _parts(changed: EntryChanged) -> tuple[str | None, ...]:
    """Of a deleted entry what was last known, where the deletion left nothing of it."""
    entry = changed.entry
    if changed.change == DELETED and changed.previous is not None and not entry.text and not entry.title:
        entry = changed.previous
    return (entry.title, entry.text, *(link.title for link in entry.links))


def _names(event: EntryEnriched) -> frozenset[str]:
    """The words of names, which have but one form."""
    about = event.about
    named = [mention.name for mention in (*about.people, *about.organisations)] + [place.name for place in about.places]
    return frozenset(word for name in named for word in words(name))


def _text(parts: Iterable[str | None], language: str = "", names: frozenset[str] = frozenset()) -> Text:
    found = list(islice((word for part in parts if part for word in (*words(part), BREAK)), MOST_WORDS))
    pieces = {*found, *(f"{word} {follower}" for word, follower in pairwise(found))}
    inflected: dict[str, list[str]] = {}
    before = BREAK
    for word in found:
        if word not in names:
            for form in variants(word, language):
                pieces |= {form, f"{before} {form}"}
                standing = inflected.setdefault(form, [])
                if word not in standing:
                    standing.append(word)
        before = word
    return Text(f" {' '.join(found)} ", frozenset(pieces), inflected)


def _place(place: Place) -> Iterable[Term]:
    """Its name, its country (which a demonym stands for) and its GeoNames id."""
    yield place_term(place.name)
    if place.country:
        yield country_term(place.country)
    if place.geoname_id is not None:
        yield place.geoname_id


def _topic(topic: Topic) -> Iterable[Term]:
    """Its code and label, and those of the topic around it."""
    yield from topic_terms(topic.code)
    yield from topic_terms(topic.label)
    if (broader := around(topic.code)) is not None:
        yield from topic_terms(broader.code)
        yield from topic_terms(broader.label)


def _point(place: Place) -> Point | None:
    if place.lat is None or place.lon is None:
        return None
    country = country_with_id(place.geoname_id) if place.geoname_id is not None else country_named(place.name)
    if country is None and place.demonym and place.country:
        country = country_named(place.country)
    return Point(place.lat, place.lon, country.radius_km if country else 0.0)
