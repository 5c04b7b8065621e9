"""How fast a blog is written, said only where its habit is known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from services.parser.tempo import tempo
from shared.records import Entry

NOW = 1_790_000_000.0


def listed(*minutes: float) -> list[Entry]:
    """Entries posted so many minutes ago."""
    return [Entry(id=str(n), published_at=datetime.fromtimestamp(NOW - 60 * ago, UTC)) for n, ago in enumerate(minutes)]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ((), 0.0),
        ((1, 2, 3, 4), 0.0),
        ((1, 2, 3, 4, 20, 25, 30), 0.0),
        ((1, 5, 9, 13, 25, 45, 75), 4 / 15 * 60 / 3),
        ((1, 60, 120, 180, 240), 0.0),
        ((1, 4, 8, 12, *range(19, 75, 4)), 4 / 15 * 56 / 14),
    ],
)
def test_lately_against_before(minutes: tuple[float, ...], expected: float) -> None:
    assert tempo(listed(*minutes), NOW) == pytest.approx(expected, abs=0.06)


def test_entries_without_times_say_nothing() -> None:
    assert tempo([Entry(id=str(n)) for n in range(50)], NOW) == 0.0


@given(st.lists(st.floats(-1000, 1e6)))
def test_it_is_never_negative(minutes: list[float]) -> None:
    assert tempo(listed(*minutes), NOW) >= 0.0
