"""What this fetcher has claimed: its leases are short, so that a dead fetcher's sources fall due soon, and go on for as
long as it works on them.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

from redis.exceptions import RedisError

from shared.sources.store import Claimed, SourceStore
from shared.telemetry.logs import get_logger

RENEWALS = 4
"""In the time of one lease: some may fail."""
log = get_logger()


class Leases:
    """Each for so many `seconds`; after `longest` a claim is given up, whatever holds it up."""

    def __init__(self, store: SourceStore, *, seconds: float, longest: float) -> None:
        self._store = store
        self.seconds = seconds
        self._longest = longest
        self._held: dict[str, Claimed] = {}

    def add(self, claimed: Claimed) -> None:
        self._held[claimed.token + claimed.source.id] = claimed

    def drop(self, claimed: Claimed) -> None:
        self._held.pop(claimed.token + claimed.source.id, None)

    async def keep(self) -> None:
        """Renews until cancelled."""
        while True:
            await asyncio.sleep(self.seconds / RENEWALS)
            try:
                await self._renew()
            except (RedisError, OSError) as error:
                log.warning("leases.failed", error=repr(error))

    async def _renew(self) -> None:
        now = time.monotonic()
        of_tag: dict[str, list[Claimed]] = defaultdict(list)
        for claimed in self._held.values():
            if now - claimed.at < self._longest:
                of_tag[claimed.tag].append(claimed)
        for tag, held in of_tag.items():
            await self._store.renew(tag, held, self.seconds)
