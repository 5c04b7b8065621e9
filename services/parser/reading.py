"""A page's bytes into a live blog: every format is asked, and what they say is merged."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from urllib.parse import urldefrag

from msgspec.structs import replace

from services.parser.document import Document
from services.parser.doubts import FAILED, NO_ID, NO_TIME, TOO_MANY
from services.parser.formats import FALLBACKS, FORMATS, Reader
from services.parser.forum import comments_address
from services.parser.identity import is_content_id
from services.parser.lifecycle import with_end
from services.parser.limits import ENTRIES
from services.parser.memo import Memo
from services.parser.merge import merged
from services.parser.readings import Reading
from shared.records import Doubt, Entry, Page

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class NoLiveBlogError(Exception):
    """The page holds no live blog in any format that we read."""


def read_page(
    body: bytes,
    *,
    url: str | None,
    content_type: str | None,
    fetched_at: datetime,
    timezone: str | None = None,
    memo: Memo | None = None,
) -> Page:
    """The live blog that a page holds, entries newest first. `timezone` is an IANA zone for times that carry none,
    `memo` what was made of the last page of the same source.

    Raises NoLiveBlogError. Nothing in the bytes makes it raise anything else, and all that it returns is bounded.
    """
    document = Document(body, url=url, content_type=content_type, fetched_at=fetched_at, timezone=timezone, memo=memo)
    readings = _readings(document)
    if not readings:
        raise NoLiveBlogError(
            f"No live blog found: looked for {', '.join((*FORMATS, *FALLBACKS))}. Is this the address of the live page "
            "itself?"
        )
    blog, entries, formats = merged(readings, document.memo)
    listed = [entry for entry in entries if not entry.deleted]
    doubts = document.clock.doubts | Counter(
        {
            TOO_MANY: int(any(len(reading.entries) >= ENTRIES for reading in readings)),
            NO_TIME: sum(entry.published_at is None for entry in listed),
            NO_ID: sum(is_content_id(entry.id) for entry in listed),
        }
    )
    if blog.url is None and document.url and document.is_markup:
        blog = replace(blog, url=urldefrag(document.url).url)
    if blog.comments_url is None and (forum := comments_address(document, blog.url)):
        blog = replace(blog, comments_url=forum)
    return Page(
        blog=with_end(blog, entries),
        entries=newest_first(entries),
        complete=any(reading.complete for reading in readings),
        formats=formats,
        doubts=tuple(Doubt(reason=reason, count=count) for reason, count in doubts.items() if count),
        more=next((reading.more for reading in readings if reading.more), ()),
        poll_url=next((reading.poll_url for reading in readings if reading.poll_url), None),
    )


def _readings(document: Document) -> list[Reading]:
    """What each format says, those that list entries first; what only marks others' entries is nothing alone."""
    found = [reading for name, read in FORMATS.items() if (reading := _ask(read, name, document)) is not None]
    if any(not reading.marks for reading in found):
        return sorted(found, key=lambda reading: reading.marks)
    for name, read in FALLBACKS.items():
        if (reading := _ask(read, name, document)) is not None:
            return [reading, *found]
    return []


def _ask(read: Reader, name: str, document: Document) -> Reading | None:
    """One format's reading. A page that breaks one reader is left to the others, and said to have done so."""
    try:
        return read(document)
    except Exception as error:  # whatever a page may do to a reader
        document.clock.doubts[f"{FAILED}: {name}, {type(error).__name__}"] += 1
        return None


def newest_first(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """By time; the page's order where times are equal or unknown, and tombstones last."""
    if any(entry.published_at is None for entry in entries if not entry.deleted):
        return entries
    return tuple(sorted(entries, key=lambda entry: entry.published_at or _LONG_AGO, reverse=True))
