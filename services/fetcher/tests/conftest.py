"""A news site on loopback that answers as the test says."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import pytest
from aiohttp import web

from shared.outgoing.client import Outgoing
from shared.outgoing.guard import Guard

Answering: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Site:
    """Each path is answered by its own function; another path with 404. Requests are kept."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[web.BaseRequest] = []
        self.answers: dict[str, Answering] = {}

    def url(self, path: str = "/blog", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str, body: str, **headers: str) -> None:
        self.respond(path, 200, body.encode(), headers)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.respond(path, status, b"moved", {"Location": to})

    def respond(self, path: str, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}

        async def answer(request: web.BaseRequest) -> web.Response:
            if "ETag" in named and request.headers.get("If-None-Match") == named["ETag"]:
                return web.Response(status=304, headers={"ETag": named["ETag"]})
            return web.Response(status=status, body=body, headers=named)

        self.answers[path] = answer

    def asked(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        if request.path in self.answers:
            return await self.answers[request.path](request)
        return web.Response(status=404)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    runner = web.ServerRunner(web.Server(made.handle), shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    made.port = listening.getsockname()[1]
    await web.SockSite(runner, listening).start()
    yield made
    await runner.cleanup()


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    async with Outgoing(Guard(["127.0.0.1"]), plain_http=True, user_agent="Livebell test", total=10) as made:
        yield made
