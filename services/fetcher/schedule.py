"""When a source is polled next. All times are ms on the server's clock; `chance` is random, from 0 to 1."""

from __future__ import annotations

from services.fetcher.outcome import Failed, Outcome
from services.fetcher.reasons import Reason

JITTER = 0.1
"""Polls come this part earlier or later than `every`, so that sources do not fall into step."""
FAILURE_JITTER = 0.25
MOST_SECONDS_BETWEEN_TRIES = 900.0
"""A failing source is never given up: it is tried at least this often, or as often as before where that is less."""
RATE_LIMITED_SECONDS = 60.0
"""The least wait where a site asks for fewer requests and does not say how long."""
MOST_DOUBLINGS = 20


def next_due(
    *, every: float, outcome: Outcome, failures: int, due: int, now: int, chance: float, fresh: float = 0.0
) -> int:
    """`due` is when this poll was to happen, `now` when it happened, `failures` how many there were in a row by now,
    `fresh` for how many seconds its answer is good by its own word."""
    if isinstance(outcome, Failed):
        return now + int(1000 * _pause(every, outcome, failures) * (1 + FAILURE_JITTER * chance))
    at = after_interval(every=every, due=due, now=now, chance=chance)
    return at if not fresh else max(at, now + int(fresh * 1000 * (1 + JITTER * chance)))


def after_interval(*, every: float, due: int, now: int, chance: float) -> int:
    """One interval after this poll was due, so that the mean is kept; what was missed is not made up."""
    start = max(due, now - int(every * 500))
    return start + int(every * 1000 * (1 + JITTER * (2 * chance - 1)))


def _pause(every: float, failed: Failed, failures: int) -> float:
    doubled = every * 2.0 ** min(failures - 1, MOST_DOUBLINGS)
    pause = max(every, min(doubled, MOST_SECONDS_BETWEEN_TRIES))
    if failed.reason is Reason.RATE_LIMITED and not failed.retry_after:
        pause = max(pause, RATE_LIMITED_SECONDS)
    return max(pause, failed.retry_after)
