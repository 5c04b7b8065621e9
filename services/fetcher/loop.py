"""The fetcher's loop: claims what is due in each partition and polls it, so many at once and so many of one host;
waits where the parsers are behind or Redis is away.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from services.fetcher.hosts import Hosts
from services.fetcher.leases import Leases
from services.fetcher.limits import Limits
from services.fetcher.metrics import FETCHES_PUT_OFF, FETCHES_RUNNING, FETCHING_PAUSED
from services.fetcher.polling import Poller
from services.fetcher.queues import WAIT_SECONDS, Queues, host_of
from services.fetcher.robots import SECONDS as ROBOTS_SECONDS, Robots
from shared.outgoing.client import Outgoing
from shared.sources.fetch_state import told_of
from shared.sources.store import Claimed, SourceStore
from shared.telemetry.logs import get_logger
from shared.telemetry.metrics import LOOP_FAILURES

MARGIN_SECONDS = 5.0
"""A claim outlasts the longest poll by the time that writing its result may take."""
IDLE_SECONDS = 1.0
"""After at most so long a partition is asked again: for new sources, and for those of a dead fetcher."""
GAP_SECONDS = 0.01
"""Between two claims of a partition, so that sources that fall due together come together."""
BACKLOG_SECONDS = 1.0
RETRY_SECONDS = 1.0
FULL_SECONDS = 0.02
"""With all places taken, how long to wait for a good part of them to come free, so that claims come in batches."""
OUTAGE_SECONDS = 10.0
"""A partition that was not asked for so long is spread first: what fell due meanwhile does not come all at once."""

Backlog: TypeAlias = Callable[[str], Awaitable[int]]
log = get_logger()


async def run(
    store: SourceStore,
    outgoing: Outgoing,
    *,
    backlog: Backlog,
    most_backlog: int,
    at_once: int,
    stop: asyncio.Event,
    limits: Limits | None = None,
    tags: Sequence[str] | None = None,
    drain: float = 10.0,
    hosts: Hosts | None = None,
    robots: Robots | None = None,
) -> None:
    """Polls until `stop` is set, then lets what is under way finish for `drain` seconds.

    `backlog(tag)` is how many pages of a partition wait for the parsers; above `most_backlog` nothing of it is fetched.
    """
    limits = limits or Limits()
    longest = limits.seconds + MARGIN_SECONDS + WAIT_SECONDS + (ROBOTS_SECONDS if robots else 0.0)
    leases = Leases(store, seconds=limits.lease_seconds, longest=longest)
    hosts = hosts or Hosts(at_once=at_once)
    loop = Loop(
        store,
        Poller(store, outgoing, limits, robots, slow_down=lambda url, gap: hosts.slow_down(host_of(url), gap, _now())),
        tags=store.tags if tags is None else tags,
        at_once=at_once,
        leases=leases,
        backlog=backlog,
        most_backlog=most_backlog,
        hosts=hosts,
    )
    keeping = asyncio.create_task(leases.keep())
    try:
        await loop.run(stop)
        await loop.drain(drain)
    finally:
        keeping.cancel()


class Loop:
    def __init__(
        self,
        store: SourceStore,
        poller: Poller,
        *,
        tags: Sequence[str],
        at_once: int,
        leases: Leases,
        backlog: Backlog,
        most_backlog: int,
        hosts: Hosts,
    ) -> None:
        self._store = store
        self._poller = poller
        self._tags = list(tags)
        self._at_once = at_once
        self._leases = leases
        self._backlog = backlog
        self._most_backlog = most_backlog
        self._queues = Queues(hosts, begin=self._begin, put_off=self._put_off, room=self._has_room, most=2 * at_once)
        self._ask_at = dict.fromkeys(tags, 0.0)
        self._asked_at = dict.fromkeys(tags, float("-inf"))
        self._backlog_at = dict.fromkeys(tags, 0.0)
        self._paused = dict.fromkeys(tags, False)
        self._running: set[asyncio.Task[float | None]] = set()
        FETCHES_RUNNING.set_function(lambda: len(self._running))
        self._giving_back: set[asyncio.Task[bool]] = set()
        self._full = False
        self._wakes_at = 0.0
        self._wake = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._wake.set())
        try:
            while not stop.is_set():
                self._wake.clear()
                seconds = await self._round_safely()
                self._wakes_at = _now() + seconds
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await self._wake.wait()
        finally:
            stopping.cancel()

    async def drain(self, seconds: float) -> None:
        """Waits for the polls under way; what is not done by then is dropped, and its lease runs out."""
        self._queues.close()
        if under_way := {*self._running, *self._giving_back}:
            _, late = await asyncio.wait(under_way, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _round_safely(self) -> float:
        try:
            return await self._round()
        except Exception as error:  # the loop outlives whatever a round meets
            LOOP_FAILURES.labels("fetch").inc()
            log.warning("loop.failed", loop="fetch", error=repr(error), next_try_seconds=RETRY_SECONDS)
            return RETRY_SECONDS

    async def _round(self) -> float:
        """Claims where it is time; returns the seconds until it is again."""
        for tag in sorted(self._tags, key=self._ask_at.__getitem__):
            free = self._at_once - len(self._running)
            self._full = free <= 0
            if self._full:
                self._asked_at = dict.fromkeys(self._tags, _now())  # all places taken is no outage
                return FULL_SECONDS
            if self._ask_at[tag] <= (now := _now()):
                self._ask_at[tag] = now + IDLE_SECONDS
                wait = await self._claim(tag, free)
                self._ask_at[tag] = min(self._ask_at[tag], now + wait)  # a poll that ended meanwhile may have set it
        return max(0.0, min(self._ask_at.values()) - _now())

    async def _claim(self, tag: str, most: int) -> float:
        """Starts polls of a partition; returns the seconds until it is worth asking again."""
        if await self._is_paused(tag):
            return BACKLOG_SECONDS
        if _now() - self._asked_at[tag] > OUTAGE_SECONDS and (late := await self._store.spread(tag)):
            FETCHES_PUT_OFF.labels("outage").inc(late)
            log.info("fetch.spread", tag=tag, sources=late)
        claims = await self._store.claim(tag, most, self._leases.seconds)
        self._asked_at[tag] = _now()
        for claimed in claims.sources:
            self._leases.add(claimed)
            self._queues.add(_address(claimed), claimed)
        return IDLE_SECONDS if claims.wait is None else max(claims.wait, GAP_SECONDS)

    def _has_room(self) -> bool:
        return len(self._running) < self._at_once

    def _begin(self, host: str, claimed: Claimed) -> None:
        task = asyncio.create_task(self._poller.poll(claimed))
        self._running.add(task)
        task.add_done_callback(functools.partial(self._done, claimed, host))

    def _put_off(self, claimed: Claimed, seconds: float) -> None:
        FETCHES_PUT_OFF.labels("host").inc()
        task = asyncio.create_task(self._poller.put_off(claimed, seconds))
        self._giving_back.add(task)
        task.add_done_callback(functools.partial(self._given_back, claimed))
        self._soon(claimed.tag, seconds)

    def _done(self, claimed: Claimed, host: str, task: asyncio.Task[float | None]) -> None:
        """Wakes the loop where a good part of the places is free again, or for the source's next time."""
        self._running.discard(task)
        self._leases.drop(claimed)
        self._queues.ended(host)
        if (seconds := _result(task)) is not None:
            self._soon(claimed.tag, seconds)
        if self._full and len(self._running) <= self._at_once * 3 // 4:
            self._wake.set()

    def _given_back(self, claimed: Claimed, task: asyncio.Task[bool]) -> None:
        self._giving_back.discard(task)
        self._leases.drop(claimed)

    def _soon(self, tag: str, seconds: float) -> None:
        self._ask_at[tag] = min(self._ask_at[tag], _now() + max(seconds, GAP_SECONDS))
        if not self._full and self._ask_at[tag] < self._wakes_at:
            self._wake.set()

    async def _is_paused(self, tag: str) -> bool:
        now = _now()
        if now < self._backlog_at[tag]:
            return self._paused[tag]
        behind = await self._backlog(tag)
        self._backlog_at[tag] = now + BACKLOG_SECONDS
        paused = behind > self._most_backlog
        if paused != self._paused[tag]:
            self._paused[tag] = paused
            FETCHING_PAUSED.labels(tag).set(paused)
            log.warning("fetch.paused" if paused else "fetch.resumed", tag=tag, unread=behind, most=self._most_backlog)
        return paused


def _address(claimed: Claimed) -> str:
    """Where the source is polled: its host is whose turn it waits for."""
    return told_of(claimed.source.url, claimed.told).at or claimed.source.url


def _result(task: asyncio.Task[float | None]) -> float | None:
    if task.cancelled():
        return None
    if (error := task.exception()) is not None:
        LOOP_FAILURES.labels("poll").inc()
        log.error("fetch.error", error=repr(error), hint="The source is polled again when its lease has run out.")
        return None
    return task.result()


def _now() -> float:
    return asyncio.get_running_loop().time()
