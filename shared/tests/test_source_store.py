from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.keys import ENTRIES, PAGES, key
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source
from shared.sources.store import Claimed, Settlement, SourceStore, blog_key

TAG = "{p0}"
STORM = Source(id="storm", url="https://news.example/storm", title="Storm over Pirna", timezone="Europe/Berlin")
LEASE = 30.0


@pytest.fixture
def store(redis: Redis) -> SourceStore:
    return SourceStore(redis, 1)


async def put_due(store: SourceStore, *ids: str) -> None:
    for name in ids:
        await store.put(Source(id=name, url=f"https://news.example/{name}"), within=0)


async def claim_one(store: SourceStore, lease: float = LEASE) -> Claimed:
    [claimed] = (await store.claim(TAG, 10, lease)).sources
    return claimed


async def bodies(redis: Redis, stream: str) -> list[bytes]:
    return [fields[b"m"] for _, fields in await redis.xrange(key(TAG, stream))]


async def due(redis: Redis, source: str) -> float:
    score = await redis.zscore(key(TAG, "due"), source)
    assert score is not None
    return float(score)


async def server_ms(redis: Redis) -> int:
    seconds, microseconds = await redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


async def test_keeps_sources_in_their_partitions(redis: Redis) -> None:
    store = SourceStore(redis, 4)
    made = [Source(id=f"blog-{n}", url=f"https://news.example/{n}") for n in range(20)]
    for source in made:
        assert await store.put(source, within=0)
    assert await store.all() == sorted(made, key=lambda source: source.id)
    assert await store.get("blog-7") == made[7]
    assert await store.get("nobody") is None
    shares = [[claim.source for claim in (await store.claim(tag, 100, LEASE)).sources] for tag in store.tags]
    assert all(shares)
    assert sorted((source for share in shares for source in share), key=lambda source: source.id) == await store.all()


async def test_a_new_source_is_due_soon_at_random(redis: Redis, store: SourceStore) -> None:
    before = await server_ms(redis)
    for n in range(50):
        await store.put(Source(id=f"blog-{n}", url="https://news.example/", every=300), within=60)
    times = [await due(redis, f"blog-{n}") - before for n in range(50)]
    assert min(times) >= 0
    assert max(times) <= 61_000
    assert max(times) - min(times) > 20_000


async def test_putting_a_source_again_as_it_is_changes_nothing(redis: Redis, store: SourceStore) -> None:
    await store.put(STORM)
    at = await due(redis, "storm")
    assert not await store.put(STORM)
    assert await due(redis, "storm") == at


async def test_a_changed_source_is_due_at_once_and_its_poll_is_void(redis: Redis, store: SourceStore) -> None:
    await store.put(STORM, within=0)
    old = await claim_one(store)
    moved = msgspec.structs.replace(STORM, url="https://news.example/storm-2")
    assert await store.put(moved, within=0)
    assert await store.settle(TAG, [Settlement(claimed=old, next_due=0, page=b"old page")]) == [False]
    assert (await claim_one(store)).source == moved
    assert await bodies(redis, PAGES) == []


async def test_claims_what_is_due_and_says_when_the_next_is(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "one", "two")
    await store.put(STORM, within=15)
    await redis.zadd(key(TAG, "due"), {"storm": await server_ms(redis) + 5000})
    claims = await store.claim(TAG, 10, LEASE)
    assert {claim.source.id for claim in claims.sources} == {"one", "two"}
    assert claims.wait is not None
    assert 4 < claims.wait <= 5
    assert (await store.claim(TAG, 10, LEASE)).sources == []


async def test_an_empty_partition_has_nothing_to_wait_for(store: SourceStore) -> None:
    claims = await store.claim(TAG, 10, LEASE)
    assert claims.sources == []
    assert claims.wait is None


async def test_claims_no_more_than_asked_the_most_overdue_first(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "one", "two", "three")
    await redis.zadd(key(TAG, "due"), {"two": 1, "three": 2, "one": 3})
    claims = await store.claim(TAG, 2, LEASE)
    assert [claim.source.id for claim in claims.sources] == ["two", "three"]
    assert [claim.due for claim in claims.sources] == [1, 2]
    assert claims.wait == 0


