"""What the parser tells changes what is polled, and how often."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
import zstandard
from redis.asyncio import Redis
from structlog.testing import capture_logs

from services.fetcher.asking import PAGE_EVERY
from services.fetcher.robots import Robots
from services.fetcher.tests.running import TAG, count, fetching, hear, pages, told, until
from shared.keys import READ, key
from shared.messages import PageRead, Passed
from shared.outgoing.client import Outgoing
from shared.sources.fetch_state import FetchState, Told
from shared.sources.record import Source
from shared.sources.status import status
from shared.sources.store import SourceStore, blog_key

HOUR = 3600.0


@pytest.fixture
def store(redis: Redis) -> SourceStore:
    return SourceStore(redis, 1)


def source(site: Any, **fields: Any) -> Source:
    return Source(**{"id": "quake", "url": site.url("/blog"), "every": 0.2} | fields)


def read(seq: int, *, seen: float | None = None, **fields: Any) -> PageRead:
    return PageRead(source="quake", seq=seq, passed=Passed(seen=time.time() if seen is None else seen), **fields)


async def due_in(redis: Redis) -> float | None:
    score = await redis.zscore(key(TAG, "due"), "quake")
    return None if score is None else float(score) / 1000 - time.time()


async def word(store: SourceStore) -> str:
    [(found, state, heard)] = await store.known()
    return status(found, state, heard).state


async def test_what_is_told_is_kept_with_the_acknowledgement(redis: Redis, store: SourceStore, site: Any) -> None:
    await store.put(source(site))
    await hear(redis, read(7, live=True, newest=1000.0, created=3, more=(site.url("/2"),)))
    heard = await store.told("quake")
    assert heard == Told(of=site.url(), seq=7, live=True, arrivals=(1000.0,), more=(site.url("/2"),))
    assert (await redis.xpending(key(TAG, READ), "fetcher"))["pending"] == 0
    await hear(redis, read(6, live=False))
    assert await store.told("quake") == heard


async def test_a_source_that_is_watched_no_more_is_not_brought_back(redis: Redis, store: SourceStore) -> None:
    await hear(redis, read(7, live=True))
    assert await redis.keys("*sources*") == await redis.keys("*told*") == []
    assert (await redis.xpending(key(TAG, READ), "fetcher"))["pending"] == 0


async def test_a_blog_that_moved_is_polled_where_it_is_now(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>Monday</h1>", ETag='"1"')
    site.page("/tuesday", "<h1>Tuesday</h1>")
    await store.put(source(site))
    with capture_logs() as logs:
        async with fetching(store, outgoing):
            await until(lambda: has(pages(redis), 1))
            await hear(redis, read((await pages(redis))[0].seq, live=False, next_url=site.url("/tuesday")))
            await until(lambda: has(pages(redis), 2))
            asked = site.asked("/blog")
            await hear(redis, read((await pages(redis))[1].seq, live=True, next_url=site.url("/blog")))
            tuesday = site.asked("/tuesday")
            await until(lambda: site.asked("/tuesday") >= tuesday + 2)
    assert site.asked("/blog") == asked, "a move back is ignored"
    monday, moved = await pages(redis)
    assert (moved.source, moved.url, moved.seq) == (monday.source, site.url("/tuesday"), monday.seq + 1)
    assert "If-None-Match" not in next(r for r in site.requests if r.path == "/tuesday").headers
    [found] = await store.all()
    assert found.url == site.url("/blog"), "the record keeps its own address"
    [(_, state, heard)] = await store.known()
    shown = status(found, state, heard)
    assert (shown.state, shown.url, shown.moved) == ("live", site.url("/tuesday"), True)
    [line] = [line for line in logs if line["event"] == "source.moved"]
    assert line["to"] == site.url("/tuesday")


async def test_a_move_into_the_private_network_is_refused_and_told(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>Monday</h1>")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: has(pages(redis), 1))
        await hear(redis, read((await pages(redis))[0].seq, next_url="http://169.254.169.254/latest"))
        await until(lambda: has(told(redis), 1))
    [failing] = await told(redis)
    assert (failing.change, failing.url) == ("failing", "http://169.254.169.254/latest")
    assert "public" in failing.reason


async def test_a_closed_blog_is_polled_ever_less_then_no_more_and_a_reopened_one_as_before(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>It is over</h1>")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: has(pages(redis), 1))
        seq = (await pages(redis))[0].seq
        await hear(redis, read(seq, live=False))
        await until(lambda: slow(redis, 600))
        assert await word(store) == "closed"
        await hear(redis, read(seq + 1, live=True))
        asked = site.asked("/blog")
        await until(lambda: site.asked("/blog") >= asked + 3)
        assert await word(store) == "live"
        stopped = count("livebell_blogs_total", change="stopped")
        await hear(redis, read(seq + 2, live=False, seen=time.time() - 27 * HOUR))
        await until(lambda: gone(redis))
        assert count("livebell_blogs_total", change="stopped") == stopped + 1
        assert await word(store) == "stopped"
        asked = site.asked("/blog")
        assert await store.put(source(site)), "putting it again looks at it once more"
        await until(lambda: site.asked("/blog") == asked + 1)
        await until(lambda: gone(redis))


async def test_further_pages_are_fetched_once_each_as_parts(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>Page 1</h1>", ETag='"1"')
    for n in (2, 3):
        site.page(f"/page-{n}", f"<h1>Page {n}</h1>")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: has(pages(redis), 1))
        first = (await pages(redis))[0].seq
        more = (site.url("/page-2"), site.url("/missing"), site.url("/page-3"), "http://other.example/4")
        await hear(redis, read(first, live=True, more=more))
        await take_in(redis)
        await until(lambda: has(pages(redis), 3))
        asked = site.asked("/blog")
        await until(lambda: site.asked("/blog") >= asked + 4)
    found = await pages(redis)
    assert [(page.url, page.part, page.seq - first) for page in found] == [
        (site.url("/blog"), False, 0),
        (site.url("/page-2"), True, 1),
        (site.url("/page-3"), True, 2),
    ]
    assert [site.asked(path) for path in ("/page-2", "/missing", "/page-3")] == [1, 1, 1]
    assert (await store.state("quake")).failures == 0
    assert await told(redis) == []


async def test_an_endpoint_is_polled_in_the_pages_place(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>Page</h1>", ETag='"1"')
    site.page("/poll", '{"entries": []}')
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: has(pages(redis), 1))
        await hear(redis, read((await pages(redis))[0].seq, live=True, poll_url=site.url("/poll?after=3")))
        await until(lambda: site.asked("/poll") >= PAGE_EVERY + 2)
        page, poll = site.asked("/blog"), site.asked("/poll")
        assert page <= 4, "the endpoint was asked in its place"
        found = await pages(redis)
        assert [(one.part, zstandard.decompress(one.body)) for one in found[1:]] == [(True, b'{"entries": []}')]
        site.respond("/poll", 500)
        await until(lambda: site.asked("/blog") >= page + 4)
        assert site.asked("/poll") <= poll + 4, "where it fails the page is asked for"
    assert (await store.state("quake")).failures == 0


async def test_a_disallowed_page_is_not_fetched_and_how_to_mend_that_is_told(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>Private</h1>")
    site.page("/robots.txt", "User-agent: *\nDisallow: /blog")
    await store.put(source(site))
    robots = Robots(outgoing, token="Livebell")
    async with fetching(store, outgoing, robots=robots):
        await until(lambda: has(told(redis), 1))
        assert site.asked("/blog") == 0
        [failing] = await told(redis)
        assert failing.change == "failing"
        assert "robots.txt" in failing.reason
        assert "`robots` to false" in failing.reason
        await store.put(source(site, robots=False))
        await until(lambda: has(pages(redis), 1))
    assert site.asked("/robots.txt") == 1


async def test_an_answer_that_calls_itself_fresh_is_not_asked_for_again_before(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>Page</h1>", Cache_Control="public, max-age=50", Age="10")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: has(pages(redis), 1))
        await until(lambda: slow(redis, 35))
    assert site.asked("/blog") == 1


async def test_silence_and_its_end_are_told(site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore) -> None:
    site.page("/blog", "<h1>Page</h1>")
    await store.put(source(site, expect_every=1))
    await redis.hset(key(TAG, "fetch"), "quake", watched_for(site, minutes=3))
    async with fetching(store, outgoing):
        await until(lambda: has(pages(redis), 1))
        seq = (await store.state("quake")).seq
        await hear(redis, read(seq, live=True))
        await until(lambda: has(told(redis), 1))
        assert await word(store) == "silent"
        await hear(redis, read(seq + 1, live=True, newest=time.time(), created=1))
        await until(lambda: has(told(redis), 2))
    assert [health.change for health in await told(redis)] == ["silent", "recovered"]


def watched_for(site: Any, *, minutes: float) -> bytes:
    now = time.time()
    return msgspec.msgpack.encode(FetchState(url=site.url(), watched_since=now - 60 * minutes, last_ok=now - 1))


async def take_in(redis: Redis) -> None:
    """The parser takes in whatever comes."""
    await redis.hset(blog_key(TAG, "quake"), "seq", str(2**50))


async def has(found: Any, number: int) -> bool:
    return len(await found) >= number


async def slow(redis: Redis, seconds: float) -> bool:
    wait = await due_in(redis)
    return wait is not None and wait > seconds * 0.85


async def gone(redis: Redis) -> bool:
    return await due_in(redis) is None
