"""The atomic hop: acknowledge a message and, only if it was still pending, write its outputs and state.

A crash at any point neither loses nor repeats a message; of two consumers that hold one message only one commits it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import TypeAlias

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from shared.streams.script import Script

FIELDS_A_WRITE = 1000
"""Lua unpacks a write's arguments on its stack, which holds some 8,000."""

Write: TypeAlias = tuple[bytes | str | int, ...]
"""(command, key, argument, …), as `publish`, `set_fields` and the others below make it."""


class Guard(Struct, frozen=True):
    """The version that the state was computed from: `field` of the hash `key` must still hold `value` ("" for none)."""

    key: str
    field: str
    value: bytes | str


class Commit(Struct, frozen=True, gc=False):
    """What becomes of one message: its writes, all or none, if every guard holds."""

    writes: Sequence[Write] = ()
    guard: Guard | None = None
    guards: Sequence[Guard] = ()
    """More of them, where a message's state lies in several places."""


class Result(IntEnum):
    COMMITTED = 1
    ELSEWHERE = 0
    """No longer pending: another consumer committed it."""
    STALE = -1
    """The state has moved on: compute again."""


def publish(stream: str, body: bytes) -> Write:
    """Adds a message to a stream."""
    return ("XADD", stream, "*", "m", body)


def set_fields(key: str, fields: Mapping[bytes | str, bytes | str | int]) -> list[Write]:
    """Sets fields of a hash, in as many writes as Lua's stack asks for."""
    pairs = list(fields.items())
    parts = (pairs[at : at + FIELDS_A_WRITE] for at in range(0, len(pairs), FIELDS_A_WRITE))
    return [("HSET", key, *(value for pair in part for value in pair)) for part in parts]


def delete_fields(key: str, fields: Sequence[bytes | str]) -> list[Write]:
    parts = (fields[at : at + FIELDS_A_WRITE] for at in range(0, len(fields), FIELDS_A_WRITE))
    return [("HDEL", key, *part) for part in parts]


async def write_all(client: Redis, writes: Sequence[Write]) -> None:
    """Writes all or none, acknowledging nothing: for progress inside a message that takes long."""
    async with client.pipeline(transaction=True) as pipe:
        for one in writes:
            pipe.execute_command(*one)
        await pipe.execute()


def expire(key: str, seconds: int) -> Write:
    return ("EXPIRE", key, seconds)


TYPES = {
    "XADD": "stream",
    "HSET": "hash",
    "HDEL": "hash",
    "ZADD": "zset",
    "ZREM": "zset",
    "ZREMRANGEBYRANK": "zset",
    "SADD": "set",
    "SET": "string",
    "LPUSH": "list",
    "LTRIM": "list",
    "EXPIRE": "",
    "DEL": "",
}
"""The type that a command's key must have; "" for any."""
_script = Script.beside(__file__, "commit.lua")
_pack = msgspec.msgpack.Encoder().encode


async def commit(client: Redis, stream: str, group: str, commits: Sequence[tuple[bytes | str, Commit]]) -> list[Result]:
    """Commits a batch of (message id, commit) of one stream; one result for each, in order."""
    keys: dict[str, int] = {stream: 1}
    types: list[str] = []

    def index(key: str, kind: str) -> int:
        if (at := keys.get(key)) is None:
            at = keys[key] = len(keys) + 1
            types.append(kind)
        return at

    messages = []
    for message_id, step in commits:
        guards = (step.guard, *step.guards) if step.guard else step.guards
        held = [part for guard in guards for part in (index(guard.key, "hash"), guard.field, raw(guard.value))]
        writes = [(w[0], index(w[1], TYPES[w[0]]), *map(raw, w[2:])) for w in step.writes]  # type: ignore[arg-type,index]
        messages.append((raw(message_id), held, writes))
    answers = await _script(client, list(keys), [group, _pack(types), _pack(messages)])
    return [Result(answer) for answer in answers]


def as_string(value: bytes) -> msgspec.Raw:
    """Bytes as a MessagePack string: the server's Lua decoder knows no binary type."""
    return msgspec.Raw(b"\xdb%b%b" % (len(value).to_bytes(4), value))


def raw(value: bytes | str | int) -> msgspec.Raw | str | int:
    return as_string(value) if isinstance(value, bytes) else value
