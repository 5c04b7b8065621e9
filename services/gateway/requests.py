"""What the gateway asks of the notifier, through the stream that the notifier reads anyway."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from shared.deliveries.log import FAILED_KEPT, FailedDelivery, delivery_id, failed_of, recovered_write
from shared.deliveries.waiting import wait_writes
from shared.keys import DELIVERIES, key, subscriber_partition
from shared.messages import DeliveryBatch, encode, event_id
from shared.streams.commit import Write, write_all
from shared.subscriptions.record import Subscription, channel_name

VERIFICATION, TEST = "endpoint.verification", "test"


async def ask_verification(redis: Redis, subscription: Subscription, partitions: int) -> str:
    """Has the endpoint asked whether it wants the traffic; returns the delivery's id."""
    return await _ask(redis, subscription, partitions, kind=VERIFICATION)


async def ask_test(redis: Redis, subscription: Subscription, partitions: int) -> str:
    return await _ask(redis, subscription, partitions, kind=TEST)


async def ask_again(
    redis: Redis, tag: str, subscription: Subscription, deliveries: Sequence[FailedDelivery], *, due_ms: int
) -> None:
    """Has deliveries made again, each under its own id. One that waits for its next try moves, so that none is made
    twice; what had failed is no longer there to be recovered."""
    writes: list[Write] = []
    for one in deliveries:
        batch = DeliveryBatch(
            id=event_id(one.event_id, subscription.id, secrets.token_hex(8)),
            event_id=one.event_id,
            kind=one.kind,
            channel=channel_name(subscription),
            subscriptions=(subscription.id,),
            attempt=one.attempts + 1,
            waited=True,
        )
        writes += wait_writes(tag, batch, due_ms)
    if deliveries:
        failed: Any = await failed_of(redis, tag, subscription.id, 0.0, FAILED_KEPT)
        again = {one.event_id for one in deliveries}
        if known := [one for one in failed if one.event_id in again]:
            writes.append(recovered_write(tag, subscription.id, known))
        await write_all(redis, writes)


async def _ask(redis: Redis, subscription: Subscription, partitions: int, *, kind: str) -> str:
    event = event_id(kind, subscription.id, secrets.token_hex(8))
    batch = DeliveryBatch(
        id=event_id(event, subscription.id, secrets.token_hex(8)),
        event_id=event,
        kind=kind,
        channel=channel_name(subscription),
        subscriptions=(subscription.id,),
    )
    tag = subscriber_partition(subscription.id, partitions)
    await redis.xadd(key(tag, DELIVERIES), {"m": encode(batch)})
    return delivery_id(subscription.id, event)
