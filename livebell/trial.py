"""What `livebell sources test` found, for a machine and for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from livebell.doubts import doubts
from livebell.looking import Look
from services.parser.reading import read_page
from shared.records import Entry

SHOWN_ENTRIES = 5
SHOWN_CHARACTERS = 90


class TrialEntry(Struct, frozen=True, kw_only=True):
    id: str
    published_at: datetime | None
    title: str


class Trial(Struct, frozen=True, kw_only=True):
    """`entries` counts those that stand; `newest` are the first of them."""

    url: str
    format: str
    title: str | None
    live: bool | None
    next_url: str | None
    bytes: int
    entries: int
    with_times: int
    newest_at: datetime | None
    oldest_at: datetime | None
    complete: bool
    newest: list[TrialEntry]
    doubtful: list[str]


def report(seen: Look, *, timezone: str | None, now: datetime) -> Trial:
    """Raises NoLiveBlogError of the parser."""
    found = seen.page
    page = read_page(found.body, url=found.url, content_type=found.content_type, fetched_at=now, timezone=timezone)
    entries = [entry for entry in page.entries if not entry.deleted]
    times = [entry.published_at for entry in entries if entry.published_at]
    doubtful = [seen.robots] if seen.robots else []
    if seen.delay:
        doubtful.append(f"The site asks for {seen.delay:g} s between two requests: it is polled no faster.")
    return Trial(
        url=found.url,
        format=page.blog.format,
        title=page.blog.title,
        live=page.blog.live,
        next_url=page.blog.next_url,
        bytes=len(found.body),
        entries=len(entries),
        with_times=len(times),
        newest_at=max(times, default=None),
        oldest_at=min(times, default=None),
        complete=page.complete,
        newest=[_entry(entry) for entry in entries[:SHOWN_ENTRIES]],
        doubtful=[*doubtful, *doubts(page, now=now, timezone=timezone)],
    )


def shown(trial: Trial) -> Iterator[str]:
    """Lines for a person."""
    yield f"address   {trial.url}"
    yield f"format    {trial.format} ({trial.bytes:,} bytes)"
    yield f"title     {trial.title or '-'}"
    live = {True: "yes", False: "no, it is closed", None: "the page does not say"}[trial.live]
    yield f"live      {live}" + (f"; it goes on at {trial.next_url}" if trial.next_url else "")
    span = f", from {_moment(trial.oldest_at)} to {_moment(trial.newest_at)}" if trial.newest_at else ""
    yield f"entries   {trial.entries}, {trial.with_times} with a time{span}"
    for number, entry in enumerate(trial.newest):
        yield f"{'newest' if not number else '':<8}  {_moment(entry.published_at):<20}  {entry.title}"
    if not trial.doubtful:
        yield "doubtful  nothing"
    for number, doubt in enumerate(trial.doubtful):
        yield f"{'doubtful' if not number else '':<8}  {doubt}"


def _entry(entry: Entry) -> TrialEntry:
    said = " ".join((entry.title or entry.text or (entry.links[0].title if entry.links else "") or "-").split())
    cut = said if len(said) <= SHOWN_CHARACTERS else said[: SHOWN_CHARACTERS - 1] + "…"
    return TrialEntry(id=entry.id, published_at=entry.published_at, title=cut)


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else "no time"
