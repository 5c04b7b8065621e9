"""The fetcher's loop running against a site and a server, for tests."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.fetcher.limits import Limits
from services.fetcher.listening import Listener
from services.fetcher.loop import run
from shared.keys import ENTRIES, PAGES, READ, key
from shared.messages import PageFetched, PageRead, SourceHealth, decode, encode
from shared.outgoing.client import Outgoing
from shared.sources.store import SourceStore
from shared.streams.consumer import Record
from shared.streams.hop import Hop
from shared.telemetry.metrics import REGISTRY

TAG = "{p0}"
GROUP = "fetcher"
DEADLINE = 10.0


@contextlib.asynccontextmanager
async def fetching(
    store: SourceStore, outgoing: Outgoing, *, at_once: int = 20, limits: Limits | None = None, **options: Any
) -> AsyncIterator[None]:
    async def none(_: str) -> int:
        return 0

    stop = asyncio.Event()
    options = {"backlog": none, "most_backlog": 100, "limits": limits or Limits(seconds=5.0), **options}
    running = asyncio.create_task(run(store, outgoing, at_once=at_once, stop=stop, **options))
    try:
        yield
    finally:
        stop.set()
        await running


async def until(true: Callable[[], Any]) -> None:
    """Waits until the condition holds; a coroutine function may be given."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        answer = true()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("did not happen in time")


async def pages(redis: Redis) -> list[PageFetched]:
    found = [decode(fields[b"m"]) for _, fields in await redis.xrange(key(TAG, PAGES))]
    return [page for page in found if isinstance(page, PageFetched)]


async def told(redis: Redis) -> list[SourceHealth]:
    found = [decode(fields[b"m"]) for _, fields in await redis.xrange(key(TAG, ENTRIES))]
    return [health for health in found if isinstance(health, SourceHealth)]


async def hear(redis: Redis, *messages: PageRead) -> None:
    """What the fetcher does with what the parser tells."""
    stream = key(TAG, READ)
    with contextlib.suppress(ResponseError):
        await redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
    for message in messages:
        await redis.xadd(stream, {"m": encode(message)})
    answer: Any = await redis.xreadgroup(GROUP, "test", {stream: ">"}, count=1000)
    records = [Record(i, fields[b"m"]) for _, found in answer for i, fields in found]
    await Hop(redis, stream=stream, group=GROUP, max_attempts=3, handle=Listener(redis, TAG).handle)(records)


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0
