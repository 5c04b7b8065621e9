"""A notifier as it runs, in a process of its own, over an embedded server; and subscriptions straight into Redis."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis

from shared.keys import DELIVERIES, ENRICHED, key
from shared.messages import Enrichment, EntryChanged, EntryEnriched, Passed, Place, encode, event_id
from shared.records import Blog, Entry
from shared.subscriptions import Subscription

SOURCES, SUBSCRIBERS = "{p0}", "{d0}"
TICKS = os.sysconf("SC_CLK_TCK")
TEXT = "The harbour master closed both piers at noon and asked crews to stay away until the wind drops. "


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def entry(number: int, source: str) -> EntryEnriched:
    name = f"post-{number}-{time.time_ns()}"
    posted = Entry(
        id=name,
        title="Ferries stop as the wind rises over the strait",
        text=TEXT * 5,
        html=f"<p>{TEXT * 5}</p>",
        published_at=datetime.now(UTC),
        url="https://news.example/live/storm#post",
    )
    now = time.time()
    changed = EntryChanged(
        id=event_id(source, name, 1),
        source=source,
        blog=Blog(url="https://news.example/live/storm", title="Storm latest"),
        change="created",
        entry=posted,
        revision=1,
    )
    about = Enrichment(
        language="en",
        places=(Place(name="Esbjerg", start=0, end=7, lat=55.47, lon=8.45, country="DK", geoname_id=2622447),),
        urgency=0.7,
        alert="Ferries stop as the wind rises over the strait",
    )
    return EntryEnriched(changed=changed, about=about, passed=Passed(seen=now, parsed=now, enriched=now))


async def happen(client: Redis, number: int, source: str = "storm") -> float:
    """Writes an entry as the enricher does; returns when."""
    now = time.time()
    await client.xadd(key(SOURCES, ENRICHED), {"m": encode(entry(number, source))})
    return now


async def subscribe(client: Redis, subscriptions: Iterable[Subscription]) -> None:
    """Before the notifier starts: it reads them all then."""
    pack = msgspec.msgpack.Encoder().encode
    waiting: dict[Any, Any] = {}

    async def write() -> None:
        async with client.pipeline(transaction=False) as pipe:
            pipe.hset(key(SUBSCRIBERS, "subscriptions"), mapping=waiting)
            pipe.hset(key(SUBSCRIBERS, "subscription-versions"), mapping=dict.fromkeys(waiting, 1))
            await pipe.execute()
        waiting.clear()

    for one in subscriptions:
        waiting[one.id] = pack(one)
        if len(waiting) >= 2000:
            await write()
    if waiting:
        await write()


async def idle(client: Redis) -> bool:
    """Whether nothing is unread or unacknowledged."""
    for stream in (key(SOURCES, ENRICHED), key(SUBSCRIBERS, DELIVERIES)):
        for group in await client.xinfo_groups(stream):
            if group["pending"] or group["lag"]:
                return False
    return True


@contextlib.asynccontextmanager
async def notifier(url: str, client: Redis, folder: Path, **environment: str) -> AsyncIterator[int]:
    """Starts it with the settings given beside the defaults; yields its process id once it consumes."""
    log = (folder / "notifier.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "livebell",
        "run",
        "notifier",
        stdout=log,
        stderr=log,
        cwd=Path(__file__).parent.parent.parent,
        env={
            **os.environ,
            "LIVEBELL_REDIS_URL": url,
            "LIVEBELL_PORT": str(free_port()),
            "LIVEBELL_LOG_FORMAT": "json",
            "LIVEBELL_ALLOW_TARGETS": "127.0.0.0/8",
            **environment,
        },
    )
    try:
        await until(lambda: _reads(client), 120, folder / "notifier.log")
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        log.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


async def _reads(client: Redis) -> bool:
    try:
        return bool(await client.xinfo_groups(key(SUBSCRIBERS, DELIVERIES)))
    except Exception:
        return False


async def until(holds: Any, seconds: float, log: Path | None = None) -> None:
    try:
        async with asyncio.timeout(seconds):
            while True:
                held = holds()
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        told = log.read_text()[-3000:] if log else ""  # noqa: ASYNC240
        raise SystemExit(f"did not hold in {seconds} s. {told}") from None


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
