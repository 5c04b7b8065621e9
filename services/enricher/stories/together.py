"""Questions that are asked side by side go to the server together: a call costs more than its answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

AT_ONCE = 25
"""Questions in one call: the server answers nobody else meanwhile."""


class Together(Generic[Q, A]):
    """`ask_all` answers questions in their order; what one call raises, all who wait for it get."""

    def __init__(self, ask_all: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._ask_all = ask_all
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._asking is None or self._asking.done():
            # It begins once everybody who can ask now has asked.
            self._asking = asyncio.create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        while self._waiting:
            asked = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            try:
                answers = await self._ask_all([question for question, _ in asked])
            except Exception as error:  # told to those who asked
                for _, waiting in asked:
                    _tell(waiting, error)
                continue
            for (_, waiting), answer in zip(asked, answers, strict=True):
                _tell(waiting, answer)


def _tell(waiting: asyncio.Future[A], answer: A | Exception) -> None:
    if waiting.done():  # whoever asked was cancelled
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)
