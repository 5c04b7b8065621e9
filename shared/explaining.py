"""What of the last day a filter would have caught: the gateway asks, one of the notifiers answers, over Redis.

Layout: the list `explain` of questions (MessagePack), and for each question the list `explained:<id>` with its answer,
all in one slot. A question that nobody answers in time is dropped.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec
from redis.asyncio import Redis

from shared.explanation import Explanation, Question
from shared.keys import key
from shared.subscriptions import Filter

TAG = "{d0}"
WAIT_SECONDS = 10
MOST_WAITING = 20
"""Questions; whoever comes later is told to try again."""
_QUESTIONS = key(TAG, "explain")


class BusyError(Exception):
    """Too many questions wait."""


async def ask(client: Redis, wanted: Filter, since: float) -> Explanation | None:
    """None where no notifier answered in time. Raises BusyError."""
    redis: Any = client  # redis-py annotates the union of what its modes answer
    if await redis.llen(_QUESTIONS) >= MOST_WAITING:
        raise BusyError
    question = Question(id=secrets.token_hex(8), filter=wanted, since=since, asked_at=time.time())
    async with redis.pipeline(transaction=True) as pipe:
        pipe.rpush(_QUESTIONS, msgspec.msgpack.encode(question))
        pipe.expire(_QUESTIONS, WAIT_SECONDS)
        await pipe.execute()
    answer = await redis.blpop([_answer(question.id)], timeout=WAIT_SECONDS)
    return msgspec.msgpack.decode(answer[1], type=Explanation) if answer else None


async def next_question(client: Redis, *, block: float) -> Question | None:
    """Waits so many seconds; None where nobody asks, or nobody waits for the answer any more."""
    redis: Any = client
    found = await redis.blpop([_QUESTIONS], timeout=block)
    if not found:
        return None
    question = msgspec.msgpack.decode(found[1], type=Question)
    return question if question.asked_at > time.time() - WAIT_SECONDS else None


async def answer(client: Redis, question: Question, found: Explanation) -> None:
    name = _answer(question.id)
    async with client.pipeline(transaction=True) as pipe:
        pipe.rpush(name, msgspec.msgpack.encode(found))
        pipe.expire(name, WAIT_SECONDS)
        await pipe.execute()


def _answer(question: str) -> str:
    return key(TAG, "explained", question)
