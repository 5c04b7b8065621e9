from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, strategies as st

from services.notifier.delivering.retries import Answer, Outcome, outcome, pause, retry_after
from services.notifier.settings import Settings

SCHEDULE = (5.0, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()


def decide(channel: str, answer: Answer, *, attempt: int = 1, jitter: float = 0.0) -> Outcome:
    return outcome(channel, answer, attempt=attempt, schedule=SCHEDULE, now=NOW, jitter=jitter)


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    assert Settings.__struct_defaults__[Settings.__struct_fields__.index("retry_schedule")] == SCHEDULE
    assert sum(SCHEDULE) == 75 * 3600 + 35 * 60 + 5


@pytest.mark.parametrize(
    ("channel", "status", "kind"),
    [
        ("webhook", 200, "delivered"),
        ("webhook", 204, "delivered"),
        ("webhook", 299, "delivered"),
        ("webhook", 199, "retrying"),
        ("webhook", 301, "retrying"),
        ("webhook", 304, "retrying"),
        ("webhook", 400, "retrying"),
        ("webhook", 404, "retrying"),
        ("webhook", 410, "gone"),
        ("webhook", 429, "retrying"),
        ("webhook", 500, "retrying"),
        ("webpush", 201, "delivered"),
        ("webpush", 200, "delivered"),
        ("webpush", 302, "retrying"),
        ("webpush", 400, "failed"),
        ("webpush", 403, "failed"),
        ("webpush", 404, "gone"),
        ("webpush", 410, "gone"),
        ("webpush", 413, "failed"),
        ("webpush", 429, "retrying"),
        ("webpush", 503, "retrying"),
    ],
)
def test_what_an_answer_means(channel: str, status: int, kind: str) -> None:
    assert decide(channel, Answer(status=status)).kind == kind


@given(st.sampled_from(("webhook", "webpush")), st.integers(100, 599) | st.none(), st.integers(1, 12), st.floats(-1, 1))
def test_only_what_says_so_ends_a_subscription(channel: str, status: int | None, attempt: int, jitter: float) -> None:
    found = decide(channel, Answer(status=status, error=None if status else "reset"), attempt=attempt, jitter=jitter)
    assert (found.kind == "gone") == (status == 410 or (status == 404 and channel == "webpush"))
    if found.kind == "retrying":
        assert attempt <= len(SCHEDULE)
        assert 0.8 * SCHEDULE[attempt - 1] <= found.wait <= 1.2 * SCHEDULE[attempt - 1]
    if found.kind != "delivered":
        assert found.reason


def test_an_error_is_tried_again_until_the_schedule_ends() -> None:
    error = Answer(error="could not be reached: reset")
    assert [decide("webhook", error, attempt=n).wait for n in range(1, 10)] == list(SCHEDULE)
    assert decide("webhook", error, attempt=10) == Outcome(kind="failed", reason="could not be reached: reset")


@pytest.mark.parametrize(
    ("value", "attempt", "wait"),
    [
        ("30", 1, 30.0),
        ("1", 1, 5.0),
        ("100000", 1, 60.0),
        ("400", 2, 400.0),
        ("100000", 2, 600.0),
        ("0", 2, 300.0),
        (format_datetime(datetime(2026, 3, 1, 12, 0, 40, tzinfo=UTC), usegmt=True), 1, 40.0),
        (format_datetime(datetime(2026, 3, 1, 11, 0, tzinfo=UTC), usegmt=True), 1, 5.0),
        ("soon", 1, 5.0),
        ("-5", 1, 5.0),
        ("²", 1, 5.0),
        ("9" * 400, 1, 60.0),
        ("Sun, 99 Mar 99999 12:00:00 GMT", 1, 5.0),
        ("", 1, 5.0),
    ],
)
def test_retry_after_is_kept_to_within_bounds(value: str, attempt: int, wait: float) -> None:
    assert decide("webhook", Answer(status=429, retry_after=value), attempt=attempt).wait == wait


def test_a_date_without_a_zone_is_utc() -> None:
    assert retry_after("Sun, 01 Mar 2026 12:00:40 -0000", NOW) == retry_after("Sun, 01 Mar 2026 12:00:40", NOW) == 40.0


@pytest.mark.parametrize(
    ("status", "asked", "seconds"),
    [
        (429, None, 5.0),
        (502, None, 5.0),
        (504, "soon", 5.0),
        (500, None, 0.0),
        (404, None, 0.0),
        (429, "12", 12.0),
        (503, "12", 12.0),
        (503, "0", 0.0),
        (503, "86400", 60.0),
        (200, "12", 0.0),
        (299, "12", 0.0),
        (300, "12", 12.0),
        (199, "12", 12.0),
        (None, "12", 0.0),
    ],
)
def test_how_long_an_endpoint_asks_to_be_left_alone(status: int | None, asked: str | None, seconds: float) -> None:
    assert pause(Answer(status=status, retry_after=asked), NOW) == seconds
