"""How fast a live blog is written just now, against how fast it is written otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from shared.records import Entry

LATELY_SECONDS = 900.0
FEWEST_LATELY = 4
LEAST_BEFORE_SECONDS = 1800.0
FEWEST_BEFORE = 3
"""Fewer entries, or a shorter time, tell nothing of a blog's habit."""


def tempo(listed: Iterable[Entry], now: float) -> float:
    """Entries a minute of the last quarter of an hour over those a minute of the time before; 0 where that cannot be
    said. `now` in epoch seconds."""
    ages = sorted(now - one.published_at.timestamp() for one in listed if one.published_at is not None)
    lately = sum(age <= LATELY_SECONDS for age in ages)
    before = len(ages) - lately
    if lately < FEWEST_LATELY or before < FEWEST_BEFORE or ages[-1] < LATELY_SECONDS + LEAST_BEFORE_SECONDS:
        return 0.0
    return round((lately / LATELY_SECONDS) / (before / (ages[-1] - LATELY_SECONDS)), 1)
