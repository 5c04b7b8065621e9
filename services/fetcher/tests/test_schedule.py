from __future__ import annotations

from hypothesis import given, strategies as st

from services.fetcher.outcome import Failed, Outcome, Unchanged
from services.fetcher.reasons import Reason
from services.fetcher.schedule import (
    FAILURE_JITTER,
    JITTER,
    MOST_SECONDS_BETWEEN_TRIES,
    RATE_LIMITED_SECONDS,
    next_due,
)

UNCHANGED = Unchanged(wire_hash="", etag="", last_modified="", seen=0.0)
DUE = 1_795_000_000_000

everies = st.floats(0.2, 86_400)
chances = st.floats(0, 1)


def after(outcome: Outcome, *, every: float = 15.0, failures: int = 1, late: int = 0, chance: float = 0.5) -> float:
    """Seconds from the time at which the poll was due to the next."""
    at = next_due(every=every, outcome=outcome, failures=failures, due=DUE, now=DUE + late, chance=chance)
    return (at - DUE) / 1000


def failed(reason: Reason = Reason.SERVER_ERROR, wait: float = 0.0) -> Failed:
    return Failed(reason=reason, seen=0.0, retry_after=wait)


def test_the_interval_counts_from_the_time_that_was_due() -> None:
    assert after(UNCHANGED) == 15.0
    assert after(UNCHANGED, late=4000) == 15.0


def test_what_was_missed_is_not_made_up() -> None:
    assert after(UNCHANGED, late=3_600_000) == 3600 - 7.5 + 15


@given(everies, chances)
def test_the_jitter_stays_within_its_part(every: float, chance: float) -> None:
    assert every * (1 - JITTER) - 0.002 <= after(UNCHANGED, every=every, chance=chance) <= every * (1 + JITTER) + 0.002


@given(everies, chances, st.integers(0, 10**8))
def test_the_next_poll_lies_ahead_but_not_far(every: float, chance: float, late: int) -> None:
    ahead = after(UNCHANGED, every=every, chance=chance, late=late) - late / 1000
    assert 0 < ahead <= every * (1 + JITTER) + 0.002


def test_failures_double_the_pause_up_to_a_bound() -> None:
    pauses = [after(failed(), failures=n, chance=0) for n in range(1, 10)]
    assert pauses == [15, 30, 60, 120, 240, 480, 900, 900, 900]


@given(everies, st.integers(1, 10_000), chances)
def test_a_failing_source_is_never_given_up(every: float, failures: int, chance: float) -> None:
    pause = after(failed(), every=every, failures=failures, chance=chance)
    assert every - 0.002 <= pause <= max(every, MOST_SECONDS_BETWEEN_TRIES) * (1 + FAILURE_JITTER)


@given(st.floats(0, 86_400), st.integers(1, 50), chances)
def test_a_site_is_not_asked_before_the_time_that_it_named(wait: float, failures: int, chance: float) -> None:
    for reason in (Reason.RATE_LIMITED, Reason.SERVER_ERROR):
        assert after(failed(reason, wait), failures=failures, chance=chance) >= wait - 0.002


def test_a_site_that_asks_for_fewer_requests_gets_a_minute_at_least() -> None:
    assert after(failed(Reason.RATE_LIMITED), every=1.0, chance=0) == RATE_LIMITED_SECONDS
    assert after(failed(Reason.RATE_LIMITED, 2.0), every=1.0, chance=0) == 2.0
