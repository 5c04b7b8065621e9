"""Every query of every board and rule, asked of a real Prometheus that watches a running `livebell up`: each gives
data, or stands below with the reason why a healthy system has none."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from conftest import require_docker
from livebell.commands.up import PORTS
from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import PushService, WebhookReceiver
from tests.stack import Stack, livebell_up, serving, until
from tests.watch.prometheus import Prometheus, scraping
from tests.watch.test_canary import flying

ROOT = Path(__file__).parents[2]
POSTS = 12
pytestmark = [pytest.mark.slow, pytest.mark.docker]

NONE_WHEN_HEALTHY = {
    "livebell_loop_failures_total": "a loop has its series from its first failure on",
    "livebell_readers_failed_total": "a reader has its series once a page broke it",
    "livebell_page_doubts_total": "a reason has its series once something was doubtful",
    'livebell_pages_total{format="none"}': "a format has its series from its first page on",
    "livebell_blogs_total": "no blog closed or moved",
    "livebell_source_health_total": "no source began to fail or fell silent",
    "livebell_robots_total": "robots.txt of a private address is not asked for in the tests",
    "livebell_fetches_put_off_total": "no host was asked by others",
    "livebell_fetches_aside_total": "the blog has no further pages and no polling endpoint",
    "livebell_fetching_paused": "has its series from the first pause on",
    "livebell_circuits": "no endpoint failed for long enough",
    'status=~"5xx|broken"': "the gateway did not fail",
    'status!~"2xx|3xx"': "nobody asked the gateway for what there is not",
    "livebell_digests_total": "no digest was due",
    'livebell_source_state{state="failing"}': "no source fails",
    'livebell_source_state{state="silent"}': "no source is silent",
    'alertstate="firing"': "no alert fires, or the count of none is nothing",
    "livebell_sources_file_broken": "no file of sources is set",
}
"""A part of the query → why it may give nothing."""


def board_queries(rate_interval: str = "30s") -> dict[str, str]:
    found = {}
    for path in sorted((ROOT / "deploy/grafana/boards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for query in panel.get("targets") or ():
                name = f"{path.stem} / {panel['title']} / {query['refId']}"
                found[name] = query["expr"].replace("$__rate_interval", rate_interval)
    return found


def rules() -> list[dict[str, Any]]:
    files = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
    return [rule for f in files for group in yaml.safe_load(f.read_text())["groups"] for rule in group["rules"]]


def rule_queries() -> dict[str, str]:
    """Of a recording rule the whole; of an alert, whose condition must not hold, each series that it looks at."""
    found = {}
    for rule in rules():
        if "record" in rule:
            found[rule["record"]] = rule["expr"]
            continue
        parts = re.findall(r"\b(?:livebell[a-z0-9_:]*|up)(?:\{[^}]*\})?", rule["expr"])
        found |= {f"{rule['alert']}: {series}": series for series in parts}
    return found


def excused(expression: str) -> bool:
    return any(part in expression for part in NONE_WHEN_HEALTHY)


async def test_every_query_gives_data(tmp_path: Path) -> None:
    require_docker()
    async with watched(tmp_path) as prometheus:
        asked = board_queries() | rule_queries()
        empty = {}

        async def all_give() -> bool:
            found = {name: await prometheus.ask(query) for name, query in asked.items() if not excused(query)}
            empty.clear()
            empty.update({name: asked[name] for name, samples in found.items() if not samples})
            return not empty

        await until(all_give, 120, lambda: json.dumps(empty, indent=1))
        for expression in asked.values():
            await prometheus.ask(expression)
        firing = {one["metric"]["alertname"] for one in await prometheus.ask('ALERTS{alertstate="firing"}')}
        assert firing == {"LivebellWatchdog"}


def test_what_is_excused_is_asked_for() -> None:
    asked = [*board_queries().values(), *rule_queries().values()]
    for part in NONE_WHEN_HEALTHY:
        assert any(part in expression for expression in asked), part


class watched:  # noqa: N801 - used as a context manager
    """`livebell up` with a blog that goes on, a webhook, a browser, an endpoint that fails and a canary; and a
    Prometheus that watches."""

    def __init__(self, tmp_path: Path) -> None:
        self._tmp_path = tmp_path

    async def __aenter__(self) -> Prometheus:
        self._entered: asyncio.Future[Prometheus] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._task = asyncio.create_task(self._run())
        await asyncio.wait({self._entered, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not self._entered.done():
            await self._task
        return self._entered.result()

    async def __aexit__(self, *_: object) -> None:
        self._leave.set()
        await self._task

    async def _run(self) -> None:
        blog, hook, push = LiveBlog("storm"), WebhookReceiver(), PushService()
        async with (
            serving(LiveBlogs(blog).app()) as blogs,
            serving(hook.app()) as hooks,
            serving(push.app()) as pushes,
            serving(failing()) as broken,
            livebell_up(
                self._tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/storm"\nevery = 0.3\n'
            ) as up,
            flying(up, up.port + 5),
            scraping(self._tmp_path / "prometheus", ports(up)) as prometheus,
        ):
            preferences = {"max_per_hour": 1000}
            hook.secret = (await up.subscribe({"type": "webhook", "url": f"{hooks}/hook"}, filter={}))["secret"]
            await up.subscribe(
                {"type": "webhook", "url": f"{hooks}/hook", "secret": hook.secret}, **preferences, filter={}
            )
            await up.subscribe({"type": "webpush", "endpoint": f"{pushes}/push/1", "keys": push.keys()}, filter={})
            await up.subscribe({"type": "webhook", "url": f"{broken}/hook"}, filter={})
            writing = asyncio.create_task(write(blog, up))
            self._entered.set_result(prometheus)
            await self._leave.wait()
            writing.cancel()


def ports(up: Stack) -> dict[str, int]:
    return {name: up.port + add for name, add in PORTS.items()} | {"canary": up.port + 5}


async def write(blog: LiveBlog, up: Stack) -> None:
    number = 0
    while True:
        number += 1
        blog.post(f"post-{number}", f"Report {number} from Esbjerg", f"Crews in Denmark answered call {number}.")
        if number % 4 == 0:
            blog.edit(f"post-{number - 1}", f"Crews in Denmark answered call {number - 1} twice.")
        await up.entries("storm")
        await asyncio.sleep(2)


def failing() -> web.Application:
    async def fail(_: web.Request) -> web.Response:
        return web.Response(status=500)

    app = web.Application()
    app.router.add_post("/hook", fail)
    return app
