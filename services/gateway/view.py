"""What the gateway knows of the live blogs: a bounded view in memory, made from the retained stream alone."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TypeAlias
from urllib.parse import quote

import msgspec
from msgspec import Struct

from shared.messages import (
    CLOSED,
    BlogChanged,
    Enriched,
    EntryEnriched,
    Figure,
    Mention,
    Place as NamedPlace,
    Reason,
    Topic,
    event_id,
)
from shared.records import Blog, Image, Link

ENTRIES_OF_A_SOURCE = 2_000
ENTRIES = 50_000
CHARACTERS = 200_000_000
"""Of text and HTML, since a hostile page may fill each entry to its limit."""
SHARE_DROPPED = 50
"""When one of these is reached, a fiftieth is dropped at once."""

Place: TypeAlias = tuple[float, int, int, str, str]
"""Where an entry stands in the order: its time, or when it was seen where the page states none; then where its first
revision stands in the stream; then source and id. Every gateway finds the same."""


class BlogView(Struct, frozen=True, kw_only=True):
    url: str | None
    title: str | None


class EntryView(Struct, frozen=True, kw_only=True):
    """An entry with what it is about, as the API shows it. `event` is the id that its alert carries."""

    event: str
    id: str
    source: str
    blog: BlogView
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
    places: tuple[NamedPlace, ...]
    people: tuple[Mention, ...]
    organisations: tuple[Mention, ...]
    figures: tuple[Figure, ...]
    topics: tuple[Topic, ...]
    keywords: tuple[str, ...]
    urgency: float
    urgency_reasons: tuple[Reason, ...]
    story_id: str | None
    story_sources: int
    alert: str
    seen_at: datetime
    page: str
    """The entry's own page on this gateway, the same for all its revisions."""


class SourceView(Struct, frozen=True, kw_only=True):
    """`entries` counts those that stand."""

    id: str
    blog: Blog
    entries: int
    closed: bool


class Page(Struct, frozen=True, kw_only=True):
    """`next` is the place after which the next page begins, None on the last."""

    entries: list[EntryView]
    next: Place | None


class _Known:
    """A source's entries by id, and their places, the oldest first."""

    def __init__(self, blog: Blog) -> None:
        self.blog = blog
        self.closed = False
        self.entries: dict[str, tuple[Place, EntryView]] = {}
        self.pages: dict[str, str] = {}
        self.places: list[Place] = []
        self.standing = 0
        self.characters = 0


class View:
    """`apply` what the stream brings; ask for the rest."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._count = 0
        self._characters = 0

    def apply(self, event: Enriched, position: str) -> EntryView | None:
        """The entry as it now stands, or None where the event is no entry's or an older revision.

        `position` is where the event stands in its stream, `ms-seq`.
        """
        if isinstance(event, EntryEnriched):
            return self._apply_entry(event, position)
        if isinstance(event, BlogChanged):
            known = self._known.setdefault(event.source, _Known(event.blog))
            known.blog = event.blog
            known.closed = known.closed or event.change == CLOSED
        return None

    def forget(self, source: str) -> None:
        if (known := self._known.get(source)) is not None:
            while known.places:
                self._drop_oldest(known)
            del self._known[source]

    def source(self, source: str) -> SourceView | None:
        known = self._known.get(source)
        if known is None:
            return None
        return SourceView(id=source, blog=known.blog, entries=known.standing, closed=known.closed)

    def at(self, source: str, page: str) -> EntryView | None:
        """The entry whose `page` this is."""
        known = self._known.get(source)
        entry = known.pages.get(page) if known else None
        return known.entries[entry][1] if known and entry is not None else None

    def page(self, source: str | None, *, limit: int, before: Place | None = None) -> Page:
        """The newest first; with `before`, those that come after that place in the order."""
        asked = [self._known.get(source)] if source is not None else list(self._known.values())
        newest = heapq.merge(*(_backwards(known.places, before) for known in asked if known), reverse=True)
        places = list(islice(newest, limit + 1))
        shown = places[:limit]
        entries = [self._known[source].entries[name][1] for *_, source, name in shown]
        return Page(entries=entries, next=shown[-1] if len(places) > limit else None)

    def _apply_entry(self, event: EntryEnriched, position: str) -> EntryView | None:
        changed = event.changed
        known = self._known.setdefault(changed.source, _Known(changed.blog))
        place, before = known.entries.get(changed.entry.id, (None, None))
        if before is not None and before.revision >= changed.revision:
            return None
        entry = shown(event)
        milliseconds, _, sequence = position.partition("-")
        first = place[1:3] if place else (int(milliseconds), int(sequence))
        if place is not None:
            self._drop(known, place)
        known.blog = changed.blog
        self._add(known, ((entry.published_at or entry.seen_at).timestamp(), *first, entry.source, entry.id), entry)
        self._bound(known)
        return entry

    def _add(self, known: _Known, place: Place, entry: EntryView) -> None:
        known.entries[entry.id] = (place, entry)
        known.pages[entry.page] = entry.id
        insort(known.places, place)
        known.standing += not entry.deleted
        self._count += 1
        known.characters += _characters(entry)
        self._characters += _characters(entry)

    def _drop(self, known: _Known, place: Place) -> None:
        del known.places[bisect_left(known.places, place)]
        _, entry = known.entries.pop(place[-1])
        del known.pages[entry.page]
        known.standing -= not entry.deleted
        self._count -= 1
        known.characters -= _characters(entry)
        self._characters -= _characters(entry)

    def _drop_oldest(self, known: _Known) -> None:
        self._drop(known, known.places[0])

    def _bound(self, known: _Known) -> None:
        """Forgets the oldest: of a source beyond its share, then of the largest sources, many at once."""
        if len(known.places) > ENTRIES_OF_A_SOURCE:
            self._drop_oldest(known)
        if self._count > ENTRIES:
            self._shrink(lambda one: len(one.places), self._count - ENTRIES + ENTRIES // SHARE_DROPPED)
        if self._characters > CHARACTERS:
            self._shrink(lambda one: one.characters, self._characters - CHARACTERS + CHARACTERS // SHARE_DROPPED)

    def _shrink(self, size: Callable[[_Known], int], by: int) -> None:
        largest = [(-size(one), source) for source, one in self._known.items()]
        heapq.heapify(largest)
        while by > 0:
            before, source = largest[0]
            known = self._known[source]
            self._drop_oldest(known)
            by += before + size(known)
            heapq.heapreplace(largest, (-size(known), source))


def shown(event: EntryEnriched) -> EntryView:
    """The entry as it is in this event."""
    changed, entry, about = event.changed, event.changed.entry, event.about
    fields = {**msgspec.structs.asdict(entry), **msgspec.structs.asdict(about)}
    return EntryView(
        **{name: fields[name] for name in EntryView.__struct_fields__ if name in fields},
        event=changed.id,
        source=changed.source,
        blog=BlogView(url=changed.blog.url, title=changed.blog.title),
        change=changed.change,
        revision=changed.revision,
        seen_at=datetime.fromtimestamp(event.passed.seen, UTC),
        page=entry_page(changed.source, entry.id),
    )


def entry_page(source: str, entry: str) -> str:
    return f"/entries/{quote(source, safe='')}/{event_id('page', source, entry).removeprefix('evt_')}"


def _backwards(places: list[Place], before: Place | None) -> Iterator[Place]:
    end = len(places) if before is None else bisect_left(places, before)
    return (places[at] for at in range(end - 1, -1, -1))


def _characters(entry: EntryView) -> int:
    return len(entry.text) + len(entry.html)
