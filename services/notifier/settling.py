"""Writing down what became of deliveries: one call for many."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from redis.asyncio import Redis

from services.notifier.circuits import Circuit, decode, encode
from shared.commit import TYPES, Write, raw
from shared.delivery_log import KEEP_SECONDS, RECORDS_KEPT, DeliveryRecord, encode_record, log_key
from shared.script import Script
from shared.waiting import circuits_key

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


async def swap_circuit(
    client: Redis, tag: str, subscription: str, before: bytes, after: Circuit
) -> tuple[Circuit | None, bytes] | None:
    """Writes a circuit over the one it was computed from; None, or what somebody else has written meanwhile."""
    held: bytes = await _swap(client, [circuits_key(tag)], [subscription, before, encode(after)])
    return None if held == before else (decode(held), held)
