"""The watched sources in Redis: their records, when each is due, who polls it, and what is known of it.

Several fetchers share the sources by lease. Whoever claims a source gets a token; only with it is the result of the
poll written, so that a fetcher that lost its lease writes nothing, and a dead one's sources fall due again.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from shared.fetch_state import FetchState
from shared.keys import ENTRIES, PAGES, key, source_partition, source_partitions
from shared.logs import get_logger
from shared.script import Script
from shared.sources import Source

SOON_SECONDS = 1.0
"""Within how long a new source is first polled, at random, so that many new ones do not come at once."""

MOST_CLAIMED = 500
"""Lua returns four values of each from its stack, which holds some 8,000."""

log = get_logger()
_claim = Script.beside(__file__, "source_claim.lua")
_settle = Script.beside(__file__, "source_settle.lua")
_put = Script.beside(__file__, "source_put.lua")
_remove = Script.beside(__file__, "source_remove.lua")
_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(FetchState).decode


class Claimed(Struct, frozen=True, kw_only=True):
    """A source leased to us. `due` and `claimed` are ms on the server's clock."""

    tag: str
    source: Source
    state: FetchState
    due: int
    claimed: int
    token: str


class Claims(Struct, frozen=True, kw_only=True):
    sources: list[Claimed]
    wait: float | None
    """Seconds until the next source falls due, None where there is none."""


class Settlement(Struct, frozen=True, kw_only=True):
    """What became of a claimed source; written as a whole, or not at all."""

    claimed: Claimed
    next_due: int
    """Ms on the server's clock; the past means now."""
    state: FetchState | None = None
    """None leaves what is known."""
    page: bytes | None = None
    """A message for the stream `pages`."""
    events: Sequence[bytes] = ()
    """Messages for the stream `entries`."""


class SourceStore:
    def __init__(self, client: Redis, partitions: int) -> None:
        self._client = client
        self._partitions = partitions

    @property
    def tags(self) -> list[str]:
        return source_partitions(self._partitions)

    async def put(self, source: Source, *, within: float = SOON_SECONDS) -> bool:
        """Adds or changes a source; returns whether anything changed. It falls due at random `within` so many seconds;
        one that is there as it is keeps its time."""
        tag = self._tag(source.id)
        keys = [key(tag, "sources"), key(tag, "due"), key(tag, "leases")]
        delay = int(random.uniform(0, min(within, source.every)) * 1000)  # noqa: S311 (spreads load, hides nothing)
        return bool(await _put(self._client, keys, [source.id, _encode(source), delay]))

    async def remove(self, source: str) -> bool:
        """Forgets a source with all that is known of it, the parser's state too; returns whether it was there."""
        tag = self._tag(source)
        keys = [*(key(tag, name) for name in ("sources", "due", "leases", "fetch")), blog_key(tag, source)]
        return bool(await _remove(self._client, keys, [source]))

    async def get(self, source: str) -> Source | None:
        raw: Any = await self._client.hget(key(self._tag(source), "sources"), source)
        return _source(raw) if raw else None

    async def all(self) -> list[Source]:
        """All sources, by id. One that this version cannot read is passed over and logged."""
        found = []
        for tag in self.tags:
            records: Any = await self._client.hgetall(key(tag, "sources"))
            found += [source for raw in records.values() if (source := _source(raw))]
        return sorted(found, key=lambda source: source.id)

    async def state(self, source: str) -> FetchState:
        raw: Any = await self._client.hget(key(self._tag(source), "fetch"), source)
        return _state(raw)

    async def claim(self, tag: str, most: int, lease: float) -> Claims:
        """Leases due sources of a partition for `lease` seconds."""
        token = secrets.token_hex(8)
        keys = [key(tag, name) for name in ("due", "sources", "leases", "fetch")]
        answer: list[Any] = await _claim(self._client, keys, [min(most, MOST_CLAIMED), int(lease * 1000), token])
        now, next_due = answer[:2]
        claims = [
            Claimed(
                tag=tag,
                source=source,
                state=_state(state),
                due=int(float(due)),
                claimed=now,
                token=token,
            )
            for due, record, state in zip(answer[3::4], answer[4::4], answer[5::4], strict=True)
            if (source := _source(record)) is not None
        ]
        return Claims(sources=claims, wait=max(0.0, (float(next_due) - now) / 1000) if next_due else None)

    async def settle(self, tag: str, settlements: Sequence[Settlement]) -> list[bool]:
        """Writes the results of polls of one partition; False for each whose lease another holds by now."""
        keys = [key(tag, name) for name in ("due", "leases", "fetch", PAGES, ENTRIES)]
        args: list[bytes | str | int | float] = []
        for done in settlements:
            state = b"" if done.state is None else _encode(done.state)
            args += [done.claimed.source.id, done.claimed.token, done.next_due, state, done.page or b""]
            args += [len(done.events), *done.events]
        return [answer == ord("1") for answer in await _settle(self._client, keys, args)]

    async def parsed_seq(self, claimed: Claimed) -> int:
        """The last page of the source that the parser took in, 0 for none."""
        seq: Any = await self._client.hget(blog_key(claimed.tag, claimed.source.id), "seq")
        return int(seq or 0)

    def _tag(self, source: str) -> str:
        return source_partition(source, self._partitions)


def blog_key(tag: str, source: str) -> str:
    """The hash in which the parser keeps what it knows of the source; its field `seq` is the last page taken in."""
    return key(tag, "blog", source)


def _source(raw: bytes) -> Source | None:
    """The record; fields that a newer version wrote and this one does not know are passed over."""
    try:
        fields = msgspec.msgpack.decode(raw)
        return msgspec.convert({name: fields[name] for name in Source.__struct_fields__ if name in fields}, Source)
    except (msgspec.DecodeError, TypeError) as error:
        log.warning("source.unreadable", error=str(error), record=raw[:200])
        return None


def _state(raw: bytes | None) -> FetchState:
    try:
        return _decode_state(raw) if raw else FetchState()
    except msgspec.DecodeError as error:
        log.warning("fetch.state_unreadable", error=str(error))
        return FetchState()
