"""The stream `read`: what the parser read on each page goes into what is known of its source."""

from __future__ import annotations

import time

from redis.asyncio import Redis

from services.fetcher.metrics import BLOGS
from services.fetcher.reading import moves_no_further, told_after
from shared.keys import READ
from shared.messages import Message, PageRead
from shared.sources.fetch_state import Told, told_of
from shared.sources.record import Source
from shared.sources.store import SourceStore
from shared.sources.told import learnt, told_from
from shared.streams.commit import Commit
from shared.telemetry.logs import get_logger

log = get_logger()


class Listener:
    """The step of one slot. A page of a source that is watched no more is passed over."""

    def __init__(self, client: Redis, tag: str) -> None:
        self._store = SourceStore(client, 1)
        self._tag = tag

    async def handle(self, message: Message) -> Commit:
        if not isinstance(message, PageRead):
            raise TypeError(f"{type(message).__name__} does not belong into the stream {READ}.")
        if (found := await self._store.watched(self._tag, message.source)) is None:
            return Commit()
        source, raw = found
        kept = told_from(raw)
        after = told_after(source, kept, message)
        if after is kept:
            return Commit()
        before = told_of(source.url, kept)
        _tell(source, before, after, message)
        sooner = before.closed_since and not after.closed_since
        return learnt(self._tag, source, raw, after, due_at=time.time() if sooner else None)


def _tell(source: Source, before: Told, after: Told, read: PageRead) -> None:
    """A step that is computed again, since another page told something meanwhile, tells again: that is rare."""
    line = log.bind(source=source.id, url=before.at or source.url, seq=read.seq)
    if after.at != before.at:
        BLOGS.labels("moved").inc()
        line.info("source.moved", to=after.at, moves=len(after.visited))
    elif after.closed_since and not before.closed_since:
        BLOGS.labels("closed").inc()
        line.info("source.closed", hint="It is polled ever less often, and after a day no more.")
    elif before.closed_since and not after.closed_since:
        BLOGS.labels("reopened").inc()
        line.info("source.reopened", closed_since=before.closed_since)
    elif moves_no_further(source, after, read):
        BLOGS.labels("lost").inc()
        line.warning("source.lost", to=read.next_url, hint="It moved too often: add it anew at its new address.")
