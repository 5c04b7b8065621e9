from __future__ import annotations

import asyncio
import random

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.keys import key, subscriber_partition
from shared.subscriptions.record import ACTIVE, PAUSED, Filter, PushKeys, Subscription, WebhookChannel, WebPushChannel
from shared.subscriptions.store import ConflictError, ReloadNeededError, SubscriptionStore

TAG = "{d0}"
SOON_MS = 10
PUSH = WebPushChannel(endpoint="https://push.example/1", keys=PushKeys(p256dh="key", auth="secret"))


def made(name: str = "sub_1", **fields: object) -> Subscription:
    known = {"channel": WebhookChannel(url="https://hook.example/"), "token_hash": "0" * 64, "created_at": 1.0}
    return Subscription(id=name, **{**known, **fields})  # type: ignore[arg-type]


@pytest.fixture
def store(redis: Redis) -> SubscriptionStore:
    return SubscriptionStore(redis, 1)


async def kept(store: SubscriptionStore) -> dict[str, Subscription]:
    return {one.id: one async for one in store.all()}


async def test_a_subscription_comes_back_as_it_was_written(store: SubscriptionStore) -> None:
    webhook, push = made(filter=Filter(words=("ferry",), places=("DK", 2622447))), made("sub_2", channel=PUSH)
    await store.create(webhook)
    await store.create(push)
    assert await store.get("sub_1") == webhook
    assert await store.get("sub_2") == push
    assert await store.get("sub_3") is None
    assert await store.many(TAG, ["sub_2", "sub_3", "sub_1"]) == [push, webhook]
    assert await store.many(TAG, []) == []
    assert await store.count() == 2


async def test_each_lies_in_its_own_slot_and_all_are_found(redis: Redis) -> None:
    store = SubscriptionStore(redis, 4)
    for n in range(40):
        await store.create(made(f"sub_{n}"))
    for tag in store.tags():
        names = [one.id async for one in store.scan(tag)]
        assert names
        assert {subscriber_partition(name, 4) for name in names} == {tag}
    assert len(await kept(store)) == await store.count() == 40


async def test_of_writes_that_go_together_each_is_judged_by_itself(redis: Redis, store: SubscriptionStore) -> None:
    await store.create(made("sub_there"))
    names = ["sub_1", "sub_there", "sub_2"]
    found = await asyncio.gather(*(store.create(made(name)) for name in names), return_exceptions=True)
    assert [type(one) for one in found] == [type(None), ConflictError, type(None)]
    assert sorted(await kept(store)) == ["sub_1", "sub_2", "sub_there"]
    assert await redis.xlen(key(TAG, "subscription-changes")) == 3


async def test_a_write_over_a_version_that_has_moved_on_changes_nothing(store: SubscriptionStore) -> None:
    first = made()
    await store.create(first)
    second = await store.update(msgspec.structs.replace(first, status=PAUSED))
    assert second.version == first.version + 1
    position = await store.position(TAG)
    for late in (
        store.update(msgspec.structs.replace(first, status=ACTIVE)),
        store.delete(first),
        store.create(first),
    ):
        with pytest.raises(ConflictError):
            await late
    assert await store.get("sub_1") == second
    assert await store.position(TAG) == position, "nobody is told of a change that did not happen"


async def test_of_many_who_change_one_version_one_succeeds(store: SubscriptionStore) -> None:
    first = made()
    await store.create(first)
    changes = [store.update(msgspec.structs.replace(first, status_reason=str(n))) for n in range(20)]
    answers = await asyncio.gather(*changes, return_exceptions=True)
    [winner] = [answer for answer in answers if isinstance(answer, Subscription)]
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 19
    assert await store.get("sub_1") == winner


async def test_what_was_deleted_is_not_brought_back_by_an_update(store: SubscriptionStore) -> None:
    first = made()
    await store.create(first)
    await store.delete(first)
    with pytest.raises(ConflictError):
        await store.update(first)
    assert await kept(store) == {}
    await store.create(first)
    assert await store.get("sub_1") == first


