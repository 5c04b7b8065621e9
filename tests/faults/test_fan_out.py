"""One entry to thousands of endpoints: some hang, and the notifier is killed in the middle of it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import defaultdict
from pathlib import Path

import pytest
from redis.asyncio import Redis

from benchmarks.support.notifier import happen, idle, notifier, percentile, subscribe
from benchmarks.support.receiver import receiver
from benchmarks.webhook import subscription
from tests.stack import until

ENDPOINTS = int(os.environ.get("LIVEBELL_FAN_OUT", "2000"))


async def test_a_killed_notifier_repeats_at_most_what_was_in_flight(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    settings = {"LIVEBELL_CLAIM_IDLE": "1", "LIVEBELL_DELIVERIES_AT_ONCE": "50", "LIVEBELL_BATCHES_AT_ONCE": "4"}
    with receiver() as endpoints:
        url = f"http://127.0.0.1:{endpoints.port}/ok"
        await subscribe(redis, (subscription(f"{n:020x}", f"{url}/{n}", "storm") for n in range(ENDPOINTS)))
        async with notifier(redis_url, redis, tmp_path, **settings) as pid:
            await happen(redis, 0)
            await until(lambda: endpoints.count > ENDPOINTS // 4, 30)
            os.kill(pid, signal.SIGKILL)
        assert endpoints.count < ENDPOINTS, "it was killed in the middle"
        async with notifier(redis_url, redis, tmp_path, **settings, LIVEBELL_CONSUMER="another"):
            await until(lambda: idle(redis), 60, lambda: endpoints.count)
        arrivals, _ = endpoints.take()
    ids = defaultdict(list)
    for path, _, delivery in arrivals:
        ids[path].append(delivery)
    assert len(ids) == ENDPOINTS, "none is lost"
    repeated = {path: each for path, each in ids.items() if len(each) > 1}
    assert len(repeated) <= 50 + 4 * 64, "requests under way, and answers of four batches not yet written down"
    assert all(len(set(each)) == 1 for each in repeated.values()), "a repeat bears the same id"


@pytest.mark.slow
async def test_a_large_fan_out_under_the_axe(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    for number in range(3):
        await redis.flushall()
        folder = tmp_path / str(number)
        folder.mkdir()
        await test_a_killed_notifier_repeats_at_most_what_was_in_flight(redis, redis_url, folder)


async def test_endpoints_that_hang_delay_no_other(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    entries, timeout = 4, 20.0
    settings = {"LIVEBELL_DELIVERIES_AT_ONCE": "50", "LIVEBELL_DELIVERY_TIMEOUT": str(timeout)}
    with receiver() as endpoints:
        base = f"http://127.0.0.1:{endpoints.port}"
        kinds = ["hang" if n % 10 == 0 else "error" if n % 10 == 1 else "ok" for n in range(ENDPOINTS)]
        await subscribe(
            redis, (subscription(f"{n:020x}", f"{base}/{kind}/{n}", "storm") for n, kind in enumerate(kinds))
        )
        async with notifier(redis_url, redis, tmp_path, **settings):
            began = []
            for number in range(entries):
                began.append(await happen(redis, number))
                await asyncio.sleep(1.0)
            await until(lambda: endpoints.count >= kinds.count("ok") * entries, timeout * 2)
        arrivals, _ = endpoints.take()
    seen: dict[bytes, list[float]] = defaultdict(list)
    for path, at, _ in arrivals:
        if path.startswith(b"/ok"):
            seen[path].append(at)
    assert {len(times) for times in seen.values()} == {entries}, "each has each entry once"
    waits = [at - start for times in seen.values() for at, start in zip(times, began, strict=True)]
    assert percentile(waits, 0.99) < timeout / 2, "nobody healthy has waited for one that hangs"
