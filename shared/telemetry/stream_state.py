"""How streams fare, as gauges: length, dead letters, and for each group its lag, its pending and the oldest of them.

Who consumes a stream measures it, and so does the gateway for all of them: what a dead service leaves lying is seen.
"""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct
from redis.asyncio import Redis

from shared.keys import dead, key
from shared.telemetry.metrics import DEAD_LETTERS, GROUP_LAG, GROUP_OLDEST_SECONDS, GROUP_PENDING, STREAM_LENGTH


class GroupState(Struct, frozen=True, kw_only=True):
    """`acknowledged` is the first id that the group may still need: everything before it is done. `oldest` is that of
    the oldest message it has not acknowledged, "" where there is none."""

    name: str
    lag: int
    pending: int
    acknowledged: str
    oldest: str = ""


async def measure(client: Redis, kind: str, tag: str) -> list[GroupState]:
    """Shows a stream's gauges and returns its groups."""
    stream = key(tag, kind)
    groups = await groups_of(client, stream)
    now = time.time()
    for group in groups:
        GROUP_LAG.labels(kind, tag, group.name).set(group.lag)
        GROUP_PENDING.labels(kind, tag, group.name).set(group.pending)
        age = max(0.0, now - order(group.oldest)[0] / 1000) if group.oldest else 0.0
        GROUP_OLDEST_SECONDS.labels(kind, tag, group.name).set(age)
    STREAM_LENGTH.labels(kind, tag).set(await client.xlen(stream))
    DEAD_LETTERS.labels(kind, tag).set(await client.xlen(dead(stream)))
    return groups


async def groups_of(client: Redis, stream: str) -> list[GroupState]:
    if not await client.exists(stream):
        return []
    known: Any = await client.xinfo_groups(stream)
    return [await _state(client, stream, group) for group in known]


async def _state(client: Redis, stream: str, group: dict[str, Any]) -> GroupState:
    name = group["name"].decode()
    waiting: Any = await client.xpending(stream, name)
    last = group["last-delivered-id"].decode()
    lag = int(group["lag"]) if group["lag"] is not None else 0
    oldest = waiting["min"].decode() if waiting["min"] else ""
    if not oldest and lag:
        unread: Any = await client.xrange(stream, f"({last}", "+", count=1)
        oldest = unread[0][0].decode() if unread else ""
    return GroupState(
        name=name,
        lag=lag,
        pending=int(group["pending"]),
        acknowledged=waiting["min"].decode() if waiting["min"] else last,
        oldest=oldest,
    )


def order(message_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = message_id.partition("-")
    return int(milliseconds), int(sequence or 0)
