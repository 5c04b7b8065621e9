from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies as st

from services.notifier.delivering.pace import SOON_SECONDS, Pace


@given(st.sampled_from((1.0, 10.0, 500.0)), st.lists(st.floats(0, 0.5), max_size=200))
def test_never_more_than_the_rate_and_one_burst(rate: float, gaps: list[float]) -> None:
    pace, now, times = Pace(rate), 100.0, []
    for gap in gaps:
        now += gap
        if (wait := pace.take(now)) is not None:
            assert 0 <= wait <= SOON_SECONDS
            times.append(now + wait)
    times.sort()
    for start in range(len(times)):
        for end in range(start, len(times)):
            span = times[end] - times[start]
            assert end - start + 1 <= rate * (span + 1.0) + 2


def test_an_idle_endpoint_is_called_at_once() -> None:
    assert Pace(1.0).take(5.0) == 0.0


def test_who_comes_later_comes_one_after_another() -> None:
    pace = Pace(10.0)
    waits = [pace.later(50.0, 2.0) for _ in range(100)]
    assert waits[0] >= 2.0
    assert all(round(after - before, 6) == 0.1 for before, after in pairwise(waits))
    assert pace.later(1000.0, 2.0) == 2.0
