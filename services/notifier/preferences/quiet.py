"""Quiet hours by the clock on the subscriber's wall: whether they are on, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from math import floor

from shared.subscriptions.record import QuietHours
from shared.zones import zone

PRECISION = 1.0
"""Seconds to which an end that a change of the clocks brings about is found."""


def is_quiet(quiet: QuietHours, now: float) -> bool:
    """Whether the clock shows a time from `from` until before `to`; where both are the same, it never does."""
    wall = _wall(quiet, now).time()
    since, to = _time(quiet.since), _time(quiet.to)
    return since <= wall < to if since <= to else wall >= since or wall < to


def quiet_until(quiet: QuietHours, now: float) -> float | None:
    """The end of the quiet hours that are on, None where none are.

    Where the clocks go back over `to`, the hour that comes twice is quiet twice.
    """
    if not is_quiet(quiet, now):
        return None
    today = _wall(quiet, now).replace(tzinfo=None).date()
    ends = (
        datetime.combine(today + timedelta(days=days), _time(quiet.to), zone(quiet.timezone) or UTC).replace(fold=fold)
        for days in (0, 1, 2)
        for fold in (0, 1)
    )
    end = min(at for each in ends if (at := each.timestamp()) > now and not is_quiet(quiet, at))
    return _first_loud(quiet, now, end)


def _first_loud(quiet: QuietHours, low: float, high: float) -> float:
    """`high`, or earlier where the clocks spring over `to`: then the time that they spring to is the end."""
    if is_quiet(quiet, high - PRECISION):
        return high
    while high - low > PRECISION:
        middle = (low + high) / 2
        low, high = (middle, high) if is_quiet(quiet, middle) else (low, middle)
    return floor(high)


def _wall(quiet: QuietHours, now: float) -> datetime:
    return datetime.fromtimestamp(now, zone(quiet.timezone) or UTC)


def _time(clock: str) -> time:
    return time(int(clock[:2]), int(clock[3:]))
