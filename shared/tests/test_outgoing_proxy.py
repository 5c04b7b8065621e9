"""With a proxy: a real one on loopback, which must never be asked for what the guard refuses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult

from shared.outgoing.client import Outgoing, read_bounded
from shared.outgoing.guard import Guard, RefusedTargetError
from shared.outgoing.resolver import Resolver

BIND = "127.0.0.1"


class Proxy:
    """Forwards plain http and tunnels CONNECT; keeps the request lines. Every name leads to loopback for it."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{BIND}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line = head.split(b"\r\n")[0].decode()
        self.asked.append(line)
        method, target, _ = line.split(" ")
        port = int(target.rpartition(":")[2].partition("/")[0])
        inward, outward = await asyncio.open_connection(BIND, port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 go on\r\n\r\n")
        else:
            path = "/" + target.split("/", 3)[3]
            outward.write(head.replace(target.encode(), path.encode(), 1))
        await asyncio.gather(_pipe(reader, outward), _pipe(inward, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    made = Proxy()
    server = await asyncio.start_server(made.serve, BIND, 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture
async def page() -> AsyncIterator[int]:
    async def hello(_: web.BaseRequest) -> web.Response:
        return web.Response(text="hello")

    runner = web.ServerRunner(web.Server(hello), shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server((BIND, 0))
    await web.SockSite(runner, listening).start()
    yield listening.getsockname()[1]
    await runner.cleanup()


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Every name leads to the given addresses."""

    def answer(*addresses: str) -> None:
        async def resolve(_: Resolver, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
            if not addresses:
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return [
                ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
                for address in addresses
            ]

        monkeypatch.setattr(Resolver, "resolve", resolve)

    return answer


async def get(proxy: Proxy, url: str, *allow: str) -> bytes:
    guard = Guard(allow)
    made = Outgoing(guard, plain_http=True, user_agent="Livebell test", total=5, proxy=proxy.url)
    async with made as client, await client.open("GET", url) as response:
        return await read_bounded(response, 1000)


async def test_a_public_target_is_called_through_the_proxy(
    proxy: Proxy, page: int, leads_to: Callable[..., None]
) -> None:
    leads_to("203.0.114.7")
    assert await get(proxy, f"http://news.example:{page}/blog") == b"hello"
    assert proxy.asked == [f"GET http://news.example:{page}/blog HTTP/1.1"]


async def test_the_proxy_itself_may_be_private(proxy: Proxy, page: int) -> None:
    assert await get(proxy, f"http://127.0.0.1:{page}/blog", "127.0.0.1") == b"hello"
    assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["169.254.169.254"], ["203.0.114.7", "127.0.0.1"], ["::1"], ["::ffff:10.0.0.1"]]
)
async def test_what_the_guard_refuses_is_never_handed_over(
    proxy: Proxy, leads_to: Callable[..., None], addresses: list[str]
) -> None:
    leads_to(*addresses)
    with pytest.raises(RefusedTargetError):
        await get(proxy, "https://news.example/blog")
    assert proxy.asked == []


async def test_an_address_is_checked_as_a_name_is(proxy: Proxy) -> None:
    for url in ("http://169.254.169.254/", "http://[::1]/", "http://localhost/"):
        with pytest.raises(RefusedTargetError):
            await get(proxy, url)
    assert proxy.asked == []


async def test_a_name_that_leads_nowhere_is_not_handed_over(proxy: Proxy, leads_to: Callable[..., None]) -> None:
    leads_to()
    with pytest.raises(socket.gaierror):
        await get(proxy, "https://news.example/blog")
    assert proxy.asked == []


@pytest.mark.parametrize(
    "odd", ["proxy.example:8080", "socks5://proxy.example:1080", "https://proxy.example", "http://"]
)
async def test_what_is_no_proxys_address_is_named(odd: str) -> None:
    with pytest.raises(ValueError, match="http://host:port"):
        Outgoing(Guard(), plain_http=True, user_agent="x", total=5, proxy=odd)
