"""A page as NDJSON: the blog's line first, then one for each entry, newest first."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from shared.records import Page

_encode = msgspec.json.Encoder().encode


def lines(page: Page) -> Iterator[bytes]:
    """Lines without their newline; times are RFC 3339 in UTC, or null. The blog's line also says what is doubtful."""
    yield _encode({"type": "blog"} | msgspec.structs.asdict(page.blog) | {"doubts": page.doubts})
    for entry in page.entries:
        yield _encode({"type": "entry"} | msgspec.structs.asdict(entry))
