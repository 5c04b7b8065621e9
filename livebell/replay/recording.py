"""Reading a recording: NDJSON as `livebell parse` prints it, made into the revisions that a playback shows.

Several lines with one id are revisions of that entry, several blog lines are revisions of the blog; a line with
`deleted` removes the entry. A file may run oldest first, as a log grows, or newest first, as `parse` prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.records import Blog, Entry

MAX_BYTES = 64 * 2**20
MAX_LINES = 100_000
EPOCH = datetime.fromtimestamp(0, UTC)

DEMO = Path(__file__).parent.parent / "recordings" / "north-sea-storm.ndjson"


class RecordingError(Exception):
    """The file is no recording that can be played; the message says where and why."""


class BlogRevision(Struct, frozen=True, kw_only=True):
    at: datetime
    blog: Blog


class EntryRevision(Struct, frozen=True, kw_only=True):
    at: datetime
    entry: Entry


class Recording(Struct, frozen=True, kw_only=True):
    """Revisions in the order in which they are played. The first blog revision holds from the beginning."""

    blogs: tuple[BlogRevision, ...]
    entries: tuple[EntryRevision, ...]
    closes: datetime
    """When the blog says that it is no longer live; the end of the recording where it never says so."""

    @property
    def begins(self) -> datetime:
        return self.entries[0].at

    @property
    def ends(self) -> datetime:
        return max(self.entries[-1].at, self.blogs[-1].at, self.closes)


class _BlogLine(Blog, frozen=True, kw_only=True, tag_field="type", tag="blog"):
    url: str | None = None


class _EntryLine(Entry, frozen=True, kw_only=True, tag_field="type", tag="entry"):
    pass


_decoder: msgspec.json.Decoder[_BlogLine | _EntryLine] = msgspec.json.Decoder(_BlogLine | _EntryLine)


def load_recording(path: Path) -> Recording:
    """The recording in the file. Raises RecordingError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RecordingError(f"{path}: larger than {MAX_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from error
    try:
        return read_recording(data)
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error


def read_recording(data: bytes) -> Recording:
    """The recording in NDJSON. Raises RecordingError with the line's number."""
    blogs: list[Blog] = []
    entries: list[Entry] = []
    for line in _lines(data):
        if isinstance(line, _EntryLine):
            entries.append(line)
        else:
            blogs.append(line)
    if not entries:
        raise RecordingError("no entry to play")
    revisions = _entry_revisions(entries, fallback=blogs[0].published_at or blogs[0].updated_at or EPOCH)
    played = _blog_revisions(blogs, begins=revisions[0].at)
    ends = max(revisions[-1].at, played[-1].at)
    closes = next((revision.at for revision in played[1:] if revision.blog.live is False), ends)
    return Recording(blogs=played, entries=revisions, closes=closes)


def _lines(data: bytes) -> Iterator[_BlogLine | _EntryLine]:
    first = True
    for number, raw in enumerate(data.splitlines(), start=1):
        if number > MAX_LINES:
            raise RecordingError(f"more than {MAX_LINES} lines")
        if not raw.strip():
            continue
        try:
            line = _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RecordingError(f"line {number}: {error}") from error
        if first and not isinstance(line, _BlogLine):
            raise RecordingError(f'line {number}: the first line must be of type "blog"')
        if isinstance(line, _EntryLine) and not line.id:
            raise RecordingError(f"line {number}: an entry without an id")
        for name in ("published_at", "updated_at"):
            time: datetime | None = getattr(line, name)
            if time is not None and time.utcoffset() is None:
                raise RecordingError(f"line {number}: {name} has no zone")
        first = False
        yield line


def _entry_revisions(lines: list[Entry], *, fallback: datetime) -> tuple[EntryRevision, ...]:
    """When each line is played: an entry's first at its publication, the others when they were edited or removed.

    A line without any time is played together with the one before it.
    """
    lines = _oldest_first(lines)
    stated = _stated_times(lines, fallback)
    order = sorted(range(len(lines)), key=lambda index: stated[index])
    revisions: list[EntryRevision] = []
    seen: set[str] = set()
    for index in order:
        entry, at = lines[index], stated[index]
        if entry.id in seen or entry.deleted:
            revisions.append(EntryRevision(at=at, entry=entry))
        elif entry.published_at and entry.updated_at and entry.published_at < entry.updated_at:
            # Known in its edited form alone: it is there from its publication on, and says so once it was edited.
            revisions.append(EntryRevision(at=entry.published_at, entry=replace(entry, updated_at=None)))
            revisions.append(EntryRevision(at=at, entry=entry))
        else:
            revisions.append(EntryRevision(at=entry.published_at or at, entry=entry))
        seen.add(entry.id)
    return tuple(sorted(revisions, key=lambda revision: revision.at))


def _oldest_first(lines: list[Entry]) -> list[Entry]:
    times = [line.published_at or line.updated_at for line in lines]
    known = [time for time in times if time is not None]
    return lines[::-1] if known and known[0] > known[-1] else lines


def _stated_times(lines: list[Entry], fallback: datetime) -> list[datetime]:
    own = [line.updated_at or line.published_at for line in lines]
    before = min((time for time in own if time is not None), default=fallback)
    times = []
    for time in own:
        before = time or before
        times.append(before)
    return times


def _blog_revisions(lines: list[Blog], *, begins: datetime) -> tuple[BlogRevision, ...]:
    """The first line holds from the beginning, whatever its time: a recording of a closed blog has but one."""
    first, *later = lines
    revisions = [BlogRevision(at=line.updated_at or begins, blog=line) for line in later]
    return (BlogRevision(at=begins, blog=first), *sorted(revisions, key=lambda revision: revision.at))
