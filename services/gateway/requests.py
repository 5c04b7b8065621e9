"""What the gateway asks of the notifier, through the stream that the notifier reads anyway."""

from __future__ import annotations

import secrets

from redis.asyncio import Redis

from shared.delivery_log import DeliveryRecord, delivery_id
from shared.keys import DELIVERIES, key, subscriber_partition
from shared.messages import DeliveryBatch, encode, event_id
from shared.subscriptions import Subscription, WebhookChannel

VERIFICATION, TEST = "endpoint.verification", "test"


async def ask_verification(redis: Redis, subscription: Subscription, partitions: int) -> str:
    """Has the endpoint asked whether it wants the traffic; returns the delivery's id."""
    return await _ask(redis, subscription, partitions, kind=VERIFICATION)


async def ask_test(redis: Redis, subscription: Subscription, partitions: int) -> str:
    return await _ask(redis, subscription, partitions, kind=TEST)


async def ask_retry(redis: Redis, subscription: Subscription, record: DeliveryRecord, partitions: int) -> str:
    """Has a delivery made again, under its own id."""
    return await _ask(
        redis, subscription, partitions, kind=record.kind, event=record.event_id, attempt=record.attempt + 1
    )


async def _ask(
    redis: Redis, subscription: Subscription, partitions: int, *, kind: str, event: str | None = None, attempt: int = 1
) -> str:
    event = event or event_id(kind, subscription.id, secrets.token_hex(8))
    batch = DeliveryBatch(
        id=event_id(event, subscription.id, secrets.token_hex(8)),
        event_id=event,
        kind=kind,
        channel="webhook" if isinstance(subscription.channel, WebhookChannel) else "webpush",
        subscriptions=(subscription.id,),
        attempt=attempt,
    )
    tag = subscriber_partition(subscription.id, partitions)
    await redis.xadd(key(tag, DELIVERIES), {"m": encode(batch)})
    return delivery_id(subscription.id, event)
