from __future__ import annotations

import asyncio
import gzip
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientConnectorError, ClientPayloadError, web
from aiohttp.abc import ResolveResult

from shared.outgoing.client import Outgoing, read_bounded
from shared.outgoing.content_coding import BombError, TooLargeError, UndecodableError
from shared.outgoing.guard import Guard, RefusedTargetError
from shared.outgoing.resolver import Resolver

LOOPBACK = ["127.0.0.0/8", "::1"]
LIMIT = 100_000


class Server:
    """A server on loopback that counts its connections and answers each path as the test says."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[web.BaseRequest] = []
        self.port = 0
        self.answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]] = self._hello

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        return await self.answer(request)

    async def _hello(self, _: web.BaseRequest) -> web.Response:
        return web.Response(text="hello")

    def url(self, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}/page"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    runner = web.ServerRunner(web.Server(made.handle), shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    made.port = listening.getsockname()[1]
    site = web.SockSite(runner, listening)
    await site.start()
    yield made
    await runner.cleanup()


def outgoing(*allow: str, plain_http: bool = True, total: float = 5.0, **options: float) -> Outgoing:
    limits = {name: int(value) for name, value in options.items()}
    return Outgoing(Guard(allow), plain_http=plain_http, user_agent="Livebell test", total=total, **limits)


class Names(Resolver):
    """Answers every name with the addresses that the test gives, one list after another: as a rebinding server does."""

    def __init__(self, *answers: list[str]) -> None:
        super().__init__()
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Names]:
    def answer(*answers: list[str]) -> Names:
        resolver = Names(*answers)
        monkeypatch.setattr("shared.outgoing.client.Resolver", lambda: resolver)
        return resolver

    return answer


async def get(client: Outgoing, url: str) -> bytes:
    async with await client.open("GET", url) as response:
        return await read_bounded(response, LIMIT)


async def test_calls_what_is_allowed(server: Server) -> None:
    async with outgoing(*LOOPBACK) as client:
        assert await get(client, server.url()) == b"hello"
        assert await get(client, server.url("localhost")) == b"hello"
        assert await get(client, server.url("[::ffff:127.0.0.1]")) == b"hello"
    assert server.requests[0].headers["User-Agent"] == "Livebell test"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0"])
async def test_refuses_loopback_unless_it_is_allowed(server: Server, host: str) -> None:
    async with outgoing() as client:
        with pytest.raises(RefusedTargetError):
            await get(client, server.url(host))
    assert server.requests == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "fe80::1%1"]
)
async def test_a_public_name_that_leads_inside_is_refused_at_the_socket(
    server: Server, names: Callable[..., Names], address: str
) -> None:
    names([address])
    async with outgoing() as client:
        with pytest.raises(RefusedTargetError, match=r"page\.example leads to"):
            await get(client, server.url("page.example"))
    assert server.requests == []


async def test_a_name_server_that_answers_differently_the_second_time_gains_nothing(
    server: Server, names: Callable[..., Names], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.outgoing.client.DNS_SECONDS", 0)
    resolver = names(["192.0.2.1"], ["127.0.0.1"])
    async with outgoing("192.0.2.0/24", total=0.3) as client:
        with pytest.raises((ClientConnectorError, TimeoutError)):
            await get(client, server.url("rebinding.example"))
        with pytest.raises(RefusedTargetError):
            await get(client, server.url("rebinding.example"))
    assert resolver.answers == [["127.0.0.1"]]
    assert server.requests == []


async def test_of_several_addresses_those_inside_are_passed_over(server: Server, names: Callable[..., Names]) -> None:
    names(["10.0.0.1", "169.254.169.254", "127.0.0.1", "192.168.0.1"])
    async with outgoing("127.0.0.1") as client:
        assert await get(client, server.url("mixed.example")) == b"hello"


async def test_all_addresses_inside_for_different_reasons_is_still_a_refusal(
    server: Server, names: Callable[..., Names]
) -> None:
    names(["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254"])
    async with outgoing() as client:
        with pytest.raises(RefusedTargetError):
            await get(client, server.url("inside.example"))


async def test_a_host_allowed_by_name_opens_its_address_for_no_other_name(
    server: Server, names: Callable[..., Names]
) -> None:
    names(["127.0.0.1"])
    async with outgoing("receiver") as client:
        assert await get(client, server.url("receiver")) == b"hello"
        with pytest.raises(RefusedTargetError):
            await get(client, server.url("other.example"))
        with pytest.raises(RefusedTargetError):
            await get(client, server.url("127.0.0.1"))
    assert len(server.requests) == 1


async def test_many_requests_at_once_keep_their_own_hosts(server: Server, names: Callable[..., Names]) -> None:
    names(["127.0.0.1"])
    async with outgoing("receiver") as client:
        hosts = ["receiver", "other.example"] * 20
        results = await asyncio.gather(*(get(client, server.url(host)) for host in hosts), return_exceptions=True)
    for host, result in zip(hosts, results, strict=True):
        assert result == b"hello" if host == "receiver" else isinstance(result, RefusedTargetError)


async def test_plain_http_to_a_public_address_is_refused_where_it_may_not_be(
    server: Server, names: Callable[..., Names]
) -> None:
    names(["127.0.0.1"])
    async with outgoing(*LOOPBACK, plain_http=False) as client:
        assert await get(client, server.url("receiver.example")) == b"hello"
    names(["1.1.1.1"])
    async with outgoing(*LOOPBACK, plain_http=False) as client:
        with pytest.raises(RefusedTargetError, match="http://"):
            await get(client, server.url("receiver.example"))
    async with outgoing(plain_http=False) as client:
        with pytest.raises(RefusedTargetError, match="http://"):
            await get(client, server.url("receiver.example"))


async def test_follows_no_redirect(server: Server) -> None:
    async def redirect(_: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    server.answer = redirect
    async with outgoing(*LOOPBACK) as client, await client.open("POST", server.url(), data=b"x") as response:
        assert response.status == 302
    assert len(server.requests) == 1


async def test_keeps_no_cookies(server: Server) -> None:
    async def cookie(_: web.BaseRequest) -> web.Response:
        return web.Response(headers={"Set-Cookie": "a=b"})

    server.answer = cookie
    async with outgoing(*LOOPBACK) as client:
        await get(client, server.url())
        await get(client, server.url())
    assert "Cookie" not in server.requests[1].headers


async def test_takes_no_proxy_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with outgoing(*LOOPBACK) as client:
        assert await get(client, server.url()) == b"hello"


async def test_a_name_that_nobody_knows_is_no_refusal() -> None:
    async with outgoing() as client:
        with pytest.raises(ClientConnectorError):
            await get(client, "http://nobody.invalid/")


@pytest.mark.parametrize("chunked", [False, True])
async def test_reads_up_to_the_limit_and_not_beyond(server: Server, chunked: bool) -> None:
    sent = 0

    async def large(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        if not chunked:
            response.content_length = 1000 * LIMIT
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"x" * LIMIT)
            sent += LIMIT
        return response

    server.answer = large
    async with outgoing(*LOOPBACK) as client:
        with pytest.raises(TooLargeError):
            await get(client, server.url())
    assert sent < 300 * LIMIT, "the rest was never taken off the wire"


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
async def test_the_limit_is_exact(server: Server, size: int) -> None:
    async def page(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"x" * size)

    server.answer = page
    async with outgoing(*LOOPBACK) as client:
        if size <= LIMIT:
            assert len(await get(client, server.url())) == LIMIT
        else:
            with pytest.raises(TooLargeError):
                await get(client, server.url())


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (gzip.compress(bytes(500 * LIMIT)), BombError),
        (gzip.compress(b"page" * 100)[:-5], UndecodableError),
        (b"not gzip", UndecodableError),
    ],
    ids=["bomb", "cut off", "not gzip"],
)
async def test_a_compressed_body_is_undone_within_the_limit(
    server: Server, body: bytes, error: type[Exception]
) -> None:
    async def page(_: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    server.answer = page
    async with outgoing(*LOOPBACK) as client:
        with pytest.raises(error):
            await get(client, server.url())


async def test_a_broken_off_body_is_an_error(server: Server) -> None:
    async def page(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        await response.write(b"x" * 500)
        assert request.transport is not None
        request.transport.close()
        return response

    server.answer = page
    async with outgoing(*LOOPBACK) as client:
        with pytest.raises(ClientPayloadError):
            await get(client, server.url())


async def test_a_server_that_never_answers_is_given_up(server: Server) -> None:
    async def never(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    server.answer = never
    started = time.monotonic()
    async with outgoing(*LOOPBACK, total=0.3) as client:
        with pytest.raises(TimeoutError):
            await get(client, server.url())
    assert time.monotonic() - started < 3


async def test_a_server_that_drips_is_given_up(server: Server) -> None:
    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"x")
            await asyncio.sleep(0.02)
        return response

    server.answer = drip
    async with outgoing(*LOOPBACK, total=0.3) as client:
        with pytest.raises(TimeoutError):
            await get(client, server.url())


async def test_so_many_connections_to_a_host_and_no_more(server: Server) -> None:
    busy = 0
    most = 0

    async def slow(_: web.BaseRequest) -> web.Response:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.02)
        busy -= 1
        return web.Response()

    server.answer = slow
    async with outgoing(*LOOPBACK, at_once_per_host=3) as client:
        await asyncio.gather(*(get(client, server.url()) for _ in range(20)))
    assert most == 3


async def test_large_headers_are_read(server: Server) -> None:
    async def page(_: web.BaseRequest) -> web.Response:
        return web.Response(text="hello", headers={"Content-Security-Policy": "img-src a.example; " * 1000})

    server.answer = page
    async with outgoing(*LOOPBACK) as client:
        assert await get(client, server.url()) == b"hello"
