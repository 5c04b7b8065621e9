"""Claimed sources that wait until their host may be asked. They take no place and no time of their poll; what would
wait too long is given back, for a time at which the host is likely to be free.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlsplit

from services.fetcher.hosts import Hosts
from services.fetcher.metrics import FETCHES_WAITING
from shared.sources.store import Claimed

WAIT_SECONDS = 2.0
"""So long a claimed source waits at most."""
NO_ROOM_SECONDS = 0.05
MOST_HOSTS_KEPT = 10_000

Begin: TypeAlias = Callable[[str, Claimed], None]
PutOff: TypeAlias = Callable[[Claimed, float], None]


class Queues:
    """`begin` starts a poll and is followed by `ended` for its host; `most` sources wait at a time. `room` says whether
    a place is free for one that waited."""

    def __init__(self, hosts: Hosts, *, begin: Begin, put_off: PutOff, room: Callable[[], bool], most: int) -> None:
        self._hosts = hosts
        self._room = room
        self._begin = begin
        self._put_off = put_off
        self._most = most
        self._waiting: dict[str, deque[tuple[Claimed, float]]] = {}
        self._alarms: set[str] = set()
        self._count = 0
        self._closed = False

    def add(self, url: str, claimed: Claimed) -> None:
        """Begins at once, waits for the host, or gives back."""
        host = host_of(url)
        now = _now()
        queue = self._waiting.get(host)
        wait = self._hosts.wait(host, now)
        if not wait and not queue:
            self._hosts.begin(host, now)
            self._begin(host, claimed)
            return
        if self._count >= self._most or wait + len(queue or ()) * self._hosts.gap(host) > WAIT_SECONDS:
            self._put_off(claimed, self._hosts.book(host, now + WAIT_SECONDS) - now)
            return
        if queue is None:
            queue = self._waiting[host] = deque()
        self._come_again(host, wait)
        queue.append((claimed, now))
        self._count += 1
        FETCHES_WAITING.set(self._count)

    def ended(self, host: str) -> None:
        """A poll of the host is over."""
        self._hosts.end(host)
        if host in self._waiting:
            self._serve(host)

    def close(self) -> None:
        """Gives back what waits."""
        self._closed = True
        for queue in self._waiting.values():
            for claimed, _ in queue:
                self._put_off(claimed, 0.0)
        self._waiting.clear()

    def _serve(self, host: str) -> None:
        """Begins what may, gives back what has waited too long, and comes again for the rest."""
        if self._closed or (queue := self._waiting.get(host)) is None:
            return
        now = _now()
        while queue:
            claimed, since = queue[0]
            wait = self._hosts.wait(host, now) if self._room() else NO_ROOM_SECONDS
            if not wait:
                self._hosts.begin(host, now)
                self._begin(host, claimed)
            elif now - since > WAIT_SECONDS:
                self._put_off(claimed, self._hosts.book(host, now + WAIT_SECONDS) - now)
            else:
                break
            queue.popleft()
            self._count -= 1
        FETCHES_WAITING.set(self._count)
        if queue:
            self._come_again(host, wait)
        else:
            del self._waiting[host]

    def _come_again(self, host: str, seconds: float) -> None:
        """One alarm for each host."""
        if host not in self._alarms:
            self._alarms.add(host)
            asyncio.get_running_loop().call_later(seconds, self._alarm, host)

    def _alarm(self, host: str) -> None:
        self._alarms.discard(host)
        self._serve(host)


@lru_cache(MOST_HOSTS_KEPT)
def host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _now() -> float:
    return asyncio.get_running_loop().time()
