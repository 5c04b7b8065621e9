from __future__ import annotations

import time

from redis.asyncio import Redis

from shared.keys import PAGES, dead, key
from shared.telemetry.metrics import DEAD_LETTERS, GROUP_LAG, GROUP_OLDEST_SECONDS, GROUP_PENDING, STREAM_LENGTH
from shared.telemetry.stream_state import measure

TAG = "{p0}"
STREAM = key(TAG, PAGES)


async def oldest(redis: Redis) -> float:
    await measure(redis, PAGES, TAG)
    return GROUP_OLDEST_SECONDS.labels(PAGES, TAG, "parser")._value.get()


def id_before(seconds: float) -> str:
    return f"{int((time.time() - seconds) * 1000)}-0"


async def test_the_oldest_is_what_is_pending_else_the_first_unread_one(redis: Redis) -> None:
    await redis.xgroup_create(STREAM, "parser", id="0", mkstream=True)
    assert await oldest(redis) == 0.0
    await redis.xadd(STREAM, {"m": b"1"}, id=id_before(3600))
    await redis.xreadgroup("parser", "one", {STREAM: ">"})
    await redis.xack(STREAM, "parser", (await redis.xrange(STREAM))[0][0])
    assert await oldest(redis) == 0.0
    await redis.xadd(STREAM, {"m": b"2"}, id=id_before(30))
    assert 29 < await oldest(redis) < 40, "an hour has passed since the last one, but nothing waited so long"
    await redis.xreadgroup("parser", "one", {STREAM: ">"})
    await redis.xadd(STREAM, {"m": b"3"})
    assert 29 < await oldest(redis) < 40


async def test_lengths_lag_pending_and_dead_letters_are_shown(redis: Redis) -> None:
    await redis.xgroup_create(STREAM, "parser", id="0", mkstream=True)
    for number in range(5):
        await redis.xadd(STREAM, {"m": str(number)})
    await redis.xreadgroup("parser", "one", {STREAM: ">"}, count=2)
    await redis.xadd(dead(STREAM), {"m": b"dead"})
    await measure(redis, PAGES, TAG)
    assert STREAM_LENGTH.labels(PAGES, TAG)._value.get() == 5
    assert GROUP_LAG.labels(PAGES, TAG, "parser")._value.get() == 3
    assert GROUP_PENDING.labels(PAGES, TAG, "parser")._value.get() == 2
    assert DEAD_LETTERS.labels(PAGES, TAG)._value.get() == 1
