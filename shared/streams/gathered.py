"""Calls that are made together: while one is under way the next ones gather, and go as one. A call costs more than its
answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathered(Generic[Item, Result]):
    """`work` takes some items, `most` of them at a time, and answers one result for each, in order. What one call
    raises, all who wait for it get."""

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, most: int = 256) -> None:
        self._work = work
        self._most = most
        self._items: list[tuple[Item, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._items.append((item, result))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        while self._items:
            taken, self._items = self._items[: self._most], self._items[self._most :]
            try:
                results = await self._work([item for item, _ in taken])
            except Exception as error:  # told to each who waits
                for _, waiting in taken:
                    if not waiting.done():
                        waiting.set_exception(error)
                continue
            for (_, waiting), result in zip(taken, results, strict=True):
                if not waiting.done():
                    waiting.set_result(result)
