"""A subscriber's days, played through the pure decisions: nothing lost, nothing twice, and quiet where asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
from msgspec.structs import replace

from services.notifier.preferences.quiet import is_quiet
from services.notifier.preferences.verdict import (
    HOUR,
    Action,
    Event,
    Held,
    State,
    breaks_through,
    decide,
    digest_due,
    digested,
    emptied,
)
from shared.subscriptions.record import Preferences, QuietHours

NIGHT = datetime(2026, 3, 28, 20, 0, tzinfo=ZoneInfo("Europe/London")).timestamp()
"""The evening before the clocks spring forward."""


@dataclass
class Life:
    wanted: Preferences
    replaces: bool = True
    state: State = field(default_factory=State)
    held: dict[str, Held] = field(default_factory=dict)
    called: float | None = None
    alone: list[tuple[float, Event]] = field(default_factory=list)
    silent: list[tuple[float, Event]] = field(default_factory=list)
    digests: list[tuple[float, dict[str, Held]]] = field(default_factory=list)
    taken_out: list[str] = field(default_factory=list)

    def happens(self, at: float, event: Event) -> Action:
        self.until(at)
        found = decide(at, self.wanted, self.state, event, self.held.pop(event.subject, None), replaces=self.replaces)
        self.state = found.state
        if found.call:
            self.called = found.state.due
        if found.held is not None:
            self.held[event.subject] = found.held
        else:
            (self.alone if found.action is Action.ALONE else self.silent).append((at, replace(event, kind=found.kind)))
        assert self.state.waiting == len(self.held)
        return found.action

    def until(self, at: float) -> None:
        """What is due by then goes out, each at its time."""
        while self.called is not None and self.called <= at:
            now, self.called = self.called, None
            if (later := digest_due(now, self.wanted, self.state)) is not None:
                assert later > now
                self.called = later
                continue
            told = {name: one for name, one in self.held.items() if not one.withdrawn}
            self.taken_out += self.held.keys() - told.keys()
            self.digests += [(now, told)] if told else []
            self.state, self.held = digested(now, self.wanted, self.state) if told else emptied(self.state), {}

    @property
    def rings(self) -> list[float]:
        return sorted([at for at, _ in self.alone] + [at for at, _ in self.digests])


def event(subject: str, kind: str = "entry.created", **rest: object) -> Event:
    return Event(subject=subject, kind=kind, **rest)  # type: ignore[arg-type]


def night(**rest: object) -> Preferences:
    hours = QuietHours(since="22:00", to="07:00", timezone="Europe/London", urgent_above=0.8)
    return Preferences(quiet_hours=hours, **rest)  # type: ignore[arg-type]


def test_what_comes_in_quiet_hours_waits_for_their_end_and_what_is_urgent_does_not() -> None:
    life = Life(night())
    assert life.happens(NIGHT, event("a")) is Action.ALONE
    assert life.happens(NIGHT + 3 * HOUR, event("b", urgency=0.8)) is Action.WITHHELD
    assert life.happens(NIGHT + 4 * HOUR, event("c", urgency=0.81)) is Action.ALONE
    assert life.happens(NIGHT + 5 * HOUR, event("closed", "blog.closed")) is Action.WITHHELD
    life.until(NIGHT + 24 * HOUR)
    [(at, held)] = life.digests
    assert at == NIGHT + 10 * HOUR, "the night in which an hour is missing"
    assert set(held) == {"b", "closed"}


def test_the_cap_sends_the_rest_as_a_digest_that_counts_itself() -> None:
    life = Life(Preferences(max_per_hour=2))
    acted = [life.happens(NIGHT + 60 * n, event(f"e{n}")) for n in range(5)]
    assert acted == [Action.ALONE] * 2 + [Action.WITHHELD] * 3
    life.until(NIGHT + 2 * HOUR)
    assert [(at, set(held)) for at, held in life.digests] == [(NIGHT + HOUR, {"e2", "e3", "e4"})]


def test_a_story_rings_once_within_its_window_and_then_is_replaced_silently() -> None:
    life = Life(Preferences(collapse_story=60))
    acted = [life.happens(NIGHT + n * 1300, event(f"e{n}", story="storm")) for n in range(4)]
    assert acted == [Action.ALONE, Action.SILENT, Action.SILENT, Action.ALONE]
    assert life.happens(NIGHT + 4000, event("other", story="vote")) is Action.ALONE
    assert life.happens(NIGHT + 4000, event("none")) is Action.ALONE


def test_where_nothing_can_be_replaced_the_story_goes_on_in_a_digest() -> None:
    life = Life(Preferences(collapse_story=60), replaces=False)
    acted = [life.happens(NIGHT + n * 600, event(f"e{n}", story="storm")) for n in range(3)]
    assert acted == [Action.ALONE, Action.WITHHELD, Action.WITHHELD]
    life.until(NIGHT + 2 * HOUR)
    assert [(at, set(held)) for at, held in life.digests] == [(NIGHT + HOUR, {"e1", "e2"})]


def test_an_edit_of_what_is_withheld_stays_news_and_a_withdrawal_takes_it_out() -> None:
    life = Life(Preferences(digest=30))
    life.happens(NIGHT, event("a"))
    life.happens(NIGHT, event("b"))
    assert life.happens(NIGHT + 60, event("a", "entry.updated", revision=2)) is Action.WITHHELD
    assert life.happens(NIGHT + 60, event("b", "entry.deleted", revision=2)) is Action.TAKEN_OUT
    assert life.happens(NIGHT + 90, event("c", "entry.deleted", revision=2)) is Action.WITHHELD, "was told before"
    life.until(NIGHT + HOUR)
    [(at, held)] = life.digests
    assert at == NIGHT + 1800
    assert {subject: one.kind for subject, one in held.items()} == {"a": "entry.created", "c": "entry.deleted"}


def test_what_is_withdrawn_and_comes_back_is_news_again() -> None:
    life = Life(Preferences(digest=30))
    life.happens(NIGHT, event("a"))
    life.happens(NIGHT, event("a", "entry.deleted", revision=2))
    life.happens(NIGHT, event("a", "entry.updated", revision=3))
    life.until(NIGHT + HOUR)
    assert [[one.kind for one in held.values()] for _, held in life.digests] == [["entry.created"]]


def test_a_withdrawal_that_overtakes_its_news_leaves_nothing_to_tell() -> None:
    life = Life(Preferences(digest=30))
    life.happens(NIGHT, event("a", "entry.deleted", revision=2))
    life.happens(NIGHT, event("a"))
    life.until(NIGHT + HOUR)
    assert life.digests == []


def test_an_edit_that_makes_it_urgent_rings_as_news() -> None:
    life = Life(night())
    life.happens(NIGHT + 4 * HOUR, event("a", urgency=0.2))
    found = decide(
        NIGHT + 5 * HOUR, life.wanted, life.state,
        event("a", "entry.updated", revision=2, urgency=0.9), life.held["a"], replaces=True,
    )  # fmt: skip
    assert (found.action, found.kind, found.held) == (Action.ALONE, "entry.created", None)


def test_a_repeat_of_what_is_withheld_changes_nothing_that_is_told() -> None:
    life = Life(Preferences(digest=30, max_per_hour=1))
    for _ in range(3):
        life.happens(NIGHT, event("a", urgency=0.4))
    life.until(NIGHT + HOUR)
    assert [list(held) for _, held in life.digests] == [["a"]]


def test_a_digest_whose_call_was_lost_is_called_again() -> None:
    life = Life(Preferences(digest=30))
    life.happens(NIGHT, event("a"))
    life.called = None
    life.happens(NIGHT + 2 * HOUR, event("b"))
    life.until(NIGHT + 3 * HOUR)
    assert [set(held) for _, held in life.digests] == [{"a", "b"}]


def test_a_clock_that_was_set_back_holds_nothing_back_for_longer() -> None:
    life = Life(Preferences(max_per_hour=1, collapse_story=30))
    life.happens(NIGHT + 50 * HOUR, event("a", story="s"))
    life.happens(NIGHT, event("b", story="s"))
    assert life.state.rang == (NIGHT,)
    assert life.state.stories == (("s", NIGHT),)


clocks = st.sampled_from(("00:00", "02:30", "07:00", "13:45", "22:00", "23:59"))
preferences = st.builds(
    Preferences,
    quiet_hours=st.none()
    | st.builds(
        QuietHours,
        since=clocks,
        to=clocks,
        timezone=st.sampled_from(("Europe/London", "America/New_York", "Asia/Kathmandu")),
        urgent_above=st.none() | st.sampled_from((0.0, 0.7)),
    ),
    max_per_hour=st.none() | st.integers(1, 4),
    digest=st.none() | st.sampled_from((1, 20, 300)),
    collapse_story=st.none() | st.sampled_from((1, 45, 600)),
)
happenings = st.lists(
    st.tuples(
        st.sampled_from((0, 1, 59, 60, 400, 1800, 3600, 20_000)),
        st.integers(0, 5),
        st.sampled_from(("next", "next", "deleted")),
        st.sampled_from((0.0, 0.5, 0.9)),
        st.sampled_from((None, "storm", "vote")),
    ),
    max_size=40,
)


def played(wanted: Preferences, steps: list[tuple[int, int, str, float, str | None]], *, replaces: bool) -> Life:
    life, at, revisions = Life(wanted, replaces), NIGHT, Counter[str]()
    for gap, number, what, urgency, story in steps:
        at += gap
        subject = f"e{number}"
        revisions[subject] += 1
        kind = "entry.created" if revisions[subject] == 1 else f"entry.{'updated' if what == 'next' else 'deleted'}"
        life.happens(at, event(subject, kind, revision=revisions[subject], urgency=urgency, story=story))
    life.until(at + 100 * HOUR)
    return life


@settings(max_examples=400, deadline=None)
@given(preferences, happenings, st.booleans())
def test_every_entry_is_told_of_once_or_taken_out(wanted: Preferences, steps: list, replaces: bool) -> None:
    life = played(wanted, steps, replaces=replaces)
    news = Counter(one.subject for _, one in life.alone + life.silent if one.kind == "entry.created")
    news.update(name for _, held in life.digests for name, one in held.items() if one.kind == "entry.created")
    for subject in {f"e{number}" for _, number, *_ in steps}:
        assert news[subject] <= 1
        assert news[subject] == 1 or subject in life.taken_out
    told = len(life.alone) + len(life.silent) + sum(len(held) for _, held in life.digests)
    assert life.held == {}
    assert told <= len(steps)


@settings(max_examples=400, deadline=None)
@given(preferences, happenings, st.booleans())
def test_never_more_than_the_cap_and_never_in_quiet_hours(wanted: Preferences, steps: list, replaces: bool) -> None:
    life = played(wanted, steps, replaces=replaces)
    if (most := wanted.max_per_hour) is not None:
        rings = life.rings
        assert all(later - first >= HOUR for first, later in zip(rings, rings[most:], strict=False))
    for at, one in life.alone + life.silent:
        assert breaks_through(wanted, one) or (
            wanted.digest is None and not (wanted.quiet_hours and is_quiet(wanted.quiet_hours, at))
        )
    assert not any(wanted.quiet_hours and is_quiet(wanted.quiet_hours, at) for at, _ in life.digests)


@settings(max_examples=400, deadline=None)
@given(preferences, happenings, st.booleans())
def test_a_story_rings_alone_once_in_its_window(wanted: Preferences, steps: list, replaces: bool) -> None:
    life = played(wanted, steps, replaces=replaces)
    assert replaces or not life.silent
    window = (wanted.collapse_story or 0) * 60
    for story in ("storm", "vote"):
        rang = [at for at, one in life.alone if one.story == story]
        assert all(later - first >= window for first, later in pairwise(rang))


@settings(max_examples=200, deadline=None)
@given(preferences, happenings)
def test_a_digest_goes_out_as_soon_as_it_may(wanted: Preferences, steps: list) -> None:
    """No sooner than asked for, and never later than quiet hours, the cap and the interval add up to."""
    life = played(wanted, steps, replaces=True)
    for at, held in life.digests:
        first = min(one.at for one in held.values())
        assert at >= first
        assert at - first <= 26 * HOUR + (wanted.digest or 0) * 60 + HOUR
