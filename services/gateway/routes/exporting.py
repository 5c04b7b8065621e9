"""/export/<source>.ndjson and .csv: what is retained of a live blog, oldest first. The NDJSON is what `livebell parse`
prints, with what the enricher found: `livebell replay` plays it."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Stream

from services.gateway.admission import within_allowance
from services.gateway.http.given import GivenAsking, GivenSettings, GivenSources, GivenView
from services.gateway.http.problems import ProblemError
from services.gateway.view import EntryView, SourceView, View
from shared.records import Blog
from shared.sources.store import SourceStore

PAGE = 100
COLUMNS = (
    "id", "published_at", "updated_at", "title", "text", "authors", "url", "key_event", "deleted", "revision",
    "language", "places", "people", "organisations", "topics", "urgency",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet begins a formula with, in full width too (OWASP, CSV injection)."""
BLOG_FIELDS = ("url", "title", "description", "authors", "published_at", "updated_at", "live", "next_url",
               "comments_url", "format")  # fmt: skip


@get(
    "/export/{name:str}",
    tags=("live blogs",),
    summary="What is retained of a live blog, as NDJSON (.ndjson) or CSV (.csv)",
)
async def export(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    view: GivenView,
    sources: GivenSources,
    settings: GivenSettings,
    asking: GivenAsking,
) -> Stream:
    source, _, form = name.rpartition(".")
    blog = await _blog(source, view, sources)
    if form not in {"ndjson", "csv"} or blog is None:
        raise ProblemError(
            404, "There is no such export: it is /export/<source>.ndjson or .csv, GET /api/v1/sources lists them."
        )
    within_allowance(request, settings, asking)
    first, line = (_header(), _row) if form == "csv" else (_blog_line(blog), _line)
    kind = "text/csv; header=present" if form == "csv" else "application/x-ndjson"
    headers = {"Content-Disposition": f'attachment; filename="{source}.{form}"', "Cache-Control": "no-store"}
    return Stream(_told(_places(view, source), first, line), media_type=kind, headers=headers)


async def _blog(source: str, view: View, sources: SourceStore) -> Blog | None:
    seen: SourceView | None = view.source(source)
    if seen is not None:
        return seen.blog
    watched = await sources.get(source)
    return Blog(url=watched.url, title=watched.title) if watched else None


def _places(view: View, source: str) -> list[EntryView]:
    """At most what the view retains of one source; entries are immutable, so that this holds no copies."""
    found: list[EntryView] = []
    page = view.page(source, limit=PAGE)
    found += page.entries
    while page.next is not None:
        page = view.page(source, limit=PAGE, before=page.next)
        found += page.entries
    return found[::-1]


async def _told(entries: list[EntryView], first: bytes, line: Callable[[EntryView], bytes]) -> AsyncIterator[bytes]:
    yield first
    for start in range(0, len(entries), PAGE):
        yield b"".join(map(line, entries[start : start + PAGE]))
        await asyncio.sleep(0)


def _blog_line(blog: Blog) -> bytes:
    return msgspec.json.encode({"type": "blog", **{name: getattr(blog, name) for name in BLOG_FIELDS}}) + b"\n"


def _line(entry: EntryView) -> bytes:
    told = {name: getattr(entry, name) for name in EntryView.__struct_fields__ if name not in {"blog", "event", "page"}}
    return msgspec.json.encode({"type": "entry", **told}) + b"\n"


def _header() -> bytes:
    return _csv(COLUMNS)


def _row(entry: EntryView) -> bytes:
    return _csv([_cell(getattr(entry, column)) for column in COLUMNS])


def _csv(cells: Iterable[str]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue().encode()


def _cell(value: Any) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        text = "; ".join(dict.fromkeys(_named(one) for one in value))
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int | float):
        return str(value)
    else:
        text = value if isinstance(value, str) else str(msgspec.to_builtins(value))
    return f"'{text}" if text.startswith(FORMULA) else text


def _named(one: Any) -> str:
    return str(one if isinstance(one, str) else getattr(one, "label", None) or one.name)