async def test_changes_after_a_position_are_told(store: SubscriptionStore) -> None:
    one, two, three = (made(f"sub_{n}") for n in (1, 2, 3))
    await store.create(one)
    await store.create(two)
    start = await store.position(TAG)
    await store.delete(one)
    two = await store.update(two)
    await store.create(three)
    position, changed = await store.changes(TAG, start, block_ms=SOON_MS)
    assert changed == {"sub_1", "sub_2", "sub_3"}
    assert await store.many(TAG, sorted(changed)) == [two, three]
    assert await store.changes(TAG, position, block_ms=SOON_MS) == (position, set())


async def test_who_waits_is_told_at_once(store: SubscriptionStore) -> None:
    waiting = asyncio.create_task(store.changes(TAG, await store.position(TAG), block_ms=20_000))
    await asyncio.sleep(0)
    await store.create(made())
    async with asyncio.timeout(5):
        assert (await waiting)[1] == {"sub_1"}


async def test_who_follows_ends_with_what_is_kept(store: SubscriptionStore) -> None:
    """A replica that loads while others write, and then follows, knows exactly what the store holds."""
    draw = random.Random(7)
    position = await store.position(TAG)
    mirror: dict[str, Subscription] = {}
    for _ in range(30):
        for _ in range(draw.randint(0, 8)):
            name = f"sub_{draw.randint(1, 6)}"
            known = await store.get(name)
            if known is None:
                await store.create(made(name))
            elif draw.random() < 0.4:
                await store.delete(known)
            else:
                await store.update(known)
        position, changed = await store.changes(TAG, position, block_ms=1)
        mirror = {name: one for name, one in mirror.items() if name not in changed}
        mirror |= {one.id: one for one in await store.many(TAG, list(changed))}
        assert mirror == await kept(store)


@pytest.mark.parametrize("new_ones", [0, 1])
async def test_a_follower_whose_place_is_gone_must_load_again(
    store: SubscriptionStore, redis: Redis, new_ones: int
) -> None:
    await store.create(made())
    position = await store.position(TAG)
    await redis.flushall()
    await past(redis, position)  # ids count milliseconds: a new stream may begin with the very id that is gone
    for n in range(new_ones):
        await store.create(made(f"sub_new_{n}"))
    with pytest.raises(ReloadNeededError):
        await store.changes(TAG, position, block_ms=SOON_MS)


async def test_a_follower_that_missed_trimmed_changes_must_load_again(store: SubscriptionStore, redis: Redis) -> None:
    await store.create(made("sub_0"))
    position = await store.position(TAG)
    for n in range(1, 6):
        await store.create(made(f"sub_{n}"))
    await redis.xtrim(key(TAG, "subscription-changes"), maxlen=2, approximate=False)
    with pytest.raises(ReloadNeededError):
        await store.changes(TAG, position, block_ms=SOON_MS)


async def test_one_record_that_cannot_be_read_stops_no_other(store: SubscriptionStore, redis: Redis) -> None:
    """Such as a filter with a key of a newer version: to match it without that key would alert too often."""
    await store.create(made())
    newer = msgspec.to_builtins(made("sub_newer"))
    newer["filter"] = {"moods": ["grim"]}
    for name, record in (("sub_newer", msgspec.msgpack.encode(newer)), ("sub_broken", b"\xc1")):
        await redis.hset(key(TAG, "subscriptions"), name, record)
    assert set(await kept(store)) == {"sub_1"}
    assert [one.id for one in await store.many(TAG, ["sub_broken", "sub_1", "sub_newer"])] == ["sub_1"]
    assert await store.get("sub_newer") is None


async def test_what_cannot_be_told_is_not_written(store: SubscriptionStore, redis: Redis) -> None:
    await redis.set(key(TAG, "subscription-changes"), "not a stream")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await store.create(made())
    assert await store.get("sub_1") is None
    await redis.delete(key(TAG, "subscription-changes"))
    await store.create(made())


async def past(redis: Redis, position: str) -> None:
    """Until the server's clock has passed the millisecond of a stream's position."""
    while True:
        seconds, micros = await redis.time()
        if seconds * 1000 + micros // 1000 > int(position.partition("-")[0]):
            return
