"""Writing down what became of deliveries: one call for many."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from services.notifier.delivering.circuits import Circuit, encode
from shared.deliveries.log import KEEP_SECONDS, RECORDS_KEPT, DeliveryRecord, encode_record, log_key
from shared.deliveries.waiting import circuits_key
from shared.streams.commit import TYPES, Write, raw
from shared.streams.script import Script

PROGRESS_SECONDS = 86_400
_settle = Script.beside(__file__, "settle.lua")
_swap = Script.beside(__file__, "swap.lua")
_pack = msgspec.msgpack.Encoder().encode


async def settle(
    client: Redis,
    tag: str,
    progress: str,
    *,
    served: Sequence[str] = (),
    records: Sequence[tuple[str, DeliveryRecord]] = (),
    writes: Sequence[Write] = (),
) -> None:
    """In one step: the subscriptions served of the batch whose progress lies under `progress`, the records by
    subscription, and other writes in the slot."""
    logs = [log_key(tag, subscription) for subscription, _ in records]
    keys = [progress, *logs]
    types = ["set", *["list"] * len(logs)]
    places: dict[str, int] = {}
    packed = []
    for command, name, *arguments in writes:
        if (place := places.get(str(name))) is None:
            keys.append(str(name))
            types.append(TYPES[str(command)])
            place = places[str(name)] = len(keys)
        types[place - 1] = types[place - 1] or TYPES[str(command)]
        packed.append((command, place, *map(raw, arguments)))
    head = _pack((len(logs), RECORDS_KEPT, KEEP_SECONDS, PROGRESS_SECONDS))
    bodies = [encode_record(record) for _, record in records]
    await _settle(client, keys, [head, _pack(types), _pack(served), _pack(packed), *bodies])


class Swap(Struct, frozen=True, gc=False):
    """A circuit to be written over the one that it was computed from, as that lies in Redis (b"" for none)."""

    subscription: str
    before: bytes
    after: Circuit


async def swap_circuits(client: Redis, tag: str, swaps: Sequence[Swap]) -> list[bytes]:
    """What Redis held for each: its `before` where it was written, else what somebody has written meanwhile."""
    arguments: list[str | bytes] = []
    for one in swaps:
        arguments += (one.subscription, one.before, encode(one.after))
    held: list[bytes] = await _swap(client, [circuits_key(tag)], arguments)
    return held
