"""Dead letters: messages that could not be processed, with the reason, until a person has looked at them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from redis.asyncio import Redis

from shared.keys import dead
from shared.streams.commit import Commit, commit
from shared.streams.consumer import FIELD, Record
from shared.streams.script import Script

TRACE_CHARACTERS = 8000
_replay = Script.beside(__file__, "deadletters.lua")


class DeadLetter(Struct, frozen=True, kw_only=True):
    """`id` is its place in the dead-letter stream, `origin` the id it had in `stream`; `parked_at` in epoch seconds."""

    id: str
    stream: str
    group: str
    origin: str
    reason: str
    trace: str
    deliveries: int
    parked_at: float
    body: bytes


async def park(client: Redis, stream: str, group: str, record: Record, *, reason: str, trace: str) -> None:
    """Moves a pending message to the dead-letter stream in one step."""
    fields = ("group", group, "origin", record.id, "reason", reason, "trace", trace[-TRACE_CHARACTERS:])
    write = (
        "XADD",
        dead(stream),
        "*",
        "m",
        record.body,
        *fields,
        "deliveries",
        record.deliveries,
        "at",
        str(time.time()),
    )
    await commit(client, stream, group, [(record.id, Commit(writes=(write,)))])


async def dead_letters(client: Redis, stream: str, *, count: int = 100, after: str = "-") -> list[DeadLetter]:
    """The dead letters of a stream, oldest first."""
    found: Any = await client.xrange(dead(stream), after, "+", count=count)
    return [_letter(stream, i, fields) for i, fields in found]


async def dead_letter(client: Redis, stream: str, letter: str) -> DeadLetter | None:
    found: Any = await client.xrange(dead(stream), letter, letter)
    return _letter(stream, *found[0]) if found else None


async def replay(client: Redis, stream: str, letters: Sequence[str]) -> int:
    """Puts dead letters back into their stream, each in one step; returns how many there were."""
    return int(await _replay(client, [stream, dead(stream)], list(letters)))


def _letter(stream: str, letter: bytes, fields: dict[bytes, bytes]) -> DeadLetter:
    return DeadLetter(
        id=letter.decode(),
        stream=stream,
        group=fields[b"group"].decode(),
        origin=fields[b"origin"].decode(),
        reason=fields[b"reason"].decode(),
        trace=fields[b"trace"].decode(),
        deliveries=int(fields[b"deliveries"]),
        parked_at=float(fields[b"at"]),
        body=fields[FIELD],
    )
