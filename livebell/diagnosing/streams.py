"""What lies in Redis: the sources, the streams, and what waits or was parked there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from redis.asyncio import Redis

from livebell.diagnosing.finding import Finding
from shared.keys import (
    DELIVERIES,
    ENRICHED,
    ENTRIES,
    GROUPS,
    PAGES,
    READ,
    WEIGHING,
    dead,
    key,
    source_partitions,
    subscriber_partitions,
)
from shared.settings import CommonSettings
from shared.sources.status import FAILING, status
from shared.sources.store import SourceStore
from shared.streams.upkeep import backlog, waited

LONG_BACKLOG = 1000
LONG_WAIT_SECONDS = 60.0
MOST_PARTITIONS = 1024
_OF_SOURCES = (PAGES, READ, ENTRIES, ENRICHED)


async def source_findings(client: Redis, settings: CommonSettings, contact: str) -> AsyncIterator[Finding]:
    """What is watched: whom publishers may write to, and what fails."""
    known = await SourceStore(client, settings.partitions).known()
    if known and not contact:
        yield Finding(
            level="warning",
            subject="fetcher",
            says="Publishers cannot tell whom to write to: the user agent names nobody.",
            mend="Set LIVEBELL_CONTACT to a mail address or a page.",
        )
    failing = [source.id for source, state, told in known if status(source, state, told).state == FAILING]
    if failing:
        yield Finding(
            level="warning",
            subject="sources",
            says=f"{len(failing)} of {len(known)} fail: {', '.join(failing[:5])}{' …' if len(failing) > 5 else ''}.",
            mend="`livebell sources list` says since when and why, `livebell sources test URL` what a page gives.",
        )
    elif known:
        yield Finding(level="ok", subject="sources", says=f"{len(known)} are watched, none fails.")
    else:
        yield Finding(
            level="warning",
            subject="sources",
            says="No live blog is watched.",
            mend="`livebell sources add URL`, or POST /api/v1/sources.",
        )


async def stream_findings(client: Redis, settings: CommonSettings) -> AsyncIterator[Finding]:
    """Dead letters, and groups that have fallen behind."""
    streams = [(key(tag, kind), kind) for tag in source_partitions(settings.partitions) for kind in _OF_SOURCES]
    for tag in subscriber_partitions(settings.subscriber_partitions):
        streams += [(key(tag, kind), kind) for kind in (WEIGHING, DELIVERIES)]
    for stream, kind in streams:
        if parked := await client.xlen(dead(stream)):
            yield Finding(
                level="warning",
                subject=stream,
                says=f"{parked} dead letters.",
                mend="`livebell dead list` says why; `livebell dead replay --all` puts them back once that is mended.",
            )
        for group in GROUPS[kind]:
            if (waiting := await backlog(client, stream, group)) > LONG_BACKLOG:
                yield Finding(
                    level="warning",
                    subject=stream,
                    says=f"{waiting} messages wait for the {group}.",
                    mend=f"Is a {group} running? More of them share the work.",
                )
            elif (seconds := await waited(client, stream, group, time.time())) > LONG_WAIT_SECONDS:
                yield Finding(
                    level="warning",
                    subject=stream,
                    says=f"The oldest message has waited {seconds:.0f} s for the {group}.",
                    mend=f"Is a {group} running? Its log says what it could not do.",
                )


async def stranded_findings(client: Redis, settings: CommonSettings) -> AsyncIterator[Finding]:
    """Sources and subscriptions in slots that no service looks at: there were more of them once."""
    families = (
        ("LIVEBELL_PARTITIONS", "sources", source_partitions, settings.partitions),
        ("LIVEBELL_SUBSCRIBER_PARTITIONS", "subscriptions", subscriber_partitions, settings.subscriber_partitions),
    )
    for variable, kept, tags_of, partitions in families:
        beyond = tags_of(MOST_PARTITIONS)[partitions:]
        async with client.pipeline(transaction=False) as pipe:
            for tag in beyond:
                pipe.hlen(key(tag, kept))
            held = await pipe.execute()
        if count := sum(held):
            last = max(number for number, found in enumerate(held, partitions) if found)
            yield Finding(
                level="failure",
                subject=kept,
                says=f"{count} {kept} lie in slots that {variable}={partitions} leaves out: nobody looks after them.",
                mend=f"Set {variable} back to what it was, at least {last + 1}, for every service.",
            )
