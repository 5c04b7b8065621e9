"""Whether a filter matches an event, condition by condition: what the index must agree with, and what explains it."""

from __future__ import annotations

from typing import Any

from shared.filters.conditions import ALL_WORDS, MIN_URGENCY, NEAR, NONE_WORDS, WORDS, Condition, Term, conditions
from shared.filters.features import Features, features_of
from shared.filters.terms import kilometres
from shared.messages import Enriched
from shared.subscriptions.record import Filter


def evaluate(filter_: Filter, event: Enriched, change: str) -> bool:
    """Whether all conditions of the filter hold of the event, told as `change`."""
    features = features_of(event, change)
    return all(holds(condition, features) for condition in conditions(filter_))


def holds(condition: Condition, features: Features) -> bool:
    key, values = condition[0], condition[1:]
    if key == NEAR:
        return features.points is None or _is_near(values, features)
    if key == MIN_URGENCY:
        return features.urgency is None or features.urgency >= float(values[0])
    found = found_terms(str(key), values, features)
    if found is None:
        return True
    if key == NONE_WORDS:
        return not found
    return len(found) == len(values) if key == ALL_WORDS else bool(found)


def found_terms(key: str, terms: tuple[Any, ...], features: Features) -> list[Term] | None:
    """Those of the terms that the event has, None where it cannot be asked."""
    field = WORDS if key in {ALL_WORDS, NONE_WORDS} else key
    if (text := features.texts.get(field)) is not None:
        return [term for term in terms if term and text.has(term)]
    if (known := features.terms.get(field)) is not None:
        return [term for term in terms if term != "" and term in known]
    return None


def _is_near(values: tuple[Any, ...], features: Features) -> bool:
    """Within the circle; a country counts only for a circle that is no smaller than it."""
    lat, lon, km = values
    return any(
        point.radius_km <= km and kilometres(lat, lon, point.lat, point.lon) <= km for point in features.points or ()
    )
