"""Which of the entries that are known a filter catches, each judged as news, by the notifier's own rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

from msgspec.structs import replace

from services.gateway.view import EntryView, Place, View
from shared.filters.conditions import Condition, conditions
from shared.filters.evaluate import holds
from shared.filters.features import Features, features_of
from shared.messages import CREATED, Enrichment, EntryChanged, EntryEnriched
from shared.records import Blog, Entry
from shared.subscriptions.record import CHANGES, Filter

REMEMBERED = 5_000
"""Entries whose features are kept: a reader who types a filter asks again with each word."""
PAGE = 100
AT_ONCE = 50
"""Entries that are judged before others get their turn."""


class Catcher:
    """Judges the entries of a view; what it worked out for an entry it remembers for a while."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._features: dict[str, Features] = {}

    def newest_first(self, source: str | None) -> Iterator[EntryView]:
        """Standing entries, a page of the view at a time: it may change between two."""
        before: Place | None = None
        while True:
            page = self._view.page(source, limit=PAGE, before=before)
            yield from (entry for entry in page.entries if not entry.deleted)
            if (before := page.next) is None:
                return

    async def caught(self, filter_: Filter, entries: Iterable[EntryView]) -> AsyncIterator[EntryView | None]:
        """Each entry that the filter catches, and None for each that it does not."""
        asked = conditions(replace(filter_, changes=CHANGES))
        for number, entry in enumerate(entries, 1):
            yield entry if self._catches(asked, entry) else None
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)

    async def first(self, filter_: Filter, source: str | None, *, limit: int, examined: int) -> list[EntryView]:
        """The newest that the filter catches among so many that are looked at."""
        found: list[EntryView] = []
        async for entry in self.caught(filter_, islice(self.newest_first(source), examined)):
            if entry is not None:
                found.append(entry)
            if len(found) == limit:
                break
        return found

    def _catches(self, asked: list[Condition], entry: EntryView) -> bool:
        features = self._features.get(entry.event)
        if features is None:
            features = self._features[entry.event] = _features(entry)
            if len(self._features) > REMEMBERED:
                del self._features[next(iter(self._features))]
        return all(holds(condition, features) for condition in asked)


def _features(entry: EntryView) -> Features:
    """Without the single words, which only an index of many filters needs."""
    fields = {name: getattr(entry, name) for name in EntryView.__struct_fields__}
    blog = Blog(url=entry.blog.url, title=entry.blog.title)
    kept = Entry(**{name: fields[name] for name in Entry.__struct_fields__})
    about = Enrichment(**{name: fields[name] for name in Enrichment.__struct_fields__})
    changed = EntryChanged(
        id=entry.event, source=entry.source, blog=blog, change=CREATED, entry=kept, revision=entry.revision
    )
    found = features_of(EntryEnriched(changed=changed, about=about), CREATED)
    return replace(found, texts={name: replace(text, pieces=frozenset()) for name, text in found.texts.items()})
