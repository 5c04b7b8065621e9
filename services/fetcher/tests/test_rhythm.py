from __future__ import annotations

from hypothesis import given, strategies as st

from services.fetcher.rhythm import CLOSED_STEPS, POLLS_PER_GAP, interval
from shared.sources.fetch_state import Told
from shared.sources.record import Source

NOW = 1_795_000_000.0
HOUR = 3600.0


def source(every: float = 15.0, slowest: float | None = None) -> Source:
    return Source(id="storm", url="https://news.example/storm", every=every, slowest=slowest)


def after(*ages: float, every: float = 15.0, slowest: float | None = None) -> float:
    """The interval where entries came so many seconds ago."""
    told = Told(arrivals=tuple(NOW - age for age in ages))
    found = interval(source(every, slowest), told, now=NOW, slowest_times=20.0)
    assert found is not None
    return found


def test_a_blog_of_which_nothing_is_known_is_polled_as_its_source_says() -> None:
    assert interval(source(7.0), Told(), now=NOW, slowest_times=20.0) == 7.0


def test_while_entries_come_it_is_polled_as_its_source_says() -> None:
    assert after(10, 60, 120) == 15.0
    assert after(299) == 15.0


def test_a_quiet_one_is_polled_less_down_to_a_bound() -> None:
    assert after(HOUR / 2) == HOUR / 2 / POLLS_PER_GAP
    assert after(50 * HOUR) == 300.0
    assert after(50 * HOUR, slowest=40.0) == 40.0
    assert after(50 * HOUR, every=1.0) == 20.0


def test_an_entry_after_a_long_quiet_brings_the_fast_pace_back() -> None:
    assert after(5, 8 * HOUR, 9 * HOUR) == 15.0


def test_a_pause_of_a_busy_blog_counts_from_how_often_entries_came() -> None:
    busy = [HOUR, *(HOUR + 60 * n for n in range(1, 8))]
    assert after(*busy) == (HOUR + 420) / 8 / POLLS_PER_GAP
    assert after(*busy) < after(HOUR)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=8), st.floats(0.2, 86_400), st.floats(0.2, 86_400))
def test_it_stays_within_its_bounds(ages: list[float], every: float, slowest: float) -> None:
    found = after(*sorted(ages), every=every, slowest=max(every, slowest))
    assert every <= found <= max(every, slowest)


def test_a_closed_blog_is_polled_ever_less_and_then_no_more() -> None:
    def closed(ago: float, every: float = 15.0) -> float | None:
        return interval(source(every), Told(closed_since=NOW - ago), now=NOW, slowest_times=20.0)

    assert closed(60) == closed(2 * HOUR - 1) == 600
    assert closed(2 * HOUR) == closed(25 * HOUR) == 3600
    assert closed(CLOSED_STEPS[-1][0]) is None
    assert closed(60, every=7200) == 7200
