"""From an entry's posting to its webhook, polling included: Livebell against changedetection.io, one page, both at
their fastest.

An entry is posted every four seconds to a live blog on loopback, fifteen in all, once with Livebell watching (a look at
least every 0.2 s) and once with changedetection.io (every second, the least that it takes). The figure is the median
from posting to the alert's arrival; what the two tell differs: an entry here, there that the page has changed.

changedetection.io brings a hundred packages and is not part of this project's environment: install it into one of its
own and name its program, by --peer or in LIVEBELL_BENCH_CHANGEDETECTION. Without it nothing is measured and the exit
status is 3.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import uvloop
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.support.notifier import percentile
from benchmarks.support.report import NOTHING_MEASURED
from benchmarks.support.service import free_port
from tests.liveblog import LiveBlog, LiveBlogs
from tests.stack import livebell_up, serving, until

SECONDS_BETWEEN = 4.0
EVERY, PEERS_EVERY = 0.2, 1
SETTLE_SECONDS = 30.0
MENTIONS = "Report {} from Esbjerg"


class Arrivals:
    """When a request first named each report, in whatever form."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}
        self.expected: list[int] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        return app

    async def _receive(self, request: web.Request) -> web.Response:
        now, said = time.time(), await request.text()
        for number in self.expected:
            if MENTIONS.format(number) in said:
                self.at.setdefault(number, now)
        return web.Response(status=204)


@asynccontextmanager
async def changedetection(program: str, page: str, hook: str) -> AsyncIterator[None]:
    watched = {
        "url": page,
        "time_between_check": {"seconds": PEERS_EVERY},
        "time_between_check_use_default": False,
        "notification_urls": [hook.replace("http://", "json://")],
        "notification_body": "{{ diff_added }}",
        "notification_title": "changed",
    }
    environment = {"MINIMUM_SECONDS_RECHECK_TIME": "0", "ALLOW_IANA_RESTRICTED_ADDRESSES": "true"}
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            program, "-C", "-d", folder, "-h", "127.0.0.1", "-p", str(port), "-l", "WARNING", "-u", f"{page}#unused",
            env={**os.environ, **environment, "DISABLE_VERSION_CHECK": "true"},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
                await until(lambda: _answers(http), 60)
                kept = json.loads((Path(folder) / "changedetection.json").read_text())
                headers = {"x-api-key": kept["settings"]["application"]["api_access_token"]}
                async with http.post("/api/v1/watch", json=watched, headers=headers) as answer:
                    assert answer.status == 201, await answer.text()
            yield
        finally:
            process.terminate()
            await process.wait()


async def _answers(http: aiohttp.ClientSession) -> bool:
    try:
        async with http.get("/"):
            return True
    except aiohttp.ClientError:
        return False


@asynccontextmanager
async def livebell(page: str, hook: str) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        sources = f'[[source]]\nid = "storm"\nurl = "{page}"\nevery = {EVERY}\nslowest = {EVERY}\n'
        async with livebell_up(
            Path(folder) / "data", sources=sources, environment={"LIVEBELL_LOG_LEVEL": "warning"}
        ) as up:
            await up.subscribe({"type": "webhook", "url": hook})
            yield


async def measured(count: int, program: str | None) -> list[float]:
    """Seconds from posting to arrival of each entry; `program` is the peer's, None for Livebell."""
    blog, arrivals = LiveBlog("storm"), Arrivals()
    pages = LiveBlogs(blog)
    blog.post("first", "First", "Taken in quietly.")
    async with serving(pages.app()) as site, serving(arrivals.app()) as address:
        page, hook = f"{site}/storm", f"{address}/hook"
        async with changedetection(program, page, hook) if program else livebell(page, hook):
            await until(lambda: pages.asked >= 3, 60)
            posted = {}
            for number in range(count):
                await asyncio.sleep(SECONDS_BETWEEN)
                arrivals.expected.append(number)
                posted[number] = time.time()
                blog.post(f"post-{number}", MENTIONS.format(number), "Two piers are closed until the morning.")
            await until(lambda: len(arrivals.at) == count, SETTLE_SECONDS, lambda: sorted(arrivals.at))
    return [arrivals.at[number] - at for number, at in posted.items()]


async def main(count: int, program: str) -> None:
    ours, theirs = await measured(count, None), await measured(count, program)
    value, baseline = (round(1000 * percentile(waits, 0.5), 1) for waits in (ours, theirs))
    details = {
        "entries": count,
        "p99_ms": round(1000 * percentile(ours, 0.99)),
        "changedetection_p99_ms": round(1000 * percentile(theirs, 0.99)),
        "every_seconds": EVERY,
        "changedetection_every_seconds": PEERS_EVERY,
    }
    result = {"name": "watch", "value": value, "unit": "ms", "baseline": baseline, "ratio": round(baseline / value, 2)}
    print(msgspec.json.encode(result | {"details": details}).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--peer", help="changedetection.io's program")
    arguments.add_argument("--full", action="store_true", help="60 entries instead of 15")
    chosen = arguments.parse_args()
    peer = chosen.peer or os.environ.get("LIVEBELL_BENCH_CHANGEDETECTION") or shutil.which("changedetection.io")
    if peer is None:
        print("changedetection.io is not installed: --help says how to name it.", file=sys.stderr)
        sys.exit(NOTHING_MEASURED)
    uvloop.run(main(60 if chosen.full else 15, peer))
