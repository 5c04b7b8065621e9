"""One stage's step, driven without its consumer: what is counted, dropped and computed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError, OutOfMemoryError, ResponseError

from shared.messages import Message, SourceHealth, encode
from shared.streams.commit import Commit, Guard, publish, set_fields
from shared.streams.consumer import Record
from shared.streams.deadletters import dead_letters
from shared.streams.hop import Hop
from shared.telemetry.metrics import MESSAGES

STREAM, OUTPUT, STATE, GROUP = "livebell:{p0}:entries", "livebell:{p0}:enriched", "livebell:{p0}:state", "enricher"
Handle = Callable[[Message], Awaitable[Commit]]


def counted(outcome: str) -> float:
    return MESSAGES.labels("entries", outcome)._value.get()


async def taken(redis: Redis, *names: str) -> list[Record]:
    """Messages that a consumer has read and not acknowledged."""
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    for name in names:
        told = SourceHealth(id=name, source="storm", url="https://news.example", change="silent", since=0.0)
        await redis.xadd(STREAM, {"m": encode(told)})
    [[_, read]] = await redis.xreadgroup(GROUP, "one", {STREAM: ">"}, count=100)
    return [Record(id=id_, body=fields[b"m"], deliveries=1) for id_, fields in read]


def hop(redis: Redis, handle: Handle, dropped: list[str], **rest: bool | int) -> Hop:
    forget = lambda message: dropped.append(message.id)  # noqa: E731
    return Hop(redis, stream=STREAM, group=GROUP, handle=handle, forget=forget, **{"max_attempts": 3} | rest)  # type: ignore[arg-type]


async def test_what_is_not_committed_here_is_dropped_and_what_is_stale_computed_again(redis: Redis) -> None:
    records = await taken(redis, "here", "elsewhere", "behind")
    await redis.xack(STREAM, GROUP, records[1].id)
    versions, dropped = {"behind": ["wrong", ""]}, []

    async def handle(message: Message) -> Commit:
        guard = Guard(STATE, "version", versions[message.id].pop(0)) if message.id in versions else None
        return Commit(writes=(publish(OUTPUT, encode(message)),), guard=guard)

    before = {outcome: counted(outcome) for outcome in ("committed", "elsewhere", "stale")}
    await hop(redis, handle, dropped)(records)
    gained = {outcome: counted(outcome) - count for outcome, count in before.items()}
    assert gained == {"committed": 2, "elsewhere": 1, "stale": 1}
    assert dropped == ["elsewhere", "behind"]
    assert await redis.xlen(OUTPUT) == 2
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 0


async def test_of_a_batch_that_the_server_refuses_all_is_dropped_and_stays_pending(redis: Redis) -> None:
    records = await taken(redis, "a", "b")
    await redis.set(STATE, "no hash")
    dropped: list[str] = []

    async def handle(message: Message) -> Commit:
        return Commit(writes=set_fields(STATE, {message.id: b"1"}))

    with pytest.raises(ResponseError):
        await hop(redis, handle, dropped)(records)
    assert dropped == ["a", "b"]
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 2


@pytest.mark.parametrize("side_by_side", [False, True])
async def test_one_after_the_other_unless_side_by_side(redis: Redis, side_by_side: bool) -> None:
    records = await taken(redis, "a", "b")
    heard: list[str] = []

    async def handle(message: Message) -> Commit:
        heard.append(f"{message.id} begins")
        await asyncio.sleep(0)
        heard.append(f"{message.id} ends")
        return Commit()

    await hop(redis, handle, [], side_by_side=side_by_side)(records)
    together = ["a begins", "b begins", "a ends", "b ends"]
    assert heard == (together if side_by_side else ["a begins", "a ends", "b begins", "b ends"])


async def test_attempts_are_counted_by_the_server_whatever_the_record_says(redis: Redis) -> None:
    """A consumer that claimed a message holds a record from before others tried it."""
    [record] = await taken(redis, "bad")

    async def handle(_: Message) -> Commit:
        raise ValueError("this entry cannot be read")

    step = hop(redis, handle, [], max_attempts=2)
    await step([record])
    assert await dead_letters(redis, STREAM) == []
    await redis.xclaim(STREAM, GROUP, "two", 0, [record.id])
    await step([record])
    [letter] = await dead_letters(redis, STREAM)
    assert letter.reason == "ValueError: this entry cannot be read"


@pytest.mark.parametrize(
    "trouble",
    [
        OutOfMemoryError("OOM command not allowed"),
        RedisConnectionError("lost"),
        ResponseError("MISCONF Errors writing"),
    ],
)
async def test_what_the_server_cannot_do_just_now_is_no_fault_of_the_message(redis: Redis, trouble: Exception) -> None:
    records = await taken(redis, "first")

    async def handle(message: Message) -> Commit:
        raise trouble

    async def broken(message: Message) -> Commit:
        raise ResponseError("WRONGTYPE")

    for _ in range(3):
        await hop(redis, handle, [], max_attempts=1)(records)
    assert await dead_letters(redis, STREAM) == []
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 1
    await hop(redis, broken, [], max_attempts=1)(records)
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 0
