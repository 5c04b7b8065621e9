"""`livebell up` itself: who may hold a data folder, what a killed supervisor leaves behind, and what readiness says."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp

from shared.connection import connect
from tests.stack import SERVICES, Stack, livebell_up, until


async def test_a_data_folder_is_held_by_one(tmp_path: Path) -> None:
    async with livebell_up(tmp_path / "data") as up:
        second = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "livebell",
            "up",
            "--data",
            str(up.data),
            "--port",
            "1",
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await asyncio.wait_for(second.communicate(), 30)
        assert second.returncode == 1
        assert b"--data" in told
        assert await up.ready()


async def test_a_killed_supervisor_leaves_nothing_running_and_the_next_keeps_what_was_there(tmp_path: Path) -> None:
    async with livebell_up(tmp_path / "data") as up:
        made = await up.subscribe({"type": "webhook", "url": "http://127.0.0.1:9/hook"})
        children = [pid for name in (*SERVICES, "valkey") if (pid := up.pid(name))]
        assert len(children) == len(SERVICES) + 1
        os.kill(up.process.pid, signal.SIGKILL)
        await until(lambda: not any(_lives(pid) for pid in children), 40)
    async with livebell_up(tmp_path / "data") as up:
        status, found = await up.api("GET", f"/api/v1/subscriptions/{made['id']}", token=made["token"])
        assert (status, found["status"]) == (200, "active")


async def test_readiness_tells_when_a_reader_has_lost_its_group_and_when_it_is_mended(tmp_path: Path) -> None:
    async with livebell_up(tmp_path / "data") as up:
        client = connect(up.redis_url, "test")
        await client.flushall()
        await client.aclose()
        await until(lambda: _says(up, "parser", 503), 20)
        await until(lambda: _says(up, "parser", 200), 20)
        async with aiohttp.request("GET", f"http://127.0.0.1:{up.port + SERVICES.index('parser')}/healthz") as response:
            assert response.status == 200


async def _says(up: Stack, service: str, status: int) -> bool:
    async with aiohttp.request("GET", f"http://127.0.0.1:{up.port + SERVICES.index(service)}/readyz") as response:
        return response.status == status


def _lives(pid: int) -> bool:
    """Not so a process that has ended and that nobody has asked after."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
