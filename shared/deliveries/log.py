"""What became of each delivery, as a subscriber may read it: the latest records of a subscription, the latest first.

Layout: for each subscription the list `delivery-log:<id>`, one record for each attempt, the newest at its head; the
latest record with a delivery's id is its state. And the sorted set `failed:<id>` of the deliveries that were given up
(event id, kind, attempt) by time, from which they are recovered. Both bounded in length, dropped when nothing comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from shared.keys import key
from shared.streams.commit import Write, expire

RECORDS_KEPT = 200
KEEP_SECONDS = 30 * 86_400
RESPONSE_CHARACTERS = 200
EVENT_SECONDS = 5 * 86_400
"""So long an event is kept, and what failed of it can be delivered again. The retry schedule takes 75 h 35 min."""
FAILED_KEPT = 10_000

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


class FailedDelivery(Struct, frozen=True, array_like=True):
    """A delivery that was given up. `attempts` were made."""

    event_id: str
    kind: str
    attempts: int = 1


def delivery_id(subscription: str, event_id: str) -> str:
    """The same for every attempt to tell a subscription of an event; without full stops, which signing parts by."""
    return f"msg_{subscription.removeprefix('sub_')}_{event_id.removeprefix('evt_')}"


def delivery_parts(delivery: str) -> tuple[str, str] | None:
    """(subscription, event id) of a delivery's id, or None where it is none."""
    kind, _, rest = delivery.partition("_")
    subscription, _, event = rest.rpartition("_")
    return (f"sub_{subscription}", f"evt_{event}") if kind == "msg" and subscription and event else None


def log_key(tag: str, subscription: str) -> str:
    return key(tag, "delivery-log", subscription)


def record_write(tag: str, subscription: str, record: DeliveryRecord) -> list[Write]:
    """The writes that add a record, for whoever commits them."""
    log = log_key(tag, subscription)
    return [("LPUSH", log, encode_record(record)), ("LTRIM", log, 0, RECORDS_KEPT - 1), expire(log, KEEP_SECONDS)]


def failed_writes(tag: str, subscription: str, failed: FailedDelivery, at: float) -> list[Write]:
    """The writes that keep a delivery for recovery."""
    kept = key(tag, "failed", subscription)
    return [
        ("ZADD", kept, int(at * 1000), _encode(failed)),
        ("ZREMRANGEBYRANK", kept, 0, -FAILED_KEPT - 1),
        expire(kept, EVENT_SECONDS),
    ]


def recovered_write(tag: str, subscription: str, recovered: Sequence[FailedDelivery]) -> Write:
    return ("ZREM", key(tag, "failed", subscription), *map(_encode, recovered))


async def deliveries_of(client: Redis, tag: str, subscription: str) -> list[DeliveryRecord]:
    """The state of each delivery, the latest first."""
    found: Any = await client.lrange(log_key(tag, subscription), 0, RECORDS_KEPT - 1)
    latest: dict[str, DeliveryRecord] = {}
    for raw in found:
        record = _record.decode(raw)
        latest.setdefault(record.id, record)
    return list(latest.values())


async def failed_of(client: Redis, tag: str, subscription: str, since: float, most: int) -> list[FailedDelivery]:
    """What was given up since a time, the oldest first, at most so many."""
    kept = key(tag, "failed", subscription)
    found: Any = await client.zrangebyscore(kept, int(since * 1000), "+inf", start=0, num=most)
    return [_failed.decode(raw) for raw in found]


async def forget_deliveries(client: Redis, tag: str, subscription: str) -> None:
    await client.delete(log_key(tag, subscription), key(tag, "failed", subscription))


encode_record = msgspec.msgpack.Encoder().encode
_encode = msgspec.msgpack.Encoder().encode
_record = msgspec.msgpack.Decoder(DeliveryRecord)
_failed = msgspec.msgpack.Decoder(FailedDelivery)
