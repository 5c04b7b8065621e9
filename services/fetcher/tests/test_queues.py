"""One host's sources wait for each other, and for nobody else's time."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis

from services.fetcher.hosts import Hosts
from services.fetcher.limits import Limits
from services.fetcher.robots import Robots
from services.fetcher.tests.running import TAG, count, fetching, pages, until
from shared.keys import key
from shared.outgoing.client import Outgoing
from shared.sources.record import Source
from shared.sources.store import FEW, SourceStore


@pytest.fixture
def store(redis: Redis) -> SourceStore:
    return SourceStore(redis, 1)


async def put(store: SourceStore, site: Any, name: str, *, host: str = "127.0.0.1", every: float = 60) -> None:
    await store.put(Source(id=name, url=site.url(f"/{name}", host), every=every), within=0)


async def test_waiting_for_a_busy_host_takes_nothing_of_the_polls_own_time(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    busy = most = 0

    async def slow(_: web.BaseRequest) -> web.Response:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.3)
        busy -= 1
        return web.Response(text="<h1>slow</h1>")

    for n in range(8):
        site.answers[f"/slow-{n}"] = slow
        await put(store, site, f"slow-{n}")
    timeouts = count("livebell_fetches_total", outcome="timeout")
    async with fetching(store, outgoing, hosts=Hosts(at_once=2), limits=Limits(seconds=0.8)):
        await until(lambda: has(pages(redis), 8))
    assert most == 2
    assert count("livebell_fetches_total", outcome="timeout") == timeouts


async def test_a_busy_host_holds_up_no_other(site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore) -> None:
    go_on = asyncio.Event()

    async def stuck(_: web.BaseRequest) -> web.Response:
        await go_on.wait()
        return web.Response(text="<h1>at last</h1>")

    for n in range(30):
        site.answers[f"/stuck-{n}"] = stuck
        await put(store, site, f"stuck-{n}")
    site.page("/free", "<h1>free</h1>")
    async with fetching(store, outgoing, at_once=4, hosts=Hosts(at_once=2)):
        await until(lambda: asked(site) >= 2)
        await put(store, site, "free", host="localhost", every=0.2)
        await until(lambda: site.asked("/free") >= 5)
        assert asked(site) == 2
        go_on.set()
        await until(lambda: has(pages(redis), 31))


async def test_a_gap_lies_between_two_requests_to_a_host(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    times: list[float] = []

    async def answer(_: web.BaseRequest) -> web.Response:
        times.append(time.monotonic())
        return web.Response(text="<h1>page</h1>")

    for n in range(6):
        site.answers[f"/blog-{n}"] = answer
        await put(store, site, f"blog-{n}")
    async with fetching(store, outgoing, hosts=Hosts(at_once=8, gap=0.2)):
        await until(lambda: has(pages(redis), 6))
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.15


async def test_the_gap_that_a_site_asks_for_is_kept(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 1")
    site.page("/storm", "<h1>page</h1>")
    await put(store, site, "storm", every=0.2)
    async with fetching(store, outgoing, hosts=Hosts(at_once=8), robots=Robots(outgoing, token="Livebell")):
        began = time.monotonic()
        await until(lambda: site.asked("/storm") >= 4)
    assert time.monotonic() - began > 1.8, "one is on its way while the delay becomes known"


async def test_what_would_wait_too_long_is_given_back_and_comes_later(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    for n in range(12):
        site.page(f"/blog-{n}", "<h1>page</h1>")
        await put(store, site, f"blog-{n}")
    put_off = count("livebell_fetches_put_off_total", why="host")
    async with fetching(store, outgoing, hosts=Hosts(at_once=1, gap=0.5)):
        await until(lambda: site.requests)
        await until(lambda: has(pages(redis), 12))
    assert count("livebell_fetches_put_off_total", why="host") > put_off
    assert len(site.requests) == 12


async def test_what_waits_at_the_end_is_due_at_once_for_others(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    for n in range(3):
        site.page(f"/blog-{n}", "<h1>page</h1>")
        await put(store, site, f"blog-{n}")
    async with fetching(store, outgoing, hosts=Hosts(at_once=8, gap=0.9)):
        await until(lambda: site.requests)
    due = [
        float(score) / 1000 - time.time() for _, score in await redis.zrange(key(TAG, "due"), 0, -1, withscores=True)
    ]
    assert sum(wait < 1 for wait in due) == 2, "no lease has to run out first"


async def test_after_an_outage_many_sources_are_spread_over_their_interval(redis: Redis, store: SourceStore) -> None:
    names = [f"blog-{n}" for n in range(200)]
    for name in names:
        await store.put(Source(id=name, url="https://news.example/", every=30), within=0)
    await redis.zadd(key(TAG, "due"), dict.fromkeys(names, 1))
    assert await store.spread(TAG) == 200
    scores = [
        float(score) / 1000 - time.time() for _, score in await redis.zrange(key(TAG, "due"), 0, -1, withscores=True)
    ]
    assert -1 < min(scores) < 3
    assert 27 < max(scores) < 31
    assert await store.spread(TAG) == 0


async def test_few_that_are_late_are_polled_at_once(redis: Redis, store: SourceStore) -> None:
    names = [f"blog-{n}" for n in range(FEW)]
    for name in names:
        await store.put(Source(id=name, url="https://news.example/"), within=0)
    await redis.zadd(key(TAG, "due"), dict.fromkeys(names, 1))
    assert await store.spread(TAG) == 0
    assert len((await store.claim(TAG, 100, 30)).sources) == FEW


async def test_a_restart_makes_no_stampede(site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore) -> None:
    names = [f"blog-{n}" for n in range(100)]
    for name in names:
        site.page(f"/{name}", "<h1>page</h1>")
        await put(store, site, name, every=4)
    await redis.zadd(key(TAG, "due"), dict.fromkeys(names, 1))
    times: list[float] = []
    async with fetching(store, outgoing, at_once=100):
        began = time.monotonic()
        while len(site.requests) < 100 and time.monotonic() - began < 10:
            times.append(len(site.requests))
            await asyncio.sleep(0.5)
    assert times[1] < 40, "half a second after the start"
    assert len(site.requests) >= 100


def asked(site: Any) -> int:
    return sum(request.path.startswith("/stuck") for request in site.requests)


async def has(found: Any, number: int) -> bool:
    return len(await found) >= number
