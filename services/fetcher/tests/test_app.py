"""The fetcher as a process of its own, as an operator starts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis

from services.fetcher.filing import FROM_FILE, take_in
from shared.keys import PAGES, key
from shared.messages import PageFetched, decode
from shared.sources.record import Source
from shared.sources.store import SourceStore

TAG = "{p0}"
DEADLINE = 15.0
SLOW_SECONDS = 1.5
"""Longer than the HTTP server takes to end."""
START = "import asyncio; from services.fetcher import app; from shared.settings import load_settings; "
START += "asyncio.run(app.run(load_settings(app.Settings)))"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(redis: Redis) -> SourceStore:
    return SourceStore(redis, 1)


def listed(name: str) -> Source:
    return Source(id=name, url=f"https://news.example/{name}")


async def test_the_file_decides_on_its_own_sources_and_on_no_others(redis: Redis, store: SourceStore) -> None:
    await store.put(listed("by-hand"))
    await take_in(redis, store, [listed("tagus"), listed("douro")])
    await take_in(redis, store, [listed("douro"), listed("minho")])
    assert [source.id for source in await store.all()] == ["by-hand", "douro", "minho"]
    assert await redis.smembers(FROM_FILE) == {b"douro", b"minho"}
    await take_in(redis, store, [])
    assert [source.id for source in await store.all()] == ["by-hand"]


async def test_a_start_that_is_cut_short_leaves_nothing_that_no_file_claims(redis: Redis) -> None:
    class CutShort(SourceStore):
        async def put(self, source: Source, *, within: float = 0.0, from_file: bool = False) -> bool:
            await super().put(source, within=within, from_file=from_file)
            raise ConnectionError

    store = CutShort(redis, 1)
    with pytest.raises(ConnectionError):
        await take_in(redis, store, [listed("tagus"), listed("douro")])
    await take_in(redis, store, [])
    assert await store.all() == []


@contextlib.asynccontextmanager
async def fetcher(redis_url: str, **settings: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LIVEBELL_")},
        "PYTHONPATH": str(ROOT),
        "LIVEBELL_REDIS_URL": redis_url,
        "LIVEBELL_PORT": str(port),
        "LIVEBELL_ALLOW_TARGETS": "127.0.0.1",
        **{f"LIVEBELL_{name.upper()}": value for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", START, env=environment)
    try:
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def published(redis: Redis) -> list[str]:
    messages = [decode(fields[b"m"]) for _, fields in await redis.xrange(key(TAG, PAGES))]
    return [message.source for message in messages if isinstance(message, PageFetched)]


async def until(true: Callable[[], Awaitable[Any]]) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        if await true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("did not happen in time")


async def test_polls_the_files_sources_and_is_ready(site: Any, redis_url: str, redis: Redis, tmp_path: Path) -> None:
    site.page("/blog", "<h1>The Tagus rises</h1>")
    file = tmp_path / "sources.toml"
    file.write_text(f'[[source]]\nid = "tagus"\nurl = "{site.url()}"\n')
    async with fetcher(redis_url, sources_file=str(file)) as (_, port), aiohttp.ClientSession() as http:
        await until(lambda: says(http, f"http://127.0.0.1:{port}/readyz", ""))
        await until(lambda: says(http, f"http://127.0.0.1:{port}/metrics", 'livebell_fetches_total{outcome="changed"}'))
    assert await published(redis) == ["tagus"]
    assert site.requests[0].headers["User-Agent"].startswith("Livebell/")


async def test_finishes_the_poll_that_it_has_begun(site: Any, redis_url: str, redis: Redis) -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def slow(_: web.BaseRequest) -> web.Response:
        asked.set()
        await told.wait()
        await asyncio.sleep(SLOW_SECONDS)
        return web.Response(text="<h1>The Douro falls</h1>")

    site.answers["/blog"] = slow
    await SourceStore(redis, 1).put(Source(id="douro", url=site.url()), within=0)
    async with fetcher(redis_url) as (process, _), asyncio.timeout(DEADLINE):
        await asked.wait()
        process.send_signal(signal.SIGTERM)
        told.set()
        await process.wait()
    assert process.returncode == 0
    assert await published(redis) == ["douro"]


async def test_holds_back_while_the_parsers_group_is_behind(site: Any, redis_url: str, redis: Redis) -> None:
    site.page("/blog", "<h1>The Tagus rises</h1>")
    await SourceStore(redis, 1).put(Source(id="tagus", url=site.url()), within=0)
    stream = key(TAG, PAGES)
    await redis.xgroup_create(stream, "parser", mkstream=True)
    waiting = [await redis.xadd(stream, {"m": b"page"}) for _ in range(2)]
    paused = 'livebell_fetching_paused{tag="{p0}"} 1.0'
    async with fetcher(redis_url, max_backlog="1") as (_, port), aiohttp.ClientSession() as http:
        await until(lambda: says(http, f"http://127.0.0.1:{port}/metrics", paused))
        assert site.requests == []
        await redis.xreadgroup("parser", "test", {stream: ">"})
        await redis.xack(stream, "parser", *waiting)
        await until(lambda: true(site.asked("/blog") == 1))


async def says(http: aiohttp.ClientSession, url: str, text: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.status == 200 and text in await response.text()
    except aiohttp.ClientError:
        return False


async def true(answer: bool) -> bool:
    return answer
