"""A notifier as it runs, in a process of its own, over an embedded server; and subscriptions straight into Redis."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import Redis

from benchmarks.support.service import service, until
from shared.keys import DELIVERIES, ENRICHED, key
from shared.messages import Enrichment, EntryChanged, EntryEnriched, Passed, Place, encode, event_id
from shared.records import Blog, Entry
from shared.subscriptions.record import Subscription

SOURCES, SUBSCRIBERS = "{p0}", "{d0}"
TEXT = "The harbour master closed both piers at noon and asked crews to stay away until the wind drops. "


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
    async with service("notifier", url, folder, **environment) as pid:
        await until(lambda: _reads(client), 120, folder / "notifier.log")
        yield pid


async def _reads(client: Redis) -> bool:
    try:
        return bool(await client.xinfo_groups(key(SUBSCRIBERS, DELIVERIES)))
    except Exception:
        return False


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
