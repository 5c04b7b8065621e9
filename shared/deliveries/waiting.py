"""Deliveries that wait in Redis for their time: retries, and what an endpoint cannot take now.

Layout, for each slot of subscribers `{d<N>}`: the sorted set `retries` (name → due time in epoch milliseconds) and the
hash `waiting` (name → encoded DeliveryBatch). One subscription's delivery is named by its delivery id, so that asking
for it again moves the one that waits and adds no other. The hash `circuits` (subscription → circuit) holds up what
falls due for an endpoint that fails, except where the time is ASKED.
"""

from __future__ import annotations

from shared.deliveries.log import delivery_id
from shared.keys import key
from shared.messages import DeliveryBatch, encode
from shared.streams.commit import Write

ASKED = 0
"""The due time of what somebody asked for: at once, whatever the circuit says."""


def retries_key(tag: str) -> str:
    return key(tag, "retries")


def waiting_key(tag: str) -> str:
    return key(tag, "waiting")


def circuits_key(tag: str) -> str:
    return key(tag, "circuits")


def waiting_name(batch: DeliveryBatch) -> str:
    if len(batch.subscriptions) == 1:
        return delivery_id(batch.subscriptions[0], batch.event_id)
    return f"rest_{batch.id}"


def wait_writes(tag: str, batch: DeliveryBatch, due_ms: int) -> list[Write]:
    """The writes that have a batch wait; `waited` must be set in it."""
    name = waiting_name(batch)
    return [("HSET", waiting_key(tag), name, encode(batch)), ("ZADD", retries_key(tag), due_ms, name)]


def forget_writes(tag: str, name: str) -> list[Write]:
    return [("ZREM", retries_key(tag), name), ("HDEL", waiting_key(tag), name)]
