"""What the gateway knows of the live blogs: a bounded view in memory, made from the retained stream alone."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from shared.messages import CLOSED, BlogChanged, Enriched, EntryEnriched, Mention, Place, Reason, Topic
from shared.records import Blog, Image, Link

ENTRIES_OF_A_SOURCE = 2_000
ENTRIES = 50_000


class EntryView(Struct, frozen=True, kw_only=True):
    """An entry with what it is about, as the API shows it. `position` counts what the view took in."""

    position: int
    event: str
    id: str
    source: str
    blog_url: str | None
    blog_title: str | None
    change: str
    revision: int
    title: str | None
    text: str
    html: str
    authors: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None
    url: str | None
    key_event: bool
    pinned: bool
    deleted: bool
    links: tuple[Link, ...]
    images: tuple[Image, ...]
    language: str | None
    places: tuple[Place, ...]
    people: tuple[Mention, ...]
    organisations: tuple[Mention, ...]
    topics: tuple[Topic, ...]
    keywords: tuple[str, ...]
    urgency: float
    urgency_reasons: tuple[Reason, ...]
    story_id: str | None
    alert: str
    seen_at: datetime


class SourceView(Struct, frozen=True, kw_only=True):
    id: str
    blog: Blog
    entries: int
    closed: bool


class View:
    """`apply` what the stream brings, in any order; ask for the rest."""

    def __init__(self) -> None:
        self._entries: dict[str, OrderedDict[str, EntryView]] = {}
        self._blogs: dict[str, Blog] = {}
        self._closed: set[str] = set()
        self._count = 0
        self._taken = 0

    def apply(self, event: Enriched) -> EntryView | None:
        """The entry as it now stands, or None where the event is no entry's or an older revision."""
        if isinstance(event, BlogChanged):
            self._blogs[event.source] = event.blog
            if event.change == CLOSED:
                self._closed.add(event.source)
            return None
        if not isinstance(event, EntryEnriched):
            return None
        return self._apply_entry(event)

    def forget(self, source: str) -> None:
        self._count -= len(self._entries.pop(source, ()))
        self._blogs.pop(source, None)
        self._closed.discard(source)

    def source(self, source: str) -> SourceView | None:
        if (blog := self._blogs.get(source)) is None:
            return None
        entries: dict[str, EntryView] = self._entries.get(source, OrderedDict())
        standing = sum(not entry.deleted for entry in entries.values())
        return SourceView(id=source, blog=blog, entries=standing, closed=source in self._closed)

    def entries(self, source: str | None, *, limit: int, before: tuple[float, int] | None = None) -> list[EntryView]:
        """The newest first; with `before`, those that come after that place in the order."""
        sources = [source] if source is not None else list(self._entries)
        held = [entry for name in sources for entry in self._entries.get(name, {}).values()]
        held.sort(key=place, reverse=True)
        return [entry for entry in held if before is None or place(entry) < before][:limit]

    def _apply_entry(self, event: EntryEnriched) -> EntryView | None:
        changed = event.changed
        entries = self._entries.setdefault(changed.source, OrderedDict())
        known = entries.get(changed.entry.id)
        if known is not None and known.revision >= changed.revision:
            return None
        self._taken += 1
        self._blogs[changed.source] = changed.blog
        entry = _view(event, known.position if known else self._taken)
        self._count += known is None
        entries[entry.id] = entry
        self._bound(changed.source)
        return entry

    def _bound(self, source: str) -> None:
        """Forgets the oldest: of the source beyond its share, then of the largest source beyond the whole."""
        if len(self._entries[source]) > ENTRIES_OF_A_SOURCE:
            self._drop_oldest(source)
        while self._count > ENTRIES:
            self._drop_oldest(max(self._entries, key=lambda name: len(self._entries[name])))

    def _drop_oldest(self, source: str) -> None:
        entries = self._entries[source]
        del entries[min(entries.values(), key=place).id]
        self._count -= 1


def place(entry: EntryView) -> tuple[float, int]:
    """Where an entry stands in the order: by its time, or when it was seen where the page states none."""
    return (entry.published_at or entry.seen_at).timestamp(), entry.position


def _view(event: EntryEnriched, position: int) -> EntryView:
    changed, entry, about = event.changed, event.changed.entry, event.about
    known = {**msgspec.structs.asdict(entry), **msgspec.structs.asdict(about)}
    return EntryView(
        **{name: known[name] for name in EntryView.__struct_fields__ if name in known},
        position=position,
        event=changed.id,
        source=changed.source,
        blog_url=changed.blog.url,
        blog_title=changed.blog.title,
        change=changed.change,
        revision=changed.revision,
        seen_at=_instant(event.passed.seen),
    )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
