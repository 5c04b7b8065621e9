"""What `docs/capacity.md` says that Redis needs for each subscription, measured."""

from __future__ import annotations

import base64
import os
import time

from redis.asyncio import Redis

from shared.deliveries.log import DELIVERED, DeliveryRecord, record_write
from shared.streams.commit import write_all
from shared.subscriptions.record import ACTIVE, Filter, PushKeys, Subscription, WebPushChannel
from shared.subscriptions.store import SubscriptionStore

SUBSCRIPTION_BYTES, FIRST_RECORD_BYTES, RECORD_BYTES = 800, 400, 220
COUNT = 4000


async def test_a_subscription_and_its_log_take_no_more_memory_than_is_said(redis: Redis) -> None:
    store = SubscriptionStore(redis, 1)
    made = [browser() for _ in range(COUNT)]
    for one in made[: COUNT // 2]:  # so that what grows by doubling has done so
        await store.create(one)
    before = await used(redis)
    for one in made[COUNT // 2 :]:
        await store.create(one)
    subscribed = await used(redis)
    for one in made:
        await write_all(redis, record_write("{d0}", one.id, record(0)))
    first = await used(redis)
    for number in range(1, 4):
        for one in made:
            await write_all(redis, record_write("{d0}", one.id, record(number)))
    last = await used(redis)
    assert 300 < (subscribed - before) / (COUNT // 2) < SUBSCRIPTION_BYTES * 1.25
    assert (first - subscribed) / COUNT < FIRST_RECORD_BYTES * 1.25
    assert (last - first) / COUNT / 3 < RECORD_BYTES * 1.25


def browser() -> Subscription:
    keys = PushKeys(p256dh=random_text(65), auth=random_text(16))
    return Subscription(
        id=f"sub_{os.urandom(10).hex()}",
        channel=WebPushChannel(endpoint=f"https://fcm.googleapis.com/fcm/send/{random_text(110)}", keys=keys),
        filter=Filter(words=("storm", "harbour"), places=("DK",)),
        status=ACTIVE,
        token_hash=os.urandom(32).hex(),
        created_at=time.time(),
    )


def record(number: int) -> DeliveryRecord:
    event = f"{number:032x}"
    return DeliveryRecord(
        id=f"msg_{'0' * 20}_{event}", event_id=f"evt_{event}", kind="entry.created", status=DELIVERED, attempt=1,
        at=time.time(), response_status=201,
    )  # fmt: skip


def random_text(size: int) -> str:
    return base64.urlsafe_b64encode(os.urandom(size)).decode().rstrip("=")


async def used(redis: Redis) -> int:
    return int((await redis.info("memory"))["used_memory"])
