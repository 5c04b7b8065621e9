"""Writes the results of polls in batches: what ends while one write is under way goes with the next."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from shared.sources.store import Settlement

MOST_IN_BATCH = 64
MOST_BYTES = 4 * 2**20
"""A batch ends with the message that takes it beyond."""


Waiting: TypeAlias = tuple[Settlement, asyncio.Future[bool]]


class Store(Protocol):
    async def settle(self, tag: str, settlements: Sequence[Settlement], /) -> list[bool]: ...


class Settler:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: defaultdict[str, deque[Waiting]] = defaultdict(deque)
        self._writing: dict[str, asyncio.Task[None]] = {}

    async def settle(self, settlement: Settlement) -> bool:
        """Whether the lease was still ours. Raises what the store raises."""
        tag = settlement.claimed.tag
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[tag].append((settlement, written))
        if tag not in self._writing:
            self._writing[tag] = asyncio.create_task(self._write(tag))
        return await written

    async def _write(self, tag: str) -> None:
        waiting = self._waiting[tag]
        while waiting:
            batch = _batch(waiting)
            try:
                results = await self._store.settle(tag, [settlement for settlement, _ in batch])
            except Exception as error:
                for _, written in batch:
                    if not written.done():
                        written.set_exception(error)
                continue
            for (_, written), result in zip(batch, results, strict=True):
                if not written.done():
                    written.set_result(result)
        del self._writing[tag]


def _batch(waiting: deque[Waiting]) -> list[Waiting]:
    batch: list[Waiting] = []
    size = 0
    while waiting and len(batch) < MOST_IN_BATCH and size < MOST_BYTES:
        batch.append(waiting.popleft())
        size += len(batch[-1][0].page or b"")
    return batch
