from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings, strategies as st

from services.notifier.preferences.quiet import is_quiet, quiet_until
from shared.subscriptions.record import QuietHours

ZONES = (
    "UTC", "Europe/London", "Europe/Copenhagen", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca", "America/Havana",
)  # fmt: skip
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 59)))
hours = st.builds(QuietHours, since=clocks, to=clocks, timezone=st.sampled_from(ZONES))
times = st.integers(1_735_689_600, 1_830_297_600)


def at(text: str, zone: str = "Europe/Copenhagen", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def quiet(since: str, to: str, zone: str = "Europe/Copenhagen") -> QuietHours:
    return QuietHours(since=since, to=to, timezone=zone)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (quiet("22:00", "07:00"), at("2026-06-01T21:59:59"), None),
        (quiet("22:00", "07:00"), at("2026-06-01T22:00"), at("2026-06-02T07:00")),
        (quiet("22:00", "07:00"), at("2026-06-02T06:59"), at("2026-06-02T07:00")),
        (quiet("22:00", "07:00"), at("2026-06-02T07:00"), None),
        (quiet("13:00", "14:30"), at("2026-06-01T13:30"), at("2026-06-01T14:30")),
        (quiet("00:00", "00:00"), at("2026-06-01T00:00"), None),
        # The night in which an hour is missing, and the one that has an hour twice.
        (quiet("22:00", "07:00"), at("2026-03-28T23:00"), datetime(2026, 3, 29, 5, tzinfo=UTC).timestamp()),
        (quiet("22:00", "07:00"), at("2026-10-24T23:00"), datetime(2026, 10, 25, 6, tzinfo=UTC).timestamp()),
        # 02:30 does not come in the one night, and comes twice in the other.
        (quiet("22:00", "02:30"), at("2026-03-28T23:00"), datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()),
        (quiet("22:00", "02:30"), at("2026-10-24T23:00"), at("2026-10-25T02:30")),
        (quiet("22:00", "02:30"), at("2026-10-25T02:10", fold=1), at("2026-10-25T02:30", fold=1)),
        (quiet("22:00", "07:00", "Nowhere/AtAll"), at("2026-06-01T23:00", "UTC"), at("2026-06-02T07:00", "UTC")),
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall(hours: QuietHours, now: float, until: float | None) -> None:
    assert quiet_until(hours, now) == until


@settings(max_examples=300, deadline=None)
@given(hours, times)
@example(quiet("22:00", "02:30"), int(at("2026-03-29T01:59")))
@example(quiet("23:30", "02:15", "Australia/Lord_Howe"), int(at("2026-10-03T23:45", "Australia/Lord_Howe")))
def test_the_end_is_the_first_time_that_is_not_quiet(hours: QuietHours, now: int) -> None:
    until = quiet_until(hours, now)
    if until is None:
        assert not is_quiet(hours, now)
        return
    assert not is_quiet(hours, until)
    assert now < until <= now + 26 * 3600
    steps = 60
    assert all(is_quiet(hours, now + (until - now) * n / steps) for n in range(steps))
    assert is_quiet(hours, until - 1)
