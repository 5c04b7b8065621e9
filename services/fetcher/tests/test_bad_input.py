"""What hostile sites do to the fetcher: each is bounded, named in a log line and a metric, and stops no other."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis
from structlog.testing import capture_logs

from services.fetcher.robots import Robots
from services.fetcher.tests.running import count, fetching, pages, until
from shared.outgoing.client import Outgoing
from shared.sources.record import Source
from shared.sources.store import SourceStore

GIGABYTE = 2**30


def gigabyte() -> bytes:
    """A gigabyte of spaces as gzip: some megabyte on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    part = b" " * 2**24
    return b"".join(packer.compress(part) for _ in range(GIGABYTE // len(part))) + packer.flush()


def bomb(site: Any) -> None:
    site.respond("/bad", 200, gigabyte(), {"Content-Encoding": "gzip"})


def endless_redirect(site: Any) -> None:
    for n in range(20):
        site.redirect(f"/bad/{n}", f"/bad/{n + 1}")
    site.redirect("/bad", "/bad/0")


def redirect_inside(site: Any) -> None:
    site.redirect("/bad", "http://169.254.169.254/latest/meta-data/")


def never_ending(site: Any) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"<p>more</p>" * 10_000)
        return response

    site.answers["/bad"] = answer


def robots_of_ten_megabytes(site: Any) -> None:
    rules = b"User-agent: *\nDisallow: /bad\n" + b"Disallow: /x*y*z\n" * 600_000
    site.respond("/robots.txt", 200, rules)
    site.page("/bad", "<h1>never seen</h1>")


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (bomb, "bomb"),
        (endless_redirect, "redirect_loop"),
        (redirect_inside, "refused_target"),
        (never_ending, "too_large"),
        (robots_of_ten_megabytes, "robots"),
    ],
)
async def test_each_is_named_and_stops_no_other(
    site: Any, outgoing: Outgoing, redis: Redis, prepare: Any, reason: str
) -> None:
    prepare(site)
    site.page("/good", "<h1>The Elbe rises</h1>")
    store = SourceStore(redis, 1)
    await store.put(Source(id="bad", url=site.url("/bad"), every=0.2))
    await store.put(Source(id="good", url=site.url("/good"), every=0.2))
    before = count("livebell_fetches_total", outcome=reason)
    with capture_logs() as logs:
        async with fetching(store, outgoing, robots=Robots(outgoing, token="Livebell")):
            await until(lambda: count("livebell_fetches_total", outcome=reason) >= before + 2)
            asked = site.asked("/good")
            await until(lambda: site.asked("/good") >= asked + 2)
    lines = [line for line in logs if line["event"] == "fetch.failed"]
    assert {(line["source"], line["reason"]) for line in lines} == {("bad", reason)}
    assert [page.source for page in await pages(redis)] == ["good"]
