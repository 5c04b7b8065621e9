"""Filters that can never match and preferences that mean nothing: refused when somebody subscribes, with the reason."""

from __future__ import annotations

import re

from shared.filters.languages import is_told
from shared.filters.terms import asked_topic, language_term
from shared.filters.topics import like
from shared.filters.words import phrase, words
from shared.sources.record import SOURCE_ID
from shared.subscriptions.record import CHANGES, Filter, Preferences
from shared.zones import zone

_SOURCE = re.compile(SOURCE_ID)


def contradiction(wanted: Filter) -> str | None:
    """Why no event can ever match the filter, in one sentence; None where one may."""
    for change in wanted.changes:
        if change not in CHANGES:
            return f"changes: {change!r} is none of {', '.join(CHANGES)}."
    if not wanted.changes:
        return "changes is empty: name at least one, or leave it out for created."
    if reason := _nameless(wanted) or _unheard_of(wanted):
        return reason
    refused = [f" {phrase(term)} " for term in wanted.none_words]

    def is_refused(term: str) -> bool:
        return any(one in f" {phrase(term)} " for one in refused)

    for term in wanted.all_words:
        if is_refused(term):
            return f"all_words asks for {term!r} and none_words refuses it: take one of them out."
    if wanted.words and all(map(is_refused, wanted.words)):
        return "none_words refuses every one of words: take one of them out."
    return None


def _nameless(wanted: Filter) -> str | None:
    for key in ("words", "all_words", "none_words", "places", "people", "organisations", "topics"):
        for term in getattr(wanted, key):
            if not words(str(term)):
                return f"{key}: {term!r} holds no word: use letters or figures."
    return None


def _unheard_of(wanted: Filter) -> str | None:
    for source in wanted.sources:
        if not _SOURCE.fullmatch(source):
            return f"sources: {source!r} is no live blog's id: GET /api/v1/sources lists them."
    for place in wanted.places:
        if isinstance(place, int) and place < 1:
            return f"places: {place} is no GeoNames id: use a number from 1, or the place's name."
    for language in wanted.languages:
        if not is_told(language_term(language)):
            return f"languages: {language!r} is no code of a language that entries are told in: use one such as en."
    for topic in wanted.topics:
        if asked_topic(topic) is None:
            near = like(topic)
            hint = f"{near.label!r}" if near else "one such as 'Politics'"
            return f"topics: {topic!r} is no IPTC Media Topic that entries are given: use {hint}, or its code."
    return None


def impossible(wanted: Preferences) -> str | None:
    """Why the preferences cannot be kept to, in one sentence; None where they can."""
    quiet = wanted.quiet_hours
    if quiet is None:
        return None
    if zone(quiet.timezone) is None:
        return f"quiet_hours: {quiet.timezone!r} is no time zone: name an IANA zone such as Europe/Copenhagen."
    if quiet.since == quiet.to:
        return "quiet_hours: from and to are the same time: leave quiet_hours out, or pause the subscription."
    return None
