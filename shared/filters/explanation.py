"""A question about a filter, and its answer: what it would have caught, and why."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Reason(Struct, frozen=True, kw_only=True):
    """One key of a filter: what it asks, what of that the event has (for `near` the kilometres to the nearest place,
    for `min_urgency` the urgency), and whether it holds."""

    condition: str
    asked: Any
    found: tuple[str | int | float, ...]
    holds: bool


class Caught(Struct, frozen=True, kw_only=True):
    """An event that the filter would have caught, when it was seen (epoch seconds), and why it matches."""

    event: str
    source: str
    change: str
    seen: float
    title: str
    url: str | None
    entry: str | None
    conditions: tuple[Reason, ...]


class Explanation(Struct, frozen=True, kw_only=True):
    """`caught` are the newest of the `matched`. `quiet` more match that were taken in without alerting anybody.
    `complete` is false where there was more than could be looked through."""

    examined: int
    matched: int
    quiet: int
    complete: bool
    caught: tuple[Caught, ...]
