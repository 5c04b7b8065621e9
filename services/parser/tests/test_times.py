"""Times as pages write them: in their own zone, the page's or the source's, and null with a reason where unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from services.parser import doubts
from services.parser.clock import Clock, stated_zone
from services.parser.tests.pages import NOW, html, live_blog, read, update
from services.parser.times import ago, clock_time, moment

NEW_YORK = ZoneInfo("America/New_York")


def clock(zone: str | None = None, *, at: datetime = NOW, says: str = "") -> Clock:
    return Clock(at, stated=lambda: stated_zone(says), setting=ZoneInfo(zone) if zone else None)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01 12:00 GMT", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+0530", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
        ("2026-03-01T12:00:00 EST", datetime(2026, 3, 1, 17, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 12:00:00 GMT", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("1 March 2026 14:45 GMT", datetime(2026, 3, 1, 14, 45, tzinfo=UTC)),
        ("Sunday, March 1st, 2026 at 2:45 p.m. ET", datetime(2026, 3, 1, 19, 45, tzinfo=UTC)),
        ("12:09 a.m. ET, March 1, 2026", datetime(2026, 3, 1, 5, 9, tzinfo=UTC)),
        ("9:00 pm ET, July 1, 2025", datetime(2025, 7, 2, 1, 0, tzinfo=UTC)),
        (1772366400, datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (1772366400000, datetime(2026, 3, 1, 12, tzinfo=UTC)),
    ],
)
def test_whole_dates(written: object, read_as: datetime) -> None:
    found = moment(written)
    assert found is not None
    assert found.astimezone(UTC) == read_as


@pytest.mark.parametrize(
    "written",
    ["12:00", "March 1, 2026", "2026-03-01", "31 February 2026 12:00", "1 March 2026", "14", "2026-03-01T25:00:00Z",
     "13:00 pm ET, March 1, 2026", "", "soon", True, None, [], float("nan"), float("inf"), "٢٠٢٦-٠٣-٠١T١٢:٠٠:٠٠Z"],
)  # fmt: skip
def test_what_is_no_whole_date_is_none(written: object) -> None:
    assert moment(written) is None


def test_a_zone_comes_from_the_entry_then_the_page_then_the_setting() -> None:
    naive, own = "2026-03-01T12:00:00", "2026-03-01T12:00:00+05:30"
    rome = timedelta(hours=1)
    assert clock("Europe/Rome").instant(naive) == datetime(2026, 3, 1, 12, tzinfo=UTC) - rome
    assert clock("Europe/Rome", says="All times are GMT").instant(naive) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert clock("Europe/Rome", says="All times are GMT").instant(own) == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "offset_hours"),
    [
        ("<p>All times are GMT</p>", 0),
        ("(all times local, ET)", -5),
        ("All times are in Eastern", None),
        ("Times shown are in CET.", 1),
        ("three times as many AT least", None),
        ("times are hard, PT cruisers say", None),
    ],
)
def test_what_a_page_says_of_its_times(text: str, offset_hours: int | None) -> None:
    zone = stated_zone(text)
    offset = None if zone is None else datetime(2026, 3, 1, tzinfo=zone).utcoffset()
    assert offset == (None if offset_hours is None else timedelta(hours=offset_hours))


def test_the_pages_word_reaches_its_entries() -> None:
    page = html(live_blog(update("a7", datePublished="2026-03-01T12:00:00")), body="<p>All times are in ET</p>")
    assert read(page, timezone="Asia/Kolkata").entries[0].published_at == datetime(2026, 3, 1, 17, tzinfo=UTC)


def test_an_unknown_zone_gives_no_time_and_a_reason() -> None:
    read_by = clock()
    assert read_by.instant("2026-03-01T12:00:00") is None
    assert read_by.shown(["14:30"]) == [None]
    assert read_by.doubts == {doubts.NO_ZONE: 2}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5 minutes ago", 300), ("21 mins ago", 1260), ("2h ago", 7200), ("an hour ago", 3600), ("just now", 0)],
)
def test_relative_times(text: str, seconds: int) -> None:
    assert ago(text) == timedelta(seconds=seconds)
    [found] = clock().shown([text])
    assert found == (NOW - timedelta(seconds=seconds)).replace(second=0)


@pytest.mark.parametrize(
    ("text", "hour", "minute"), [("14:30", 14, 30), ("2.30pm", 14, 30), ("12:09 a.m. ET", 0, 9), ("9 am", 9, 0)]
)
def test_times_of_day(text: str, hour: int, minute: int) -> None:
    found = clock_time(text)
    assert found is not None
    assert (found.at.hour, found.at.minute) == (hour, minute)


@pytest.mark.parametrize("text", ["14", "25:00", "3-1", "2026", "13:61", "0 pm", "100 m"])
def test_what_is_no_time_of_day(text: str) -> None:
    assert clock_time(text) is None


def test_bare_times_run_back_over_midnight() -> None:
    found = clock("UTC", at=datetime(2026, 3, 2, 0, 20, tzinfo=UTC)).shown(["00:15", "00:02", "23:58", None, "21:00"])
    assert [at and (at.day, at.hour) for at in found] == [(2, 0), (2, 0), (1, 23), None, (1, 21)]


def test_a_bare_time_ahead_of_the_fetch_is_yesterdays() -> None:
    assert clock("UTC").shown(["18:30"]) == [datetime(2026, 2, 28, 18, 30, tzinfo=UTC)]


def test_bare_times_that_run_down_the_page() -> None:
    found = clock("UTC", at=datetime(2026, 3, 2, 0, 20, tzinfo=UTC)).shown(["21:00", "22:00", "23:58", "00:02"])
    assert [at and at.day for at in found] == [1, 1, 1, 2]


def test_neighbours_out_of_order_are_of_one_day() -> None:
    found = clock("UTC").shown(["17:30", "17:32", "17:10"])
    assert {at and at.date() for at in found} == {NOW.date()}


@given(st.lists(st.integers(1, 11 * 3600), min_size=1, max_size=40), st.integers(-12, 14))
def test_bare_times_of_any_run_are_those_of_the_entries(gaps: list[int], offset: int) -> None:
    """Whatever the zone, while no gap is so long that the day cannot be told."""
    zone = timezone(timedelta(hours=offset))
    posted = [NOW - timedelta(seconds=gaps[0])]
    for gap in gaps[1:]:
        posted.append(posted[-1] - timedelta(seconds=gap))
    posted = [at.replace(second=0) for at in posted]
    texts = [f"{at.astimezone(zone):%H:%M}" for at in posted]
    read_by = Clock(NOW, stated=lambda: zone, setting=None)
    if sum((one < other) - (one > other) for one, other in pairwise(texts)) <= 0:
        assert read_by.shown(texts) == posted
