from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from shared.keys import key
from shared.sources.record import Source
from shared.sources.store import SourceStore, blog_key

TAG = "{p0}"


@pytest.mark.parametrize("name", ["sources", "due", "leases", "fetch"])
async def test_nothing_is_forgotten_where_a_key_is_something_else(redis: Redis, name: str) -> None:
    store = SourceStore(redis, 1)
    await store.put(Source(id="storm", url="https://news.example/storm"))
    await redis.hset(blog_key(TAG, "storm"), "seq", "5")
    await redis.delete(key(TAG, name))
    await redis.set(key(TAG, name), "neither a hash nor a sorted set")
    before = sorted(await redis.keys("*"))
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await store.remove("storm")
    assert sorted(await redis.keys("*")) == before
