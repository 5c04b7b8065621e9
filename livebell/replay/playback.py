"""The clock of a playback, and what the live blog looks like at an instant: both pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from livebell.replay.recording import BlogRevision, EntryRevision, Recording, RecordingError
from shared.records import Blog, Entry

MIN_SPEED, MAX_SPEED = 0.01, 100_000.0


class Clock(Struct, frozen=True, kw_only=True):
    """Maps recorded instants to the wall clock: `start` is played at `began`, what follows `speed` times as fast.

    What lies before `start` keeps the distances that it was recorded with: it is history, nobody waits for it.
    """

    start: datetime
    began: datetime
    speed: float

    def wall(self, recorded: datetime) -> datetime:
        """The instant, to the millisecond, at which `recorded` comes up. A later one never comes up earlier."""
        distance = recorded - self.start
        if distance > timedelta(0):
            distance /= self.speed
        wall = self.began + distance
        return wall.replace(microsecond=wall.microsecond // 1000 * 1000)


class State(Struct, frozen=True, kw_only=True):
    """The live blog at an instant: pinned entries first, then the newest; removed ones marked `deleted`."""

    blog: Blog
    """`updated_at` is the last change, `live` whether it goes on."""
    entries: tuple[Entry, ...]
    closed_at: datetime | None


def start_from(recording: Recording, share: float) -> datetime:
    """The recorded instant to start at so that this share (0 to 1) of the revisions is history."""
    if not 0 <= share <= 1:
        raise RecordingError(f"cannot start at {share}: give a share from 0 to 1")
    last = len(recording.entries) - 1
    return recording.entries[min(int(last * share), last)].at


def retimed(recording: Recording, clock: Clock) -> Recording:
    """The same recording in the clock's wall time: every instant that it states is mapped, none is made up."""
    if not MIN_SPEED <= clock.speed <= MAX_SPEED:
        raise RecordingError(f"cannot play at speed {clock.speed}: give one from {MIN_SPEED} to {MAX_SPEED:.0f}")

    def moved(time: datetime | None) -> datetime | None:
        return None if time is None else clock.wall(time)

    try:
        return Recording(
            blogs=tuple(
                BlogRevision(
                    at=clock.wall(revision.at),
                    blog=replace(
                        revision.blog,
                        published_at=moved(revision.blog.published_at),
                        updated_at=moved(revision.blog.updated_at),
                    ),
                )
                for revision in recording.blogs
            ),
            entries=tuple(
                EntryRevision(
                    at=clock.wall(revision.at),
                    entry=replace(
                        revision.entry,
                        published_at=moved(revision.entry.published_at),
                        updated_at=moved(revision.entry.updated_at),
                    ),
                )
                for revision in recording.entries
            ),
            closes=clock.wall(recording.closes),
        )
    except OverflowError as error:
        raise RecordingError("the recording spans more time than the calendar holds at this speed") from error


def moments(recording: Recording) -> tuple[datetime, ...]:
    """Every instant at which the page changes, in order: between two of them the state is the same."""
    blogs = (revision.at for revision in recording.blogs)
    entries = (revision.at for revision in recording.entries)
    return tuple(sorted({*blogs, *entries, recording.closes}))


def state_at(recording: Recording, instant: datetime) -> State:
    """What the live blog shows at the instant, from the recording alone."""
    latest: dict[str, Entry] = {}
    for revision in recording.entries:
        if revision.at <= instant:
            latest[revision.entry.id] = revision.entry
    newest_first = tuple(reversed(latest.values()))
    pinned = tuple(entry for entry in newest_first if entry.pinned and not entry.deleted)
    others = tuple(entry for entry in newest_first if not entry.pinned or entry.deleted)
    closed = recording.closes <= instant
    changed = max((moment for moment in moments(recording) if moment <= instant), default=None)
    return State(
        blog=replace(_blog_at(recording, instant), live=not closed, updated_at=changed),
        entries=(*pinned, *others),
        closed_at=recording.closes if closed else None,
    )


def _blog_at(recording: Recording, instant: datetime) -> Blog:
    first, *later = recording.blogs
    return next((revision.blog for revision in reversed(later) if revision.at <= instant), first.blog)
