"""Follows what the enricher wrote, from the start of what is retained, into the view and to those who listen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary, finalize

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from services.gateway.view import EntryView, View
from shared.keys import ENRICHED, key
from shared.messages import (
    BlogChanged,
    Enriched,
    EntryEnriched,
    MalformedMessageError,
    SourceHealth,
    UnknownMessageError,
    decode,
    source_of,
)
from shared.sources.record import CANARY
from shared.telemetry.logs import get_logger

BATCH, BLOCK_MS = 500, 1000
WAITING_EVENTS = 1000
"""A listener that is further behind than this is let go; it comes back with Last-Event-ID."""
log = get_logger()


class Happened(Struct, frozen=True, kw_only=True):
    """An event as it was read: from which slot, at which place of its stream, and the entry as it now stands."""

    tag: str
    position: str
    event: Enriched
    entry: EntryView | None
    lines: bytes = b""
    """As an open stream is told of it: made once for all of them."""

    @property
    def source(self) -> str:
        return self.event.changed.source if isinstance(self.event, EntryEnriched) else self.event.source


class Follower:
    """One for the process. `caught_up` once all that was retained at the start is in the view."""

    def __init__(self, client: Redis, tags: list[str], view: View) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._view = view
        self._positions = dict.fromkeys(tags, "0-0")
        self._behind = set(tags)
        # Weakly: an answer that broke off is dropped without a word.
        self._listeners: WeakKeyDictionary[asyncio.Queue[Happened | None], finalize[..., Any]] = WeakKeyDictionary()
        self._of: Counter[str] = Counter()
        self._stopping = False

    @property
    def caught_up(self) -> bool:
        return not self._behind

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @property
    def positions(self) -> Mapping[str, str]:
        return self._positions

    async def follow(self, tag: str) -> None:
        """One read of a slot's stream; waits a second for something new."""
        block = None if tag in self._behind else BLOCK_MS
        read = await self._client.xread({key(tag, ENRICHED): self._positions[tag]}, count=BATCH, block=block)
        records = read[0][1] if read else []
        for position, fields in records:
            self._take_in(tag, position.decode(), fields.get(b"m", b""))
        if len(records) < BATCH:
            self._behind.discard(tag)

    def listeners_of(self, client: str) -> int:
        return self._of[client]

    def join(self, client: str = "") -> asyncio.Queue[Happened | None]:
        """What happens from now on; None where the listener is let go."""
        queue: asyncio.Queue[Happened | None] = asyncio.Queue(WAITING_EVENTS)
        self._of[client] += 1
        self._listeners[queue] = finalize(queue, self._left, client)
        if self._stopping:
            self._let_go(queue)
        return queue

    async def leave(self, queue: asyncio.Queue[Happened | None]) -> None:
        self._forget(queue)

    def _forget(self, queue: asyncio.Queue[Happened | None]) -> None:
        if (gone := self._listeners.pop(queue, None)) is not None:
            gone()

    def stop(self) -> None:
        """Lets all listeners go, and whoever comes: an open stream would keep the process from stopping."""
        self._stopping = True
        for queue in list(self._listeners):
            self._let_go(queue)

    def _left(self, client: str) -> None:
        self._of[client] -= 1
        if not self._of[client]:
            del self._of[client]

    def _let_go(self, queue: asyncio.Queue[Happened | None]) -> None:
        """One place of the queue is kept for this."""
        if not queue.full():
            queue.put_nowait(None)

    def _take_in(self, tag: str, position: str, body: bytes) -> None:
        self._positions[tag] = position
        event = enriched(body)
        if event is None:
            return
        entry = self._view.apply(event, position)
        if isinstance(event, EntryEnriched) and entry is None:
            return
        if not self._listeners:
            return
        happened = told(Happened(tag=tag, position=position, event=event, entry=entry), self._positions)
        for queue in list(self._listeners):
            if queue.qsize() >= WAITING_EVENTS - 1:
                self._forget(queue)
                self._let_go(queue)
            else:
                queue.put_nowait(happened)


def told(happened: Happened, positions: Mapping[str, str]) -> Happened:
    """With the lines of its Server-Sent Event, whose id is the position in all slots once it has happened."""
    event = happened.event
    if isinstance(event, EntryEnriched):
        name, body = f"entry.{event.changed.change}", msgspec.json.encode(happened.entry)
    else:
        kind = "blog" if isinstance(event, BlogChanged) else "source"
        name, body = f"{kind}.{event.change}", msgspec.json.encode(event)
    head = f"id: {position_id(positions)}\r\nevent: {name}\r\ndata: "
    return replace(happened, lines=b"%b%b\r\n\r\n" % (head.encode(), body))


def position_id(positions: Mapping[str, str]) -> str:
    return ",".join(f"{tag}={position}" for tag, position in sorted(positions.items()))


def enriched(body: bytes) -> Enriched | None:
    """The event; None for what this version does not know, and for the canary's, which are nobody's news."""
    try:
        message = decode(body)
    except (UnknownMessageError, MalformedMessageError) as error:
        log.warning("event.passed_over", error=repr(error))
        return None
    if not isinstance(message, EntryEnriched | BlogChanged | SourceHealth) or source_of(message) == CANARY:
        return None
    return message
