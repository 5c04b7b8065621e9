"""A service's work on demand: one asks, whoever is free answers, over Redis.

Layout: a list of questions for each kind (MessagePack), and for each question the list `answer:<id>`, all in one slot.
A question that nobody answers in time is dropped.
"""

from __future__ import annotations

import secrets
import time
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from shared.keys import key

TAG = "{d0}"
MOST_WAITING = 20
"""Questions of one kind; whoever comes later is told to try again."""


class Question(Struct, frozen=True, kw_only=True):
    """What every question carries; `asked_at` is in epoch seconds."""

    id: str = ""
    asked_at: float = 0.0


Q = TypeVar("Q", bound=Question)


class BusyError(Exception):
    """Too many questions wait."""


class Desk(Generic[Q]):
    """Where questions of one kind wait, each for so many seconds."""

    def __init__(self, name: str, kind: type[Q], *, wait: float) -> None:
        self._questions = key(TAG, name)
        self._kind = kind
        self.wait = wait

    async def put(self, client: Redis, question: Q) -> Q:
        """Raises BusyError. Gives it an id, unless it comes from another desk and has one."""
        redis: Any = client  # redis-py annotates the union of what its modes answer
        if await redis.llen(self._questions) >= MOST_WAITING:
            raise BusyError
        if not question.id:
            question = msgspec.structs.replace(question, id=secrets.token_hex(8), asked_at=time.time())
        async with redis.pipeline(transaction=True) as pipe:
            pipe.rpush(self._questions, msgspec.msgpack.encode(question))
            pipe.expire(self._questions, round(self.wait))
            await pipe.execute()
        return question

    async def next(self, client: Redis, *, block: float) -> Q | None:
        """Waits so many seconds; None where nobody asks, or nobody waits for the answer any more."""
        redis: Any = client
        found = await redis.blpop([self._questions], timeout=block)
        if not found:
            return None
        question = msgspec.msgpack.decode(found[1], type=self._kind)
        return question if question.asked_at > time.time() - self.wait else None


A = TypeVar("A", bound=Struct)


async def answer(client: Redis, question: Question, found: Struct, *, kept: float = 30.0) -> None:
    """`kept` seconds, should nobody fetch it."""
    name = _answer(question)
    async with client.pipeline(transaction=True) as pipe:
        pipe.rpush(name, msgspec.msgpack.encode(found))
        pipe.expire(name, round(kept))
        await pipe.execute()


async def ask(client: Redis, desk: Desk[Q], question: Q, kind: type[A]) -> A | None:
    """None where nobody answered in time. Raises BusyError."""
    redis: Any = client
    put = await desk.put(client, question)
    found = await redis.blpop([_answer(put)], timeout=desk.wait)
    return msgspec.msgpack.decode(found[1], type=kind) if found else None


def _answer(question: Question) -> str:
    return key(TAG, "answer", question.id)
