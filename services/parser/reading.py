"""A page's bytes into a live blog: every format is asked in turn, the first that finds one speaks."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from services.parser.document import Document
from services.parser.formats import FORMATS
from shared.records import Entry, Page

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class NoLiveBlogError(Exception):
    """The page holds no live blog in any format that we read."""


def read_page(
    body: bytes, *, url: str | None, content_type: str | None, fetched_at: datetime, timezone: str | None = None
) -> Page:
    """The live blog that a page holds, entries newest first. `timezone` is an IANA zone for times that carry none.

    Raises NoLiveBlogError. Nothing in the bytes makes it raise anything else, and all that it returns is bounded.
    """
    document = Document(body, url=url, content_type=content_type, fetched_at=fetched_at, timezone=timezone)
    for read in FORMATS.values():
        if (page := read(document)) is not None:
            return replace(page, entries=newest_first(page.entries))
    raise NoLiveBlogError(
        f"No live blog found: looked for {', '.join(FORMATS)}. Is this the address of the live page itself?"
    )


def newest_first(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """By time; the page's order where times are equal or unknown, and tombstones last."""
    if any(entry.published_at is None for entry in entries if not entry.deleted):
        return entries
    return tuple(sorted(entries, key=lambda entry: entry.published_at or _LONG_AGO, reverse=True))
