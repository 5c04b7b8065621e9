"""The time of the server that keeps what waits: one for all replicas, whatever this machine's clock does."""

from __future__ import annotations

import time

from redis.asyncio import Redis

from shared.keys import key
from shared.streams.script import Script

SET_SECONDS = 10.0
"""So often it is set; in between our own monotonic clock counts."""

_time = Script("#!lua\nreturn redis.call('TIME')")


class ServerClock:
    """Epoch seconds. `set` it before it is first asked, then every SET_SECONDS."""

    def __init__(self, client: Redis, tag: str) -> None:
        self._client = client
        self._key = key(tag, "clock")  # names the server, nothing is kept there
        self._ahead = 0.0

    async def set(self) -> None:
        asked = time.monotonic()
        seconds, microseconds = await _time(self._client, [self._key], [])
        self._ahead = int(seconds) + int(microseconds) / 1e6 - (asked + time.monotonic()) / 2

    def __call__(self) -> float:
        return time.monotonic() + self._ahead
