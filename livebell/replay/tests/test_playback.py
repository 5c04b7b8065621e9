"""The clock, and the state of the page as a function of the recording and an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from livebell.replay.playback import Clock, moments, retimed, start_from, state_at
from livebell.replay.recording import (
    DEMO,
    BlogRevision,
    EntryRevision,
    Recording,
    RecordingError,
    load_recording,
)
from shared.records import Blog, Entry

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
RECORDED = load_recording(DEMO)
instants = st.integers(-3600, 24 * 3600).map(lambda seconds: RECORDED.begins + timedelta(seconds=seconds))
clocks = st.builds(
    Clock, start=instants, began=st.just(NOON), speed=st.floats(0.01, 100_000, allow_nan=False, allow_infinity=False)
)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def revision(at: int, name: str, *, first: int | None = None, **fields: bool | str) -> EntryRevision:
    published = minute(at if first is None else first)
    updated = None if first is None else minute(at)
    return EntryRevision(
        at=minute(at),
        entry=Entry(id=name, published_at=published, updated_at=updated, **fields),
    )


SMALL = Recording(
    blogs=(
        BlogRevision(at=minute(0), blog=Blog(url=None, title="Talks begin in Vilnius")),
        BlogRevision(at=minute(8), blog=Blog(url=None, title="Talks end in Vilnius", live=False)),
    ),
    entries=(
        revision(0, "facts", pinned=True),
        revision(1, "one", text="Twelve delegates"),
        revision(3, "two"),
        revision(4, "one", first=1, text="Fourteen delegates"),
        revision(6, "two", first=3, deleted=True),
        revision(7, "three"),
    ),
    closes=minute(8),
)


@given(clocks, instants, instants)
def test_the_clock_keeps_the_order(clock: Clock, one: datetime, other: datetime):
    assert clock.wall(min(one, other)) <= clock.wall(max(one, other))


def test_what_follows_the_start_is_faster_and_history_keeps_its_distances():
    clock = Clock(start=minute(30), began=NOON, speed=60)
    assert clock.wall(minute(30)) == NOON
    assert clock.wall(minute(32)) == NOON + timedelta(seconds=2)
    assert clock.wall(minute(10)) == NOON - timedelta(minutes=20)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (-1, []),
        (0, ["facts"]),
        (2, ["facts", "one Twelve delegates"]),
        (3, ["facts", "two", "one Twelve delegates"]),
        (5, ["facts", "two", "one Fourteen delegates"]),
        (6, ["facts", "two removed", "one Fourteen delegates"]),
        (9, ["facts", "three", "two removed", "one Fourteen delegates"]),
    ],
)
def test_the_page_grows_is_edited_and_marks_what_was_removed(at: int, shown: list[str]):
    entries = state_at(SMALL, minute(at)).entries
    assert [f"{e.id} {'removed' if e.deleted else e.text}".strip() for e in entries] == shown


def test_the_blog_changes_its_headline_and_closes():
    before, after = state_at(SMALL, minute(7)), state_at(SMALL, minute(8))
    assert (before.blog.title, before.blog.live, before.closed_at) == ("Talks begin in Vilnius", True, None)
    assert (after.blog.title, after.blog.live, after.closed_at) == ("Talks end in Vilnius", False, minute(8))
    assert before.blog.updated_at == minute(7)


@given(clocks, instants)
def test_a_state_tells_nothing_of_what_is_still_to_come(clock: Clock, recorded: datetime):
    recording, instant = retimed(RECORDED, clock), clock.wall(recorded)
    state = state_at(recording, instant)
    for entry in state.entries:
        assert entry.published_at is None or entry.published_at <= instant
        assert entry.updated_at is None or entry.updated_at <= instant
    assert state.blog.live is (state.closed_at is None)
    past = tuple(each for each in recording.entries if each.at <= instant)
    assert {entry.id for entry in state.entries} == {each.entry.id for each in past}


@given(clocks)
def test_the_playback_shows_the_states_that_were_recorded(clock: Clock):
    """Wall time changes when a state is shown, never what it holds or its order."""
    recording = retimed(RECORDED, clock)
    for moment in moments(RECORDED)[::10]:
        recorded, shown = state_at(RECORDED, moment), state_at(recording, clock.wall(moment))
        # Moments that fall into one millisecond are shown together.
        if sum(clock.wall(each) == clock.wall(moment) for each in moments(RECORDED)) == 1:
            assert [(e.id, e.text, e.deleted) for e in shown.entries] == [
                (e.id, e.text, e.deleted) for e in recorded.entries
            ]
            assert shown.blog.title == recorded.blog.title


@given(instants)
def test_between_two_moments_nothing_changes(instant: datetime):
    passed = [moment for moment in moments(RECORDED) if moment <= instant]
    if passed:
        assert state_at(RECORDED, instant) == state_at(RECORDED, passed[-1])


def test_unpinned_entries_stand_newest_first():
    entries = [e for e in state_at(RECORDED, RECORDED.ends).entries if not e.pinned and e.published_at]
    times = [e.published_at for e in entries]
    assert times == sorted(times, reverse=True)


def test_a_share_of_the_revisions_is_history():
    assert start_from(RECORDED, 0) == RECORDED.begins
    assert start_from(RECORDED, 1) == RECORDED.entries[-1].at
    third = start_from(RECORDED, 1 / 3)
    assert sum(each.at <= third for each in RECORDED.entries) == pytest.approx(len(RECORDED.entries) / 3, abs=2)


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan"), 1e9])
def test_an_impossible_speed_is_refused(speed: float):
    with pytest.raises(RecordingError, match="speed"):
        retimed(RECORDED, Clock(start=RECORDED.begins, began=NOON, speed=speed))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_an_impossible_share_is_refused(share: float):
    with pytest.raises(RecordingError, match="share"):
        start_from(RECORDED, share)
