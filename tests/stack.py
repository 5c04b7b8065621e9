"""`livebell up` as a person starts it: separate processes on loopback, in a folder of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

TOKEN = "operator-token-of-this-test"
SERVICES = ("gateway", "fetcher", "parser", "enricher", "notifier")


@dataclass
class Stack:
    process: asyncio.subprocess.Process
    port: int
    data: Path
    http: aiohttp.ClientSession

    @property
    def redis_url(self) -> str:
        from livebell.embedded import redis_url

        return redis_url(self.data)

    async def api(self, method: str, path: str, body: Any = None, token: str | None = TOKEN) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, path, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def subscribe(self, channel: dict[str, Any], token: str | None = TOKEN, **rest: Any) -> dict[str, Any]:
        status, body = await self.api("POST", "/api/v1/subscriptions", {"channel": channel, **rest}, token)
        assert status == 201, body
        return dict(body)

    async def entries(self, source: str) -> list[dict[str, Any]]:
        status, body = await self.api("GET", f"/api/v1/entries?source={source}")
        assert status == 200, body
        return list(body["entries"])

    async def knows(self, source: str, count: int) -> bool:
        return len(await self.entries(source)) == count

    def pid(self, service: str) -> int | None:
        """The process of a service, or of the server ("valkey"), below `livebell up`."""
        wanted = "valkey-server" if service == "valkey" else f"run\0{service}\0"
        for child in _children(self.process.pid):
            with contextlib.suppress(OSError):
                if wanted in Path(f"/proc/{child}/cmdline").read_text():
                    return child
        return None

    def kill(self, service: str) -> int:
        pid = self.pid(service)
        assert pid is not None, f"{service} does not run"
        os.kill(pid, signal.SIGKILL)
        return pid

    async def ready(self) -> bool:
        from livebell.readiness import is_ready

        return all([await is_ready(self.port + n) for n in range(len(SERVICES))])


@contextlib.asynccontextmanager
async def livebell_up(
    data: Path, *, sources: str = "", environment: Mapping[str, str] | None = None
) -> AsyncIterator[Stack]:
    port = free_ports(7)
    arguments = ["up", "--port", str(port), "--data", str(data)]
    if sources:
        file = data.parent / f"{data.name}-sources.toml"
        file.write_text(sources)
        arguments += ["--sources", str(file)]
    log = (data.parent / f"{data.name}.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "livebell",
        *arguments,
        stdout=log,
        stderr=log,
        env={
            **os.environ,
            "LIVEBELL_ADMIN_TOKEN": TOKEN,
            "LIVEBELL_ALLOW_TARGETS": "127.0.0.0/8,localhost",
            "LIVEBELL_LOG_FORMAT": "json",
            **(environment or {}),
        },
    )
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        stack = Stack(process, port, data, http)
        try:
            await until(stack.ready, 60, lambda: Path(log.name).read_text()[-3000:])
            yield stack
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), 40)
            log.close()


@contextlib.asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serves an application on a free port of loopback; yields its address."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await runner.cleanup()
        listener.close()


async def until(
    holds: Callable[[], Awaitable[bool] | bool], seconds: float = 20.0, told: Callable[[], object] | None = None
) -> None:
    """Waits until it holds; fails with what `told` says when it does not within the time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = holds()
                if answer if isinstance(answer, bool) else await answer:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise AssertionError(f"did not hold within {seconds} s: {told() if told else ''}") from error


def free_ports(count: int) -> int:
    """The first of so many neighbouring ports that are free on loopback."""
    for first in range(20_000 + os.getpid() % 10_000, 60_000, count):
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for port in range(first, first + count):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise AssertionError("no free ports")


def _children(pid: int) -> list[int]:
    """Children and theirs; each thread of a process has its own."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *_children(int(child))]
    return found
