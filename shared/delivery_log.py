"""What became of each delivery, as a subscriber may read it: the latest records of a subscription, oldest first.

Layout: for each subscription the stream `deliveries-of:<id>`, one record for each attempt and one when a delivery is
asked for; the latest record with a delivery's id is its state. Bounded in length, dropped after a month of silence.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from shared.commit import Write, expire
from shared.keys import key

RECORDS_KEPT = 200
KEEP_SECONDS = 30 * 86_400
RESPONSE_CHARACTERS = 200

DELIVERED, RETRYING, FAILED = "delivered", "retrying", "failed"


class DeliveryRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attempt. `id` is the `webhook-id`, the same for every attempt; times in epoch seconds."""

    id: str
    event_id: str
    kind: str
    status: str
    attempt: int
    at: float
    response_status: int | None = None
    response_start: str = ""
    error: str | None = None
    next_attempt_at: float | None = None


def delivery_id(subscription: str, event_id: str) -> str:
    """The same for every attempt to tell a subscription of an event; without full stops, which signing parts by."""
    return f"msg_{subscription.removeprefix('sub_')}_{event_id.removeprefix('evt_')}"


def delivery_parts(delivery: str) -> tuple[str, str] | None:
    """(subscription, event id) of a delivery's id, or None where it is none."""
    kind, _, rest = delivery.partition("_")
    subscription, _, event = rest.rpartition("_")
    return (f"sub_{subscription}", f"evt_{event}") if kind == "msg" and subscription and event else None


def record_write(tag: str, subscription: str, record: DeliveryRecord) -> list[Write]:
    """The writes that add a record, for whoever commits them."""
    stream = key(tag, "deliveries-of", subscription)
    body = msgspec.msgpack.encode(record)
    return [
        ("XADD", stream, "MAXLEN", "~", RECORDS_KEPT, "*", "m", body),
        expire(stream, KEEP_SECONDS),
    ]


async def deliveries_of(client: Redis, tag: str, subscription: str) -> list[DeliveryRecord]:
    """The state of each delivery, the latest first."""
    found: Any = await client.xrevrange(key(tag, "deliveries-of", subscription), count=RECORDS_KEPT)
    latest: dict[str, DeliveryRecord] = {}
    for _, fields in found:
        record = msgspec.msgpack.decode(fields[b"m"], type=DeliveryRecord)
        latest.setdefault(record.id, record)
    return list(latest.values())


async def forget_deliveries(client: Redis, tag: str, subscription: str) -> None:
    await client.delete(key(tag, "deliveries-of", subscription))
