from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.fetcher.freshness import fresh_seconds
from services.fetcher.outcome import Unchanged
from services.fetcher.schedule import next_due

MOST = 600.0


@pytest.mark.parametrize(
    ("said", "age", "seconds"),
    [
        ("max-age=60", None, 60),
        ("public, Max-Age = 60 , must-revalidate", None, 60),
        ('max-age="60"', None, 60),
        ("max-age=60", "20", 40),
        ("max-age=60", "90", 0),
        ("max-age=60", "soon", 60),
        ("s-maxage=60", None, 0),
        ("max-age=60, no-cache", None, 0),
        ("no-store,max-age=60", None, 0),
        ("no-cachexyz, max-age=60", None, 60),
        ("max-age=999999999", None, MOST),
        ("max-age=" + "9" * 30, None, 0),
        ("max-age=-5", None, 0),
        ("max-age=", None, 0),
        ("", None, 0),
    ],
)
def test_reads_how_long_an_answer_is_fresh(said: str, age: str | None, seconds: float) -> None:
    headers = {"cache-control": said} | ({"age": age} if age else {})
    assert fresh_seconds(headers, MOST) == seconds


def test_an_answer_that_says_nothing_is_not_fresh() -> None:
    assert fresh_seconds({}, MOST) == 0


@given(st.text(), st.text())
def test_any_header_gives_a_time_within_bounds(said: str, age: str) -> None:
    assert 0 <= fresh_seconds({"cache-control": said, "age": age}, MOST) <= MOST


@given(st.floats(0.2, 3600), st.floats(0, 600), st.floats(0, 1))
def test_a_page_is_not_asked_for_while_it_is_fresh(every: float, fresh: float, chance: float) -> None:
    outcome = Unchanged(wire_hash="", etag="", last_modified="", seen=0.0)
    due = next_due(every=every, outcome=outcome, failures=0, due=10**12, now=10**12, chance=chance, fresh=fresh)
    assert due - 10**12 >= int(fresh * 1000)
