"""The fetcher's shell: takes in the operator's file of sources, polls what is due, and listens to what the parser read,
until it is told to stop.
"""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

from services.fetcher.filing import SourcesFile
from services.fetcher.hosts import Hosts
from services.fetcher.limits import Limits
from services.fetcher.listening import Listener
from services.fetcher.loop import run as poll_sources
from services.fetcher.previewing import Previewer
from services.fetcher.robots import Robots
from services.fetcher.settings import Settings
from services.fetcher.sources_file import read_sources
from shared.keys import PAGES, READ, key, source_partitions
from shared.outgoing.client import Outgoing
from shared.outgoing.guard import Guard
from shared.service import Service
from shared.settings import SettingsError
from shared.sources.store import SourceStore
from shared.streams.hop import Hop
from shared.streams.upkeep import backlog

GROUP = "fetcher"
GC_THRESHOLD = 20_000
"""A poll makes some hundred objects and no cycles that last: looking for them seldom saves a tenth of the time."""


async def run(settings: Settings) -> None:
    service = Service("fetcher", settings)
    store = SourceStore(service.redis, settings.partitions)
    path = Path(settings.sources_file) if settings.sources_file else None
    listed = read_sources(path) if path else []
    stop = asyncio.Event()
    outgoing = outgoing_of(settings)
    robots = robots_of(settings, outgoing)

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
                slowest_times=settings.slowest_times,
                fresh_seconds=settings.max_fresh,
            ),
            drain=settings.drain_seconds,
            hosts=Hosts(at_once=settings.fetches_at_once_per_host, gap=settings.host_gap),
            robots=robots,
        )

    async def prepare() -> None:
        if path is not None:
            file = SourcesFile(path, service.redis, store)
            await file.take_in(listed)
            service.every(file.SECONDS, "sources.file", file.look)
        service.alongside(poll, stop.set)
        gc.freeze()  # what was made up to here stays: it need not be looked through again and again
        gc.set_threshold(GC_THRESHOLD)

    def on_batch(stream: str) -> Hop:
        listener = Listener(service.redis, stream.split(":")[1])
        return Hop(
            service.redis, stream=stream, group=GROUP, max_attempts=settings.max_attempts, handle=listener.handle
        )

    previewer = Previewer(
        service.redis, outgoing, robots, seconds=settings.fetch_timeout, most_bytes=settings.max_page_bytes
    )
    service.every(0, "preview", previewer.follow)
    service.consume(source_partitions(settings.partitions), READ, GROUP, on_batch)
    async with outgoing:
        await service.run(prepare=prepare)


def outgoing_of(settings: Settings, *also: str) -> Outgoing:
    """What fetches with these settings; `also` may be called though it is no public address. Make it inside a running
    loop."""
    try:
        return Outgoing(
            Guard((*settings.allow_targets, *also)),
            plain_http=True,
            user_agent=settings.full_user_agent,
            total=None,  # each fetch has its time in all, redirects included
            connect=None,
            read=None,
            at_once=settings.fetches_at_once,
            at_once_per_host=0,
            proxy=settings.fetch_proxy,
        )
    except ValueError as error:
        raise SettingsError(f"LIVEBELL_FETCH_PROXY: {error}.") from error


def robots_of(settings: Settings, outgoing: Outgoing) -> Robots | None:
    """None where the operator leaves robots.txt unread."""
    return Robots(outgoing, token=product_token(settings.user_agent)) if settings.robots else None


def product_token(user_agent: str) -> str:
    """What a robots.txt calls us: the user agent up to its version (RFC 9309, 2.2.1)."""
    return user_agent.partition("/")[0].strip() or user_agent
