"""The traps of reading streams, each against a real server: see docs/decisions/0002-streams.md."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec
import pytest
from msgspec import Struct
from redis.asyncio import Redis

from shared.messages import Message, SourceHealth, decode, encode
from shared.streams.broker import streams
from shared.streams.commit import Commit, publish
from shared.streams.consumer import Consumer, Record
from shared.streams.deadletters import dead_letters, replay
from shared.streams.hop import Hop

STREAM, OUTPUT, GROUP = "livebell:{p0}:entries", "livebell:{p0}:enriched", "enricher"


def message(name: str) -> bytes:
    return encode(SourceHealth(id=name, source="storm", url="https://news.example", change="silent", since=0.0))


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.01)


class Bench:
    """One consumer of the stream whose hop passes every message on, except what `fault` raises for."""

    def __init__(self, url: str, redis: Redis, name: str = "one", *, claim_idle: float = 0.2, batch: int = 100) -> None:
        self.redis = redis
        self.fault: Callable[[str], None] = lambda _: None
        self.handled: list[str] = []
        self.batches: list[int] = []
        self.hop = Hop(redis, stream=STREAM, group=GROUP, max_attempts=3, handle=self.handle)
        self.broker = streams(url, "test", drain_seconds=5.0)
        self.consumer = Consumer(
            self.broker,
            redis,
            stream=STREAM,
            group=GROUP,
            name=name,
            batch=batch,
            claim_idle=claim_idle,
            on_batch=self.on_batch,
        )

    async def handle(self, received: Message) -> Commit:
        self.handled.append(received.id)
        self.fault(received.id)
        return Commit(writes=(publish(OUTPUT, encode(received)),))

    async def on_batch(self, records: Sequence[Record]) -> None:
        self.batches.append(len(records))
        await self.hop(records)

    async def passed_on(self) -> list[str]:
        return [decode(fields[b"m"]).id for _, fields in await self.redis.xrange(OUTPUT)]

    async def pending(self) -> int:
        return int((await self.redis.xpending(STREAM, GROUP))["pending"])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Bench]:
        await self.broker.connect()
        await self.consumer.start()
        try:
            yield self
        finally:
            await self.broker.stop()


@pytest.fixture
def bench(redis_url: str, redis: Redis) -> Bench:
    return Bench(redis_url, redis)


async def has_passed(bench: Bench, *names: str) -> None:
    async def holds() -> bool:
        return sorted(await bench.passed_on()) == sorted(names)

    await until(holds)


async def test_what_was_published_before_the_first_start_is_read(bench: Bench) -> None:
    await bench.redis.xadd(STREAM, {"m": message("early")})
    async with bench.running():
        await has_passed(bench, "early")


async def test_a_restart_reads_on_and_repeats_nothing(redis_url: str, redis: Redis) -> None:
    await redis.xadd(STREAM, {"m": message("a")})
    async with Bench(redis_url, redis).running() as first:
        await has_passed(first, "a")
    await redis.xadd(STREAM, {"m": message("b")})
    async with Bench(redis_url, redis).running() as second:
        await has_passed(second, "a", "b")
        assert second.handled == ["b"]


async def test_one_read_takes_no_more_than_a_batch(redis_url: str, redis: Redis) -> None:
    bench = Bench(redis_url, redis, batch=10)
    for n in range(35):
        await redis.xadd(STREAM, {"m": message(str(n))})
    async with bench.running():
        await has_passed(bench, *map(str, range(35)))
    assert max(bench.batches) == 10
    assert await bench.passed_on() == [str(n) for n in range(35)]


async def test_one_bad_message_does_not_take_its_batch_with_it_and_is_parked_with_its_reason(bench: Bench) -> None:
    def fault(name: str) -> None:
        if name == "bad":
            raise ValueError("this entry cannot be read")

    bench.fault = fault
    for name in ("a", "bad", "b"):
        await bench.redis.xadd(STREAM, {"m": message(name)})

    async def parked() -> bool:
        await bench.consumer.mend()
        return bool(await dead_letters(bench.redis, STREAM))

    async with bench.running():
        await has_passed(bench, "a", "b")
        await until(parked)
        [letter] = await dead_letters(bench.redis, STREAM)
        assert letter.reason == "ValueError: this entry cannot be read"
        assert "in fault" in letter.trace
        assert letter.deliveries == 3
        assert bench.handled.count("bad") == 3
        assert await bench.pending() == 0

        bench.fault = lambda _: None
        assert await replay(bench.redis, STREAM, [letter.id]) == 1
        await has_passed(bench, "a", "b", "bad")
        assert await dead_letters(bench.redis, STREAM) == []


async def test_bytes_that_are_no_message_are_parked_at_once(bench: Bench) -> None:
    await bench.redis.xadd(STREAM, {"m": b"\xc1 no message"})
    await bench.redis.xadd(STREAM, {"m": message("good")})
    async with bench.running():
        await has_passed(bench, "good")
        [letter] = await dead_letters(bench.redis, STREAM)
        assert letter.body == b"\xc1 no message"
        assert "MalformedMessageError" in letter.reason


async def test_a_message_of_a_newer_version_waits_and_is_never_parked(bench: Bench) -> None:
    class Newer(Struct, tag="entry.translated"):
        id: str

    await bench.redis.xadd(STREAM, {"m": msgspec.msgpack.encode(Newer(id="1"))})
    await bench.redis.xadd(STREAM, {"m": message("good")})
    async with bench.running():
        await has_passed(bench, "good")
        for _ in range(6):
            await bench.consumer.mend()
        assert await bench.pending() == 1
        assert await dead_letters(bench.redis, STREAM) == []
        [waiting] = await bench.redis.xpending_range(STREAM, GROUP, "-", "+", 10)
        assert waiting["times_delivered"] == 1


async def test_what_a_dead_consumer_left_behind_is_taken_over(redis_url: str, redis: Redis) -> None:
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    await redis.xadd(STREAM, {"m": message("left")})
    await redis.xreadgroup(GROUP, "dead", {STREAM: ">"})
    bench = Bench(redis_url, redis, claim_idle=0.1)

    async def taken() -> bool:
        await bench.consumer.mend()
        return await bench.passed_on() == ["left"]

    async with bench.running():
        await until(taken)


async def test_a_restarted_consumer_takes_back_its_own_at_once(redis_url: str, redis: Redis) -> None:
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    await redis.xadd(STREAM, {"m": message("mine")})
    await redis.xreadgroup(GROUP, "one", {STREAM: ">"})
    async with Bench(redis_url, redis, name="one", claim_idle=3600).running() as bench:
        assert await bench.passed_on() == ["mine"]


async def test_a_slow_batch_is_kept_from_others_while_its_process_lives(redis_url: str, redis: Redis) -> None:
    slow, other = Bench(redis_url, redis, "slow", claim_idle=0.2), Bench(redis_url, redis, "other", claim_idle=0.2)
    release = asyncio.Event()
    handle = slow.handle

    async def wait_and_handle(received: Message) -> Commit:
        await release.wait()
        return await handle(received)

    slow.hop._handle = wait_and_handle
    await redis.xadd(STREAM, {"m": message("held")})
    async with slow.running():
        await until(lambda: _has_pending(slow))
        async with other.running():
            deadline = time.monotonic() + 0.6
            while time.monotonic() < deadline:
                await slow.consumer.mend()
                await other.consumer.mend()
                await asyncio.sleep(0.02)
            assert other.handled == []
            release.set()
            await has_passed(slow, "held")


async def _has_pending(bench: Bench) -> bool:
    return await bench.pending() == 1


async def test_after_a_flush_the_reader_stops_is_seen_and_starts_again(bench: Bench) -> None:
    async with bench.running():
        assert bench.consumer.running
        await bench.redis.flushall()

        async def stopped() -> bool:
            return not bench.consumer.running

        await until(stopped)
        await bench.consumer.mend()
        assert bench.consumer.running
        await bench.redis.xadd(STREAM, {"m": message("after")})
        await has_passed(bench, "after")


async def test_stopping_finishes_the_batch_in_hand(bench: Bench) -> None:
    begun = asyncio.Event()
    handle = bench.handle

    async def slow(received: Message) -> Commit:
        begun.set()
        await asyncio.sleep(0.3)
        return await handle(received)

    bench.hop._handle = slow
    await bench.redis.xadd(STREAM, {"m": message("a")})
    async with bench.running():
        await begun.wait()
    assert await bench.passed_on() == ["a"]
    assert await bench.pending() == 0


async def test_two_consumers_that_hold_one_message_commit_it_once(redis_url: str, redis: Redis) -> None:
    one, two = Bench(redis_url, redis, "one"), Bench(redis_url, redis, "two")
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    held = Record(await redis.xadd(STREAM, {"m": message("shared")}), message("shared"))
    await redis.xreadgroup(GROUP, "one", {STREAM: ">"})
    await asyncio.gather(one.hop([held]), two.hop([held]))
    assert one.handled == two.handled == ["shared"]
    assert await one.passed_on() == ["shared"]
