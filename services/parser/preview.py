"""What would be read of a page, for whoever thinks of watching it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.parser.cautions import cautions
from services.parser.reading import read_page
from shared.records import Entry
from shared.sources.preview import Preview, PreviewEntry

SHOWN_ENTRIES = 5
SHOWN_CHARACTERS = 90


def preview(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    fetched_at: datetime,
    timezone: str | None,
    against: Sequence[str] = (),
) -> Preview:
    """`against` is what the site has against being fetched, in sentences. Raises NoLiveBlogError."""
    page = read_page(body, url=url, content_type=content_type, fetched_at=fetched_at, timezone=timezone)
    entries = [entry for entry in page.entries if not entry.deleted]
    times = [entry.published_at for entry in entries if entry.published_at]
    return Preview(
        url=url,
        format=page.blog.format,
        title=page.blog.title,
        live=page.blog.live,
        next_url=page.blog.next_url,
        bytes=len(body),
        entries=len(entries),
        with_times=len(times),
        newest_at=max(times, default=None),
        oldest_at=min(times, default=None),
        complete=page.complete,
        newest=tuple(_entry(entry) for entry in entries[:SHOWN_ENTRIES]),
        doubtful=(*against, *cautions(page, now=fetched_at, timezone=timezone)),
    )


def _entry(entry: Entry) -> PreviewEntry:
    said = " ".join((entry.title or entry.text or (entry.links[0].title if entry.links else "") or "-").split())
    cut = said if len(said) <= SHOWN_CHARACTERS else said[: SHOWN_CHARACTERS - 1] + "…"
    return PreviewEntry(id=entry.id, published_at=entry.published_at, title=cut)
