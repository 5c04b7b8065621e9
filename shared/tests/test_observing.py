from __future__ import annotations

import socket
import time
from typing import cast

import docker
import pytest
from redis.asyncio import Redis, RedisCluster

from conftest import REDIS_IMAGE, require_docker
from shared.deliveries.waiting import retries_key
from shared.keys import DELIVERIES, key
from shared.sources.record import Source
from shared.sources.store import SourceStore
from shared.telemetry.metrics import REGISTRY
from shared.telemetry.observing import Observer
from shared.telemetry.redis_state import MEMORY_USED, show
from shared.telemetry.source_state import SHOWN_ALONE, SOURCES, measure_sources
from tests.stack import until


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_what_waits_for_its_next_attempt_and_how_long_it_has_been_due(redis: Redis) -> None:
    observer = Observer(redis, partitions=1, subscriber_partitions=1)
    now = int(time.time() * 1000)
    await redis.zadd(retries_key("{d0}"), {"asked": 0, "late": now - 90_000, "later": now + 90_000})
    await redis.xgroup_create(key("{d0}", DELIVERIES), "notifier", mkstream=True)
    await observer.streams()
    assert value("livebell_retries_waiting", tag="{d0}") == 3
    assert 89 < (value("livebell_retries_overdue_seconds", tag="{d0}") or 0) < 100
    assert value("livebell_group_lag", stream="deliveries", tag="{d0}", group="notifier") == 0


async def test_each_stream_is_looked_at_however_many_partitions_there_are(redis: Redis) -> None:
    observer = Observer(redis, partitions=50, subscriber_partitions=40)
    await redis.xadd(key("{p49}", "enriched"), {"m": b""})
    await redis.xadd(key("{d39}", "deliveries"), {"m": b""})
    for _ in range(3):
        await observer.streams()
    assert value("livebell_stream_length", stream="enriched", tag="{p49}") == 1
    assert value("livebell_stream_length", stream="deliveries", tag="{d39}") == 1


async def test_redis_itself_is_measured(redis: Redis) -> None:
    await Observer(redis, partitions=1, subscriber_partitions=1).redis()
    assert value("livebell_redis_up") == 1
    assert (value("livebell_redis_memory_used_bytes", node="redis") or 0) > 100_000
    assert (value("livebell_redis_memory_limit_bytes", node="redis") or 0) > 1_000_000
    assert value("livebell_redis_persistence", node="redis") in {0, 1}


def test_a_write_that_failed_shows_whichever_it_was() -> None:
    well = {"used_memory": 1, "aof_enabled": 1, "aof_last_write_status": "ok", "rdb_last_bgsave_status": "ok"}
    for failed in ({}, {"aof_last_write_status": "err"}, {"rdb_last_bgsave_status": "err"}):
        show("redis", well | failed)
        assert value("livebell_redis_persistence_failed", node="redis") == bool(failed)


async def test_so_many_sources_have_series_of_their_own_and_no_more(redis: Redis) -> None:
    store = SourceStore(redis, 2)
    for number in range(SHOWN_ALONE + 30):
        await store.put(Source(id=f"blog-{number}", url=f"https://news.example/{number}"))
    await redis.zadd(key("{p0}", "due"), dict.fromkeys(await redis.zrange(key("{p0}", "due"), 0, 0), 1000))
    await measure_sources(store)
    families = {family.name: family for family in SOURCES.collect()}
    assert value("livebell_sources", state="new") == SHOWN_ALONE + 30
    assert value("livebell_sources_left_out") == 30
    assert len(families["livebell_source_state"].samples) == SHOWN_ALONE
    assert (value("livebell_sources_overdue_seconds") or 0) > 1_000_000
    assert max(s.value for s in families["livebell_source_overdue_seconds"].samples) > 1_000_000, "the worst is shown"


@pytest.mark.docker
async def test_each_primary_of_a_cluster_is_a_node() -> None:
    require_docker()
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1] % 50_000  # the cluster's bus lies 10,000 above
    command = f"redis-server --port {port} --cluster-enabled yes --bind 127.0.0.1"
    container = docker.from_env().containers.run(REDIS_IMAGE, command, network_mode="host", detach=True)
    try:
        await until(lambda: container.exec_run(f"redis-cli -p {port} cluster addslotsrange 0 16383").output == b"OK\n")
        await until(lambda: b"cluster_state:ok" in container.exec_run(f"redis-cli -p {port} cluster info").output)
        client = RedisCluster.from_url(f"redis://127.0.0.1:{port}", protocol=2)
        observer = Observer(cast("Redis", client), partitions=3, subscriber_partitions=2)
        for round_ in (observer.redis, observer.streams, observer.sources):
            await round_()
        used = {sample.labels["node"]: sample.value for sample in MEMORY_USED.collect()[0].samples}
        assert [name.rpartition(":")[2] for name in used] == [str(port)]
        assert min(used.values()) > 100_000
        await client.aclose()
    finally:
        container.remove(force=True)
