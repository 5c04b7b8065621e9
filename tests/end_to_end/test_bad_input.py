"""What pages, endpoints and Redis can do to us: each is named, and none stops a service or another source's entries."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import WebhookReceiver
from tests.stack import SERVICES, Stack, livebell_up, serving, until

MEGABYTE = 2**20
BOMB = gzip.compress(bytes(200 * MEGABYTE), 1)
HUGE = b" " * (50 * MEGABYTE)


class BadSites:
    """One address for each thing that a site may do."""

    def __init__(self) -> None:
        self.flips = 0

    def app(self) -> web.Application:
        app = web.Application()
        for name in ("none", "cut", "huge", "bomb", "charset", "flip", "hang", "loop", "inside"):
            app.router.add_get(f"/{name}", getattr(self, name))
        app.router.add_get("/status/{code}", self.status)
        return app

    async def none(self, _: web.Request) -> web.Response:
        return web.Response(text="<html><p>Nothing live here</p></html>", content_type="text/html")

    async def cut(self, _: web.Request) -> web.Response:
        whole = LiveBlog("cut")
        whole.post("a", "A", "B" * 1000)
        return web.Response(text=whole.render("https://news.example/")[:400], content_type="text/html")

    async def huge(self, _: web.Request) -> web.Response:
        return web.Response(body=HUGE, content_type="text/html")

    async def bomb(self, _: web.Request) -> web.Response:
        return web.Response(body=BOMB, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"})

    async def charset(self, _: web.Request) -> web.Response:
        blog = LiveBlog("charset", title="Sturm über Föhr")
        blog.post("a", "Fähre nach Amrum fällt aus", "Böen bis 110 km/h.")
        text = blog.render("https://news.example/").encode().decode("unicode_escape").encode("latin-1", "replace")
        return web.Response(body=text, headers={"Content-Type": "text/html; charset=no-such-charset"})

    async def flip(self, _: web.Request) -> web.Response:
        self.flips += 1
        if self.flips % 2:
            return web.Response(body=os.urandom(2000), content_type="image/png")
        return web.Response(text='{"now": "json"}', content_type="application/json")

    async def hang(self, _: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response()

    async def loop(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(str(request.url))

    async def inside(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")

    async def status(self, request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["code"]), headers={"Retry-After": "1"})


OUTCOMES = {
    "status/404": "not_found",
    "status/429": "rate_limited",
    "status/500": "server_error",
    "huge": "too_large",
    "bomb": "bomb",
    "hang": "timeout",
    "loop": "redirect_loop",
    "inside": "refused_target",
}


async def metrics(up: Stack, service: str) -> str:
    async with aiohttp.request("GET", f"http://127.0.0.1:{up.port + SERVICES.index(service)}/metrics") as response:
        return await response.text()


def pids(up: Stack) -> list[int | None]:
    return [up.pid(service) for service in SERVICES]


async def test_bad_sites_are_named_and_keep_nothing_from_a_good_one(tmp_path: Path) -> None:
    good, hook = LiveBlog("good"), WebhookReceiver()
    good.post("old", "Old", "Taken in quietly.")
    bad = ("none", "cut", "charset", "flip", *OUTCOMES)
    async with (
        serving(LiveBlogs(good).app()) as good_url,
        serving(BadSites().app()) as bad_url,
        serving(hook.app()) as hook_url,
    ):
        sources = f'[[source]]\nid = "good"\nurl = "{good_url}/good"\nevery = 0.3\n'
        environment = {"LIVEBELL_FETCH_TIMEOUT": "2", "LIVEBELL_FETCHES_AT_ONCE_PER_HOST": "20"}
        async with livebell_up(tmp_path / "data", sources=sources, environment=environment) as up:
            running = pids(up)
            hook.secret = (await up.subscribe({"type": "webhook", "url": f"{hook_url}/hook"}))["secret"]
            health = WebhookReceiver()
            async with serving(health.app()) as health_url:
                made = await up.subscribe(
                    {"type": "webhook", "url": f"{health_url}/hook"}, filter={"changes": ["failing"]}
                )
                health.secret = made["secret"]
                for n, path in enumerate(bad):
                    url = f"{bad_url}/{path}"
                    await up.api("POST", "/api/v1/sources", {"id": f"bad-{n}", "url": url, "every": 0.3})

                async def all_named() -> bool:
                    told = await metrics(up, "fetcher")
                    return all(f'outcome="{outcome}"' in told for outcome in OUTCOMES.values())

                await until(all_named, 40)
                good.post("new", "Ferries stop", "Nobody crosses to Ærø today.")
                await until(lambda: len(hook.of("entry.created")) == 1)
                await until(
                    lambda: len({d.body["data"]["source"] for d in health.received}) >= len(OUTCOMES),
                    60,
                    lambda: [(d.kind, d.body["data"]["source"]) for d in health.received],
                )
                assert all(d.body["data"]["reason"] for d in health.received)
            assert 'livebell_pages_total{format="none"}' in await metrics(up, "parser")
            assert (await up.entries("bad-2"))[0]["title"] == "Fähre nach Amrum fällt aus"
            assert pids(up) == running, "no service died"
            assert await up.ready()
    assert [delivery.entry for delivery in hook.received] == ["new"]
    log = (tmp_path / "data.log").read_text()
    assert all(f'"reason":"{outcome}"' in log for outcome in OUTCOMES.values())
    assert '"event":"page.unreadable"' in log


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=pytest.mark.slow)])
async def test_with_redis_gone_nothing_dies_and_nothing_is_lost(tmp_path: Path, seconds: int) -> None:
    blog, hook = LiveBlog("storm"), WebhookReceiver()
    blog.post("old", "Old", "Taken in quietly.")
    async with (
        serving(LiveBlogs(blog).app()) as url,
        serving(hook.app()) as hook_url,
        livebell_up(tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{url}/storm"\nevery = 0.3\n') as up,
    ):
        hook.secret = (await up.subscribe({"type": "webhook", "url": f"{hook_url}/hook"}))["secret"]
        await until(lambda: _known(up, 1))
        running, server = pids(up), up.pid("valkey")
        assert server is not None
        os.kill(server, signal.SIGSTOP)
        try:
            blog.post("during", "During", "Written while nothing could be kept.")
            await until(lambda: _not_ready(up), 20)
            await asyncio.sleep(seconds)
        finally:
            os.kill(server, signal.SIGCONT)
        blog.post("after", "After", "Written when it answered again.")
        await until(lambda: {d.entry for d in hook.received} >= {"during", "after"}, 60)
        await until(up.ready, 30)
        assert pids(up) == running, "no service died"
    assert sorted(delivery.entry for delivery in hook.received) == ["after", "during"]


async def test_the_api_says_in_one_sentence_what_is_wrong(tmp_path: Path) -> None:
    async with livebell_up(tmp_path / "data", environment={"LIVEBELL_ALLOW_TARGETS": ""}) as up:
        for channel, told in (
            ({"type": "webhook", "url": "https://10.0.0.1/hook"}, "public"),
            ({"type": "webhook", "url": "http://news.example/hook"}, "https://"),
            ({"type": "webpush", "endpoint": "https://evil.example/x", "keys": {"p256dh": "x", "auth": "y"}}, "p256dh"),
        ):
            status, body = await up.api("POST", "/api/v1/subscriptions", {"channel": channel}, token=None)
            assert status == 400
            assert told in body["detail"], body
        status, body = await up.api("POST", "/api/v1/sources", {"url": "https://192.168.0.1/live"})
        assert (status, body["title"]) == (400, "Bad Request")


async def _known(up: Stack, count: int) -> bool:
    return len(await up.entries("storm")) == count


async def _not_ready(up: Stack) -> bool:
    return not await up.ready()
