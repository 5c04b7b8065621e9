"""How often a live blog deserves to be polled: by its own rhythm while it runs, ever less once it is closed."""

from __future__ import annotations

from shared.sources.fetch_state import Told
from shared.sources.record import Source

POLLS_PER_GAP = 20
"""So many polls in the time in which one entry may be expected: an entry comes to light within a twentieth of the quiet
before it, or within the source's `every`."""
CLOSED_STEPS = ((2 * 3600.0, 600.0), (26 * 3600.0, 3600.0))
"""Until so many seconds after its closing a blog is polled so seldom, since it may be opened again; then no more."""


def interval(source: Source, told: Told, *, now: float, slowest_times: float) -> float | None:
    """Seconds between two polls, None where there is to be none any more.

    `slowest_times` bounds how much longer than its `every` a quiet source's interval grows, where it does not itself.
    """
    if told.closed_since:
        closed = now - told.closed_since
        return next((max(seconds, source.every) for until, seconds in CLOSED_STEPS if closed < until), None)
    if not told.arrivals:
        return source.every
    slowest = source.slowest or source.every * slowest_times
    return max(source.every, min(slowest, expected_gap(told, now) / POLLS_PER_GAP))


def expected_gap(told: Told, now: float) -> float:
    """Seconds in which an entry may be expected: as they came lately, or sooner right after one."""
    quiet = now - told.arrivals[0]
    mean = (now - told.arrivals[-1]) / len(told.arrivals)
    return max(0.0, min(quiet, mean))
