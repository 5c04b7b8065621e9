"""What no service sees of itself, shown by the gateway: all streams, Redis, the sources, what waits for subscribers."""

from __future__ import annotations

import time
from itertools import cycle, islice
from typing import Any

from prometheus_client import Gauge
from redis.asyncio import Redis

from shared import keys
from shared.deliveries.waiting import retries_key
from shared.keys import DELIVERIES, GROUPS, WEIGHING
from shared.sources.store import SourceStore
from shared.subscriptions.store import SubscriptionStore
from shared.telemetry.metrics import REGISTRY
from shared.telemetry.redis_state import measure_redis
from shared.telemetry.source_state import measure_sources
from shared.telemetry.stream_state import measure

STREAM_SECONDS, SOURCE_SECONDS = 5.0, 10.0
STREAMS_A_ROUND = 128
"""With many partitions each stream is looked at less often: a round costs Redis some 700 commands at most."""

SUBSCRIPTIONS_KEPT = Gauge(
    "livebell_subscriptions_kept", "Subscriptions that are kept, active or not.", registry=REGISTRY
)
RETRIES_WAITING = Gauge(
    "livebell_retries_waiting", "Deliveries that wait for their next attempt.", ["tag"], registry=REGISTRY
)
RETRIES_OVERDUE = Gauge(
    "livebell_retries_overdue_seconds", "How long the next attempt has been due.", ["tag"], registry=REGISTRY
)


class Observer:
    """Call each round every few seconds."""

    def __init__(self, client: Redis, *, partitions: int, subscriber_partitions: int) -> None:
        self._client = client
        self._sources = SourceStore(client, partitions)
        self._subscriptions = SubscriptionStore(client, subscriber_partitions)
        self._tags = subscriber_partitions
        tags = keys.subscriber_partitions(subscriber_partitions)
        self._subscriber_tags = cycle(tags)
        streams = _streams(keys.source_partitions(partitions), tags)
        self._streams = cycle(streams)
        self._count = len(streams)

    async def redis(self) -> None:
        await measure_redis(self._client)

    async def streams(self) -> None:
        for kind, tag in islice(self._streams, min(STREAMS_A_ROUND, self._count)):
            await measure(self._client, kind, tag)
        for tag in islice(self._subscriber_tags, min(STREAMS_A_ROUND, self._tags)):
            await self._retries(tag)

    async def sources(self) -> None:
        await measure_sources(self._sources)
        SUBSCRIPTIONS_KEPT.set(await self._subscriptions.count())

    async def _retries(self, tag: str) -> None:
        waiting = retries_key(tag)  # what is due at 0 was asked for, and goes at once
        RETRIES_WAITING.labels(tag).set(await self._client.zcard(waiting))
        first: Any = await self._client.zrangebyscore(waiting, 1, "+inf", start=0, num=1, withscores=True)
        overdue = time.time() - first[0][1] / 1000 if first else 0.0
        RETRIES_OVERDUE.labels(tag).set(max(0.0, overdue))


def _streams(source_tags: list[str], subscriber_tags: list[str]) -> list[tuple[str, str]]:
    return [
        (kind, tag) for kind in GROUPS for tag in (subscriber_tags if kind in {WEIGHING, DELIVERIES} else source_tags)
    ]
