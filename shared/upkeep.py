"""Keeping streams short and their state visible: trimming behind what every group has acknowledged, and gauges."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from redis.asyncio import Redis

from shared.keys import ENRICHED, GROUPS, dead, key
from shared.metrics import DEAD_LETTERS, GROUP_LAG, GROUP_OLDEST_SECONDS, GROUP_PENDING, STREAM_LENGTH


class GroupState(Struct, frozen=True, kw_only=True):
    """`acknowledged` is the first id that the group may still need: everything before it is done."""

    name: str
    lag: int
    pending: int
    acknowledged: str


async def stream_upkeep(
    client: Redis, tags: Iterable[str], kind: str, *, retention: float, max_backlog_age: float
) -> None:
    """One round over the streams of a kind: measures each, and trims what nobody needs any more (ages in seconds)."""
    for tag in tags:
        stream = key(tag, kind)
        groups = await _groups(client, stream)
        now_ms = int(time.time() * 1000)
        _show(kind, tag, groups, now_ms)
        STREAM_LENGTH.labels(kind, tag).set(await client.xlen(stream))
        DEAD_LETTERS.labels(kind, tag).set(await client.xlen(dead(stream)))
        keep_from = trim_point(
            kind,
            {group.name: group.acknowledged for group in groups},
            now_ms,
            retention_ms=int(retention * 1000),
            max_age_ms=int(max_backlog_age * 1000),
        )
        if keep_from is not None:
            await client.xtrim(stream, minid=keep_from, approximate=True)


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
    done = min((acknowledged[group] for group in expected), key=_order)
    if kind == ENRICHED:
        done = min(done, f"{now_ms - retention_ms}-0", key=_order)
    return max(done, too_old, key=_order)


async def _groups(client: Redis, stream: str) -> list[GroupState]:
    if not await client.exists(stream):
        return []
    known: Any = await client.xinfo_groups(stream)
    states = []
    for group in known:
        name = group["name"].decode()
        oldest: Any = await client.xpending(stream, name)
        needed = oldest["min"] or group["last-delivered-id"]
        lag = group["lag"]
        states.append(
            GroupState(
                name=name,
                lag=int(lag) if lag is not None else 0,
                pending=int(group["pending"]),
                acknowledged=needed.decode(),
            )
        )
    return states


def _show(kind: str, tag: str, groups: Iterable[GroupState], now_ms: int) -> None:
    for group in groups:
        GROUP_LAG.labels(kind, tag, group.name).set(group.lag)
        GROUP_PENDING.labels(kind, tag, group.name).set(group.pending)
        age = (now_ms - _order(group.acknowledged)[0]) / 1000 if group.lag or group.pending else 0.0
        GROUP_OLDEST_SECONDS.labels(kind, tag, group.name).set(age)


async def backlog(client: Redis, stream: str, group: str) -> int:
    """How many messages the group has not acknowledged, unread and in work; 0 where there is no such group yet."""
    return sum(state.lag + state.pending for state in await _groups(client, stream) if state.name == group)


async def waited(client: Redis, stream: str, group: str, now: float) -> float:
    """For how many seconds the oldest message that the group has read or been sent is not acknowledged; 0 if none."""
    for state in await _groups(client, stream):
        if state.name == group and state.pending:
            return max(0.0, now - _order(state.acknowledged)[0] / 1000)
    return 0.0


def _order(message_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = message_id.partition("-")
    return int(milliseconds), int(sequence or 0)
