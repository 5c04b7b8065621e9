"""What would be read of a page, as the parser finds it and people are shown it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class PreviewEntry(Struct, frozen=True, kw_only=True):
    id: str
    published_at: datetime | None
    title: str


class Preview(Struct, frozen=True, kw_only=True):
    """What would be read. `bytes` are the page's, unpacked; `entries` counts those that stand, `newest` are the first
    of them; `complete` says whether the page proves that it lists every entry; each of `doubtful` is a sentence."""

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
    newest: tuple[PreviewEntry, ...]
    doubtful: tuple[str, ...]
