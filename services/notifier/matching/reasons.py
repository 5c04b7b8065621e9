"""Why a filter matches an event or does not: each key that was given, what was asked, and what of it the event has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from shared.filters.conditions import CHANGES, MIN_URGENCY, NEAR, Condition, conditions
from shared.filters.evaluate import found_terms, holds
from shared.filters.explanation import Reason
from shared.filters.features import Features, features_of
from shared.filters.terms import kilometres
from shared.messages import Enriched
from shared.subscriptions.record import Filter

_GIVEN = Filter()


def reasons(filter_: Filter, event: Enriched, change: str) -> list[Reason]:
    """One for each key of the filter; the filter matches where all hold."""
    features = features_of(event, change)
    return [_reason(key, asked, condition, features) for key, asked, condition in _by_key(filter_)]


def _by_key(filter_: Filter) -> Iterator[tuple[str, Any, Condition]]:
    for key in Filter.__struct_fields__:
        asked = getattr(filter_, key)
        if key == CHANGES or asked != getattr(_GIVEN, key):
            alone = msgspec.structs.replace(_GIVEN, **{key: asked})
            yield key, msgspec.to_builtins(asked), conditions(alone)[0]


def _reason(key: str, asked: Any, condition: Condition, features: Features) -> Reason:
    return Reason(
        condition=key, asked=asked, found=tuple(_found(condition, features)), holds=holds(condition, features)
    )


def _found(condition: Condition, features: Features) -> Iterator[str | int | float]:
    key, values = str(condition[0]), condition[1:]
    if key == MIN_URGENCY:
        if features.urgency is not None:
            yield features.urgency
    elif key == NEAR:
        lat, lon = float(values[0]), float(values[1])
        away = [kilometres(lat, lon, point.lat, point.lon) for point in features.points or ()]
        if away:
            yield round(min(away), 1)
    else:
        for term in found_terms(key, values, features) or ():
            # A country is kept as "=dk", apart from names.
            yield term[1:].upper() if isinstance(term, str) and term.startswith("=") else term
