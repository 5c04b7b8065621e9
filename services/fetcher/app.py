"""The fetcher's shell: takes in the operator's file of sources, then polls what is due until it is told to stop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from services.fetcher.loop import run as poll_sources
from services.fetcher.polling import Limits
from services.fetcher.settings import Settings
from services.fetcher.sources_file import read_sources
from shared.guard import Guard
from shared.keys import PAGES, key
from shared.logs import get_logger
from shared.outgoing import Outgoing
from shared.service import Service
from shared.source_store import SourceStore
from shared.sources import Source
from shared.upkeep import backlog

FROM_FILE = "livebell:sources-from-file"
log = get_logger()


async def run(settings: Settings) -> None:
    service = Service("fetcher", settings)
    store = SourceStore(service.redis, settings.partitions)
    listed = read_sources(Path(settings.sources_file)) if settings.sources_file else None
    stop = asyncio.Event()
    outgoing = Outgoing(
        Guard(settings.allow_targets),
        plain_http=True,
        user_agent=settings.user_agent,
        total=settings.fetch_timeout,
        at_once=settings.fetches_at_once,
        at_once_per_host=settings.fetches_at_once_per_host,
    )

    async def waiting(tag: str) -> int:
        return await backlog(service.redis, key(tag, PAGES), "parser")

    async def poll() -> None:
        await poll_sources(
            store,
            outgoing,
            backlog=waiting,
            most_backlog=settings.max_backlog,
            at_once=settings.fetches_at_once,
            stop=stop,
            limits=Limits(
                seconds=settings.fetch_timeout,
                page_bytes=settings.max_page_bytes,
                failing_after=settings.failing_after,
            ),
            drain=settings.drain_seconds,
        )

    async def prepare() -> None:
        if listed is not None:
            await take_in(service.redis, store, listed)
        service.alongside(poll, stop.set)

    async with outgoing:
        await service.run(prepare=prepare)


async def take_in(client: Any, store: SourceStore, listed: list[Source]) -> None:
    """The file's sources as they stand there; what an earlier file named and this one does not is no longer watched."""
    before = {name.decode() for name in await client.smembers(FROM_FILE)}
    names = {source.id for source in listed}
    if names:
        await client.sadd(FROM_FILE, *names)  # first: a start that is cut short leaves no source that no file claims
    for source in listed:
        await store.put(source)
    for name in before - names:
        await store.remove(name)
        await client.srem(FROM_FILE, name)
    log.info("sources.read", sources=len(names), removed=len(before - names))
