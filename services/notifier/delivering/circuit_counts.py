"""How many endpoints fail, and how many of them are left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import DecodeError
from redis.asyncio import Redis

from services.notifier.delivering.circuits import Circuit, decode, is_open
from services.notifier.metrics import CIRCUITS
from shared.deliveries.waiting import circuits_key

OPEN, PROBING, FAILING = "open", "probing", "failing"
SECONDS = 15.0
PAGE = 1000


async def count_circuits(client: Redis, tags: Iterable[str]) -> None:
    """One round over the circuits of all slots; only endpoints that fail have one."""
    counts: Counter[str] = Counter()
    for tag in tags:
        async for _, raw in client.hscan_iter(circuits_key(tag), count=PAGE):
            if (state := _state(raw)) is not None:
                counts[state] += 1
    for state in (OPEN, PROBING, FAILING):
        CIRCUITS.labels(state).set(counts[state])


def _state(raw: Any) -> str | None:
    try:
        circuit: Circuit | None = decode(raw)
    except DecodeError:  # a newer version's
        return None
    if circuit is None or not is_open(circuit):
        return FAILING
    return PROBING if circuit.probing else OPEN
