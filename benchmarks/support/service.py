"""A service as it runs: a process of its own, which the benchmark starts and ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).parent.parent.parent


@contextlib.asynccontextmanager
async def service(name: str, url: str, folder: Path, **environment: str) -> AsyncIterator[int]:
    """`livebell run NAME` with the settings given beside the defaults; yields its process id."""
    process = await start(name, url, folder, **environment)
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def start(name: str, url: str, folder: Path, **environment: str) -> asyncio.subprocess.Process:
    """Its log is `NAME.log` in the folder; whoever starts it ends it."""
    with (folder / f"{name}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "livebell",
            "run",
            name,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env={
                **os.environ,
                "LIVEBELL_REDIS_URL": url,
                "LIVEBELL_PORT": str(free_port()),
                "LIVEBELL_LOG_FORMAT": "json",
                "LIVEBELL_ALLOW_TARGETS": "127.0.0.0/8",
                **environment,
            },
        )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB of 10^6 bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


async def until(holds: Any, seconds: float, log: Path | None = None) -> None:
    try:
        async with asyncio.timeout(seconds):
            while True:
                held = holds()
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        told = log.read_text()[-3000:] if log else ""  # noqa: ASYNC240
        raise SystemExit(f"did not hold in {seconds} s. {told}") from None
