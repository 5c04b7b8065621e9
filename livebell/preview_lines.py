"""What `livebell sources test` found, for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from shared.sources.preview import Preview


def preview_lines(preview: Preview) -> Iterator[str]:
    yield f"address   {preview.url}"
    yield f"format    {preview.format} ({preview.bytes:,} bytes)"
    yield f"title     {preview.title or '-'}"
    live = {True: "yes", False: "no, it is closed", None: "the page does not say"}[preview.live]
    yield f"live      {live}" + (f"; it goes on at {preview.next_url}" if preview.next_url else "")
    span = f", from {_moment(preview.oldest_at)} to {_moment(preview.newest_at)}" if preview.newest_at else ""
    yield f"entries   {preview.entries}, {preview.with_times} with a time{span}"
    for number, entry in enumerate(preview.newest):
        yield f"{'newest' if not number else '':<8}  {_moment(entry.published_at):<20}  {entry.title}"
    if not preview.doubtful:
        yield "doubtful  nothing"
    for number, doubt in enumerate(preview.doubtful):
        yield f"{'doubtful' if not number else '':<8}  {doubt}"


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else "no time"