async def test_two_fetchers_never_hold_one_source(store: SourceStore, redis: Redis) -> None:
    await put_due(store, *(f"blog-{n}" for n in range(100)))
    other = SourceStore(redis, 1)
    found = await asyncio.gather(*(each.claim(TAG, 7, LEASE) for _ in range(20) for each in (store, other)))
    ids = [claim.source.id for claims in found for claim in claims.sources]
    assert len(ids) == len(set(ids)) == 100


async def test_a_settled_poll_writes_state_messages_and_time_together(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    claimed = await claim_one(store)
    state = FetchState(url="https://news.example/storm", etag='"storm-7"', seq=7)
    at = await server_ms(redis) + 15_000
    page = b"\x00\xffpage"
    settlement = Settlement(claimed=claimed, next_due=at, state=state, page=page, events=[b"failing", b"recovered"])
    assert await store.settle(TAG, [settlement]) == [True]
    assert await bodies(redis, PAGES) == [page]
    assert await bodies(redis, ENTRIES) == [b"failing", b"recovered"]
    assert await store.state("storm") == state
    assert await due(redis, "storm") == at
    await redis.zadd(key(TAG, "due"), {"storm": 0})
    assert (await claim_one(store)).state == state


async def test_settling_twice_writes_once(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    settlement = Settlement(claimed=await claim_one(store), next_due=0, page=b"page")
    assert await store.settle(TAG, [settlement]) == [True]
    assert await store.settle(TAG, [settlement]) == [False]
    assert await bodies(redis, PAGES) == [b"page"]


async def test_a_dead_fetchers_sources_are_taken_over_and_it_writes_nothing_any_more(
    redis: Redis, store: SourceStore
) -> None:
    await put_due(store, "storm")
    dead = await claim_one(store, lease=0.05)
    alive = await eventually_claimed(store)
    assert alive.token != dead.token
    late = Settlement(claimed=dead, next_due=0, state=FetchState(seq=99), page=b"late")
    assert await store.settle(TAG, [late]) == [False]
    assert await store.settle(TAG, [Settlement(claimed=alive, next_due=0, page=b"fresh")]) == [True]
    assert await store.settle(TAG, [late]) == [False]
    assert await bodies(redis, PAGES) == [b"fresh"]
    assert (await store.state("storm")).seq == 0


async def test_a_lease_goes_on_for_whoever_holds_it(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm", "flood")
    storm, flood = sorted((await store.claim(TAG, 10, 0.05)).sources, key=lambda claim: claim.source.id, reverse=True)
    assert await store.renew(TAG, [storm, replace(flood, token="another's")], 60) == 1
    assert (await eventually_claimed(store)).source.id == "flood"
    assert (await store.claim(TAG, 10, LEASE)).sources == []
    assert await store.settle(TAG, [Settlement(claimed=storm, next_due=0, page=b"storm")]) == [True]
    assert await store.renew(TAG, [storm], 60) == 0


async def test_of_several_polls_each_is_settled_for_itself(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "one", "two", "three")
    one, three, two = sorted((await store.claim(TAG, 10, LEASE)).sources, key=lambda claim: claim.source.id)
    await store.remove("two")
    settlements = [
        Settlement(claimed=one, next_due=0, page=b"1", events=[b"a", b"b"]),
        Settlement(claimed=two, next_due=0, page=b"2", events=[b"c"]),
        Settlement(claimed=three, next_due=0, page=b"3"),
    ]
    assert await store.settle(TAG, settlements) == [True, False, True]
    assert await bodies(redis, PAGES) == [b"1", b"3"]
    assert await bodies(redis, ENTRIES) == [b"a", b"b"]


async def test_a_time_in_the_past_means_now(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    before = await server_ms(redis)
    await store.settle(TAG, [Settlement(claimed=await claim_one(store), next_due=12)])
    assert await due(redis, "storm") >= before


async def test_knows_what_the_parser_has_taken_in(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    claimed = await claim_one(store)
    assert await store.parsed_seq(claimed) == 0
    await redis.hset(blog_key(TAG, "storm"), mapping={"seq": "41", "blog": b"\x81"})
    assert await store.parsed_seq(claimed) == 41


async def test_removing_forgets_everything(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    claimed = await claim_one(store)
    await store.settle(TAG, [Settlement(claimed=claimed, next_due=0, state=FetchState(seq=5))])
    await redis.hset(blog_key(TAG, "storm"), "seq", "5")
    assert await store.remove("storm")
    assert not await store.remove("storm")
    assert await redis.keys("*") == []
    assert await store.state("storm") == FetchState()


async def test_a_poll_of_a_removed_source_brings_it_not_back(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    claimed = await claim_one(store)
    await store.remove("storm")
    settlement = Settlement(claimed=claimed, next_due=0, state=FetchState(seq=5), page=b"page")
    assert await store.settle(TAG, [settlement]) == [False]
    assert await redis.keys("*") == []


async def test_a_due_time_without_a_source_is_dropped(redis: Redis, store: SourceStore) -> None:
    await redis.zadd(key(TAG, "due"), {"ghost": 1})
    assert (await store.claim(TAG, 10, LEASE)).sources == []
    assert await redis.keys("*") == []


async def test_a_newer_versions_record_is_read_as_far_as_known(redis: Redis, store: SourceStore) -> None:
    newer = msgspec.msgpack.encode({"id": "storm", "url": "https://news.example/storm", "paging": {"most": 3}})
    await redis.hset(key(TAG, "sources"), "storm", newer)
    await redis.hset(key(TAG, "fetch"), "storm", msgspec.msgpack.encode({"seq": 7, "mood": "good"}))
    await redis.zadd(key(TAG, "due"), {"storm": 1})
    assert await store.get("storm") == Source(id="storm", url="https://news.example/storm")
    assert (await claim_one(store)).state == FetchState(seq=7)


@pytest.mark.parametrize("record", [b"\xc1", b"", b"text", msgspec.msgpack.encode({"id": "x"})])
async def test_an_unreadable_record_stops_no_other(redis: Redis, store: SourceStore, record: bytes) -> None:
    await put_due(store, "one")
    await redis.hset(key(TAG, "sources"), "broken", record)
    await redis.zadd(key(TAG, "due"), {"broken": 1})
    assert [source.id for source in await store.all()] == ["one"]
    assert (await claim_one(store)).source.id == "one"


async def test_an_unreadable_state_is_learnt_anew(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    await redis.hset(key(TAG, "fetch"), "storm", b"\xc1")
    assert (await claim_one(store)).state == FetchState()


@pytest.mark.parametrize("stream", [PAGES, ENTRIES])
async def test_nothing_is_written_where_a_stream_is_something_else(
    redis: Redis, store: SourceStore, stream: str
) -> None:
    await put_due(store, "storm")
    claimed = await claim_one(store)
    await redis.set(key(TAG, stream), "no stream")
    settlement = Settlement(claimed=claimed, next_due=0, state=FetchState(seq=1), page=b"page", events=[b"event"])
    with pytest.raises(ResponseError):
        await store.settle(TAG, [settlement])
    await redis.delete(key(TAG, stream))
    assert await store.state("storm") == FetchState()
    assert await store.settle(TAG, [settlement]) == [True]


async def test_a_full_server_refuses_before_anything_is_written(redis: Redis, store: SourceStore) -> None:
    await put_due(store, "storm")
    claimed = await claim_one(store)
    settlement = Settlement(claimed=claimed, next_due=0, state=FetchState(seq=1), page=b"page")
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(ResponseError):
            await store.settle(TAG, [settlement])
    finally:
        await redis.config_set("maxmemory", "0")
    assert await store.settle(TAG, [settlement]) == [True]
    assert await bodies(redis, PAGES) == [b"page"]


def test_unread_counts_from_the_sources_own_beginning() -> None:
    assert FetchState().unread == 0
    assert FetchState(seq=1002, seq_base=1000).unread == 2
    assert FetchState(seq=1002, seq_base=1000, parsed_seq=1001).unread == 1
    assert FetchState(seq=1002, seq_base=1000, parsed_seq=1002).unread == 0
    assert FetchState(seq=1002, seq_base=1000, parsed_seq=500).unread == 2, "what an earlier source of the id left"


async def eventually_claimed(store: SourceStore) -> Claimed:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        claims: Any = await store.claim(TAG, 10, LEASE)
        if claims.sources:
            return claims.sources[0]
        await asyncio.sleep(0.005)
    raise AssertionError("the lease never ran out")
