"""Looks on at the stream of enriched entries from outside, and counts how often each was told."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.keys import ENRICHED, key
from shared.messages import EntryEnriched, decode

AT_ONCE = 1000


class Witness:
    def __init__(self, client: Redis) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._stream = key("{p0}", ENRICHED)
        self._last = b"0"
        self._told = Counter[str]()

    @property
    def doubled(self) -> int:
        return sum(count - 1 for count in self._told.values())

    def told(self, entry: str) -> bool:
        return self._told[entry] > 0

    async def follow(self) -> None:
        """Reads on, through whatever is done to the server, until cancelled."""
        while True:
            try:
                if not await self.read():
                    await asyncio.sleep(0.2)
            except (RedisError, OSError):
                await asyncio.sleep(0.2)

    async def read(self) -> int:
        """What came since: so many messages, a thousand at most."""
        found = await self._client.xrange(self._stream, b"(" + self._last if self._last != b"0" else "-", count=AT_ONCE)
        for name, fields in found:
            message = decode(fields[b"m"])
            if isinstance(message, EntryEnriched) and not message.changed.quiet:
                self._told[message.changed.entry.id] += 1
            self._last = name
        return len(found)
