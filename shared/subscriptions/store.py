"""The subscriptions in Redis: who writes names the version that it read, and every notifier hears of each change.

Layout, for each slot of subscribers `{d<N>}`: the hash `subscriptions` (id → MessagePack of a Subscription), the hash
`subscription-versions` (id → version), and the stream `subscription-changes` (one record `id` for each write).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, TypeAlias

import msgspec
from redis.asyncio import Redis

from shared.keys import key, subscriber_partition, subscriber_partitions
from shared.streams.gathered import Gathered
from shared.streams.script import Script
from shared.subscriptions.record import Subscription
from shared.telemetry.logs import get_logger

CHANGES_KEPT = 100_000
SCAN_COUNT = 1000

Change: TypeAlias = tuple[str, int, int, bytes]
"""A subscription's id, its version before and after, and the record."""
log = get_logger()
_write = Script.beside(__file__, "store.lua")
_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Subscription)


class ConflictError(Exception):
    """Somebody else changed the subscription in between: read it again."""


class ReloadNeededError(Exception):
    """Changes were missed, since the stream no longer holds the position that was read last: scan again."""


class SubscriptionStore:
    def __init__(self, client: Redis, partitions: int) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._partitions = partitions
        self._writes = {tag: Gathered(partial(self._write_all, tag)) for tag in self.tags()}

    async def create(self, subscription: Subscription) -> None:
        await self._put(subscription, before=0)

    async def update(self, subscription: Subscription) -> Subscription:
        """Writes the record over the version that it names; returns it with its new version. Raises ConflictError."""
        written = msgspec.structs.replace(subscription, version=subscription.version + 1)
        await self._put(written, before=subscription.version)
        return written

    async def delete(self, subscription: Subscription) -> None:
        """Deletes the version that was read. Raises ConflictError."""
        await self._write(subscription.id, subscription.version, 0, b"")

    async def get(self, subscription: str) -> Subscription | None:
        found = await self._client.hget(self._key(subscription, "subscriptions"), subscription)
        return _decode(subscription, found) if found is not None else None

    async def many(self, tag: str, subscriptions: Sequence[str]) -> list[Subscription]:
        """Those of one slot that exist, in one call."""
        if not subscriptions:
            return []
        return self.decoded(subscriptions, await self._client.hmget(key(tag, "subscriptions"), subscriptions))

    def decoded(self, subscriptions: Sequence[str], found: Sequence[bytes | None]) -> list[Subscription]:
        """Those that exist, from the records of the hash `subscriptions`, for whoever reads more along with them."""
        read = (_decode(name, record) for name, record in zip(subscriptions, found, strict=True) if record is not None)
        return [one for one in read if one is not None]

    async def scan(self, tag: str) -> AsyncIterator[Subscription]:
        """All of a slot, in no order; one that changes meanwhile may come twice."""
        async for name, record in self._client.hscan_iter(key(tag, "subscriptions"), count=SCAN_COUNT):
            if (subscription := _decode(name.decode(), record)) is not None:
                yield subscription

    async def all(self) -> AsyncIterator[Subscription]:
        for tag in subscriber_partitions(self._partitions):
            async for subscription in self.scan(tag):
                yield subscription

    async def count(self) -> int:
        return sum([await self._client.hlen(key(tag, "subscriptions")) for tag in self.tags()])

    def tags(self) -> list[str]:
        return subscriber_partitions(self._partitions)

    async def position(self, tag: str) -> str:
        """Where the stream of changes ends: take it before `scan`, then follow from it."""
        last = await self._client.xrevrange(key(tag, "subscription-changes"), count=1)
        return last[0][0].decode() if last else "0-0"

    async def changes(self, tag: str, after: str, *, block_ms: int) -> tuple[str, set[str]]:
        """The ids that changed after a position, and the new position. Raises ReloadNeededError if some are missed."""
        stream = key(tag, "subscription-changes")
        read = await self._client.xread({stream: after}, count=10_000, block=block_ms)
        if not read:
            await self._check(stream, after)
            return after, set()
        records = read[0][1]
        if after != "0-0" and not await self._client.xrange(stream, after, after):
            raise ReloadNeededError
        return records[-1][0].decode(), {fields[b"id"].decode() for _, fields in records}

    async def _check(self, stream: str, after: str) -> None:
        """A stream that ends before our position was flushed."""
        if after != "0-0" and not await self._client.exists(stream):
            raise ReloadNeededError

    async def _put(self, subscription: Subscription, *, before: int) -> None:
        await self._write(subscription.id, before, subscription.version, _encode(subscription))

    async def _write(self, subscription: str, before: int, after: int, record: bytes) -> None:
        tag = subscriber_partition(subscription, self._partitions)
        if not await self._writes[tag]((subscription, before, after, record)):
            raise ConflictError(subscription)

    async def _write_all(self, tag: str, changes: Sequence[Change]) -> list[int]:
        keys = [key(tag, name) for name in _NAMES]
        written: list[int] = await _write(
            self._client, keys, [CHANGES_KEPT, *(part for change in changes for part in change)]
        )
        return written

    def _key(self, subscription: str, name: str) -> str:
        return key(subscriber_partition(subscription, self._partitions), name)


_NAMES = ("subscriptions", "subscription-changes", "subscription-versions")


def _decode(name: str, record: bytes) -> Subscription | None:
    """None for what this version cannot read, such as a newer one's filter: one record never stops the others."""
    try:
        return _decoder.decode(record)
    except msgspec.DecodeError as error:
        log.warning("subscription.unreadable", subscription=name, error=str(error))
        return None
