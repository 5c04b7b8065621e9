"""The canary flies through a running installation, and rings for nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from shared.sources.record import CANARY
from tests.receivers import WebhookReceiver
from tests.stack import TOKEN, Stack, livebell_up, serving, until


@contextlib.asynccontextmanager
async def flying(up: Stack, port: int, *, every: float = 1.0) -> AsyncIterator[str]:
    """`livebell canary` beside an installation; yields its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "livebell", "canary", "--port", str(port), "--every", str(every),
        "--gateway", f"http://127.0.0.1:{up.port}",
        env={**os.environ, "LIVEBELL_ADMIN_TOKEN": TOKEN}, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 20)


async def value(address: str, name: str) -> float:
    async with aiohttp.ClientSession() as http:
        try:
            async with http.get(f"{address}/metrics") as response:
                text = await response.text()
        except aiohttp.ClientError:
            return -1.0
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else -1.0


async def test_its_alerts_arrive_and_ring_for_nobody_else(tmp_path: Path) -> None:
    everybody = WebhookReceiver()
    async with livebell_up(tmp_path / "data") as up, serving(everybody.app()) as hook:
        made = await up.subscribe({"type": "webhook", "url": f"{hook}/hook"}, filter={})
        everybody.secret = made["secret"]
        async with flying(up, up.port + 5) as address:

            async def arrived() -> bool:
                return await value(address, 'livebell_canary_entries_total{end="arrived"}') >= 2

            await until(arrived, 60)
            assert await value(address, 'livebell_canary_entries_total{end="refused"}') == 0
            assert (await up.api("GET", "/api/v1/entries"))[1]["entries"] == []
            assert (await up.api("GET", "/api/v1/sources"))[1]["sources"] == []
            assert [one["filter"].get("sources") for one in await subscriptions(up)].count([CANARY]) == 1
        assert everybody.received == []
        assert [one["id"] for one in await subscriptions(up)] == [made["id"]]


async def subscriptions(up: Stack) -> list[dict]:
    return (await up.api("GET", "/api/v1/subscriptions"))[1]["subscriptions"]
