from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.streams.commit import FIELDS_A_WRITE, Commit, Guard, Result, commit, delete_fields, publish, set_fields

STREAM, OUTPUT, STATE, GROUP = "livebell:{p0}:pages", "livebell:{p0}:entries", "livebell:{p0}:blog:storm", "parser"


async def read(redis: Redis, *bodies: bytes) -> list[bytes]:
    """Adds messages and reads them, so that they are pending."""
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    for body in bodies:
        await redis.xadd(STREAM, {"m": body})
    [[_, records]] = await redis.xreadgroup(GROUP, "one", {STREAM: ">"})
    return [record for record, _ in records]


async def bodies(redis: Redis, stream: str) -> list[bytes]:
    return [fields[b"m"] for _, fields in await redis.xrange(stream)]


async def test_commits_outputs_and_state_with_the_acknowledgement(redis: Redis) -> None:
    [first, second] = await read(redis, b"a", b"b")
    steps = [
        (first, Commit(writes=(publish(OUTPUT, b"\xff\x00A"), *set_fields(STATE, {"version": b"\xfe", "n": 7})))),
        (second, Commit(writes=tuple(delete_fields(STATE, ["n"])))),
    ]
    assert await commit(redis, STREAM, GROUP, steps) == [Result.COMMITTED, Result.COMMITTED]
    assert await bodies(redis, OUTPUT) == [b"\xff\x00A"]
    assert await redis.hgetall(STATE) == {b"version": b"\xfe"}
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 0


async def test_a_message_that_is_no_longer_pending_writes_nothing(redis: Redis) -> None:
    [only] = await read(redis, b"a")
    step = [(only, Commit(writes=(publish(OUTPUT, b"A"),)))]
    assert await commit(redis, STREAM, GROUP, step) == [Result.COMMITTED]
    assert await commit(redis, STREAM, GROUP, step) == [Result.ELSEWHERE]
    assert await bodies(redis, OUTPUT) == [b"A"]


async def test_state_is_committed_only_against_the_version_it_was_computed_from(redis: Redis) -> None:
    first, second = await read(redis, b"a", b"b")
    from_nothing = Commit(writes=tuple(set_fields(STATE, {"version": "1"})), guard=Guard(STATE, "version", ""))
    assert await commit(redis, STREAM, GROUP, [(first, from_nothing), (second, from_nothing)]) == [
        Result.COMMITTED,
        Result.STALE,
    ]
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 1
    from_one = Commit(writes=tuple(set_fields(STATE, {"version": "2"})), guard=Guard(STATE, "version", "1"))
    assert await commit(redis, STREAM, GROUP, [(second, from_one)]) == [Result.COMMITTED]


async def test_where_state_lies_in_several_places_each_must_hold(redis: Redis) -> None:
    first, second = await read(redis, b"a", b"b")
    await redis.hset(STATE, mapping={"version": "1"})
    other = f"{STATE}:other"
    writes = (("SET", OUTPUT, b"A", "EX", 60),)
    one_holds = Commit(writes=writes, guards=(Guard(STATE, "version", "1"), Guard(other, "version", "1")))
    both_hold = Commit(writes=writes, guards=(Guard(STATE, "version", "1"), Guard(other, "version", "")))
    assert await commit(redis, STREAM, GROUP, [(first, one_holds)]) == [Result.STALE]
    assert await redis.exists(OUTPUT) == 0
    assert await commit(redis, STREAM, GROUP, [(second, both_hold)]) == [Result.COMMITTED]
    assert await redis.get(OUTPUT) == b"A"


async def test_a_key_of_the_wrong_type_is_found_before_anything_is_written(redis: Redis) -> None:
    [only] = await read(redis, b"a")
    await redis.set(OUTPUT, "no stream")
    with pytest.raises(ResponseError, match="not a stream"):
        await commit(redis, STREAM, GROUP, [(only, Commit(writes=(publish(OUTPUT, b"A"),)))])
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 1


async def test_out_of_memory_is_refused_before_anything_is_written(redis: Redis) -> None:
    [only] = await read(redis, b"a")
    step = [(only, Commit(writes=(publish(OUTPUT, b"A"),)))]
    await redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(ResponseError, match=r"OOM|maxmemory"):
            await commit(redis, STREAM, GROUP, step)
    finally:
        await redis.config_set("maxmemory", "0")
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 1
    assert await commit(redis, STREAM, GROUP, step) == [Result.COMMITTED]


async def test_a_first_sight_of_ten_thousand_entries_fits(redis: Redis) -> None:
    [only] = await read(redis, b"a")
    fields = {f"entry-{n}": b"x" for n in range(10 * FIELDS_A_WRITE)}
    assert await commit(redis, STREAM, GROUP, [(only, Commit(writes=tuple(set_fields(STATE, fields))))]) == [
        Result.COMMITTED
    ]
    assert await redis.hlen(STATE) == len(fields)
