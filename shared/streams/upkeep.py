"""Keeping streams short and their state visible: trimming behind what every group has acknowledged."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from redis.asyncio import Redis

from shared.keys import ENRICHED, GROUPS, key
from shared.telemetry.stream_state import groups_of, measure, order


async def stream_upkeep(
    client: Redis, tags: Iterable[str], kind: str, *, retention: float, max_backlog_age: float
) -> None:
    """One round over the streams of a kind: measures each, and trims what nobody needs any more (ages in seconds)."""
    for tag in tags:
        groups = await measure(client, kind, tag)
        keep_from = trim_point(
            kind,
            {group.name: group.acknowledged for group in groups},
            int(time.time() * 1000),
            retention_ms=int(retention * 1000),
            max_age_ms=int(max_backlog_age * 1000),
        )
        if keep_from is not None:
            await client.xtrim(key(tag, kind), minid=keep_from, approximate=True)


def trim_point(
    kind: str, acknowledged: Mapping[str, str], now_ms: int, *, retention_ms: int, max_age_ms: int
) -> str | None:
    """The first id to keep, or None to keep all: never past what a group that reads the stream has not acknowledged,
    unless that is older than the age that the operator set.
    """
    too_old = f"{now_ms - max_age_ms}-0"
    expected = GROUPS[kind]
    if any(group not in acknowledged for group in expected):
        return too_old
    done = min((acknowledged[group] for group in expected), key=order)
    if kind == ENRICHED:
        done = min(done, f"{now_ms - retention_ms}-0", key=order)
    return max(done, too_old, key=order)


async def backlog(client: Redis, stream: str, group: str) -> int:
    """How many messages the group has not acknowledged, unread and in work; 0 where there is no such group yet."""
    return sum(state.lag + state.pending for state in await groups_of(client, stream) if state.name == group)


async def waited(client: Redis, stream: str, group: str, now: float) -> float:
    """For how many seconds the oldest message that the group has not acknowledged lies in the stream; 0 if none."""
    oldest = next((state.oldest for state in await groups_of(client, stream) if state.name == group), "")
    return max(0.0, now - order(oldest)[0] / 1000) if oldest else 0.0
