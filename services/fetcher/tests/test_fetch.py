from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.fetcher.fetch import MAX_REDIRECTS, fetch
from services.fetcher.outcome import Answer, Failed
from services.fetcher.reasons import Reason
from shared.outgoing.client import Outgoing
from shared.outgoing.content_coding import ACCEPTED

LIMIT = 100_000
PAGE = b"<h1>Vltava rises in Prague</h1>" * 50


async def get(outgoing: Outgoing, url: str, seconds: float = 5.0) -> Answer | Failed:
    return await fetch(outgoing, url, {"Accept-Encoding": ACCEPTED}, seconds=seconds, most_bytes=LIMIT)


async def failure(outgoing: Outgoing, url: str, seconds: float = 5.0) -> Failed:
    failed = await get(outgoing, url, seconds)
    assert isinstance(failed, Failed)
    assert failed.detail
    assert failed.seen > 0
    return failed


async def test_gets_a_page_with_its_headers(site: Any, outgoing: Outgoing) -> None:
    site.page("/blog", "<h1>Prague</h1>", ETag='"1"', Content_Type="text/html; charset=utf-8")
    before = time.time()
    answer = await get(outgoing, site.url())
    assert isinstance(answer, Answer)
    assert (answer.url, answer.status, answer.body) == (site.url(), 200, b"<h1>Prague</h1>")
    assert (answer.headers["etag"], answer.headers["content-type"]) == ('"1"', "text/html; charset=utf-8")
    assert before <= answer.seen <= time.time()


async def test_leaves_the_body_in_its_coding(site: Any, outgoing: Outgoing) -> None:
    packed = gzip.compress(PAGE)
    site.respond("/blog", 200, packed, {"Content-Encoding": "gzip"})
    answer = await get(outgoing, site.url())
    assert isinstance(answer, Answer)
    assert (answer.coding, answer.body) == ("gzip", packed)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_follows_redirects_and_says_where_they_ended(site: Any, outgoing: Outgoing, status: int) -> None:
    site.redirect("/blog", "day-2?page=1#entry-7", status)
    site.page("/day-2", "<h1>Day 2</h1>")
    answer = await get(outgoing, site.url())
    assert isinstance(answer, Answer)
    assert (answer.url, answer.body) == (site.url("/day-2?page=1"), b"<h1>Day 2</h1>")


async def test_follows_at_most_five_redirects(site: Any, outgoing: Outgoing) -> None:
    for n in range(10):
        site.redirect(f"/{n}", f"/{n + 1}")
    site.page(f"/{MAX_REDIRECTS}", "<h1>there</h1>")
    assert isinstance(await get(outgoing, site.url("/0")), Answer)
    site.redirect(f"/{MAX_REDIRECTS}", f"/{MAX_REDIRECTS + 1}")
    assert (await failure(outgoing, site.url("/0"))).reason is Reason.REDIRECT_LOOP


async def test_a_circle_is_left_at_once(site: Any, outgoing: Outgoing) -> None:
    site.redirect("/blog", "/other")
    site.redirect("/other", "/blog#again")
    assert (await failure(outgoing, site.url())).reason is Reason.REDIRECT_LOOP
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/",
        "http://[::1]/",
        "http://0x7f000001/",
        "http://127.0.0.2:1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://user:password@127.0.0.1/",
        "http://[broken",
        "http://127.0.0.1:99999/",
        "http://exa mple.org/",
    ],
)
async def test_a_redirect_inside_is_refused(site: Any, outgoing: Outgoing, target: str) -> None:
    site.redirect("/blog", target)
    failed = await failure(outgoing, site.url())
    assert failed.reason is Reason.REFUSED_TARGET
    assert len(site.requests) == 1


async def test_a_redirect_without_a_target_is_an_answer(site: Any, outgoing: Outgoing) -> None:
    site.respond("/blog", 302)
    answer = await get(outgoing, site.url())
    assert isinstance(answer, Answer)
    assert answer.status == 302


@pytest.mark.parametrize("status", [404, 410, 429, 500])
async def test_the_body_of_an_error_is_left_unread(site: Any, outgoing: Outgoing, status: int) -> None:
    site.respond("/blog", status, b"x" * 10 * LIMIT, {"Retry-After": "120"})
    answer = await get(outgoing, site.url())
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (status, b"", "120")


async def test_a_body_beyond_the_limit_is_named(site: Any, outgoing: Outgoing) -> None:
    site.respond("/blog", 200, b"x" * (LIMIT + 1))
    assert (await failure(outgoing, site.url())).reason is Reason.TOO_LARGE


async def test_a_site_that_never_answers_is_given_up(site: Any, outgoing: Outgoing) -> None:
    async def never(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    site.answers["/blog"] = never
    assert (await failure(outgoing, site.url(), seconds=0.2)).reason is Reason.TIMEOUT


async def test_slow_redirects_share_one_time(site: Any, outgoing: Outgoing) -> None:
    async def slow(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(0.15)
        return web.Response(status=302, headers={"Location": f"/{len(site.requests)}"})

    for path in ("/blog", *(f"/{n}" for n in range(10))):
        site.answers[path] = slow
    started = time.monotonic()
    assert (await failure(outgoing, site.url(), seconds=0.4)).reason is Reason.TIMEOUT
    assert time.monotonic() - started < 0.7


async def test_nothing_listens_there(outgoing: Outgoing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert (await failure(outgoing, f"http://127.0.0.1:{port}/")).reason is Reason.UNREACHABLE


async def test_a_name_that_nobody_knows(outgoing: Outgoing) -> None:
    assert (await failure(outgoing, "http://nobody.invalid/")).reason is Reason.UNRESOLVABLE


@pytest.fixture
async def raw() -> AsyncIterator[Any]:
    """A server that answers whatever comes with the bytes that the test gives, and hangs up."""
    servers: list[asyncio.Server] = []

    async def serve(answer: bytes) -> str:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", Reason.BROKEN_OFF),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Reason.BROKEN_OFF),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<h1>", Reason.BROKEN_OFF),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Reason.BROKEN_OFF),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Reason.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Reason.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n", Reason.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 10_000 + b"\r\n", Reason.PROTOCOL),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", Reason.PROTOCOL),
    ],
)
async def test_a_broken_answer_is_named(raw: Any, outgoing: Outgoing, answer: bytes, reason: Reason) -> None:
    failed = await failure(outgoing, await raw(answer))
    assert failed.reason is reason
    assert len(failed.detail) <= 500


async def test_odd_bytes_in_headers_do_no_harm(raw: Any, outgoing: Outgoing) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\xff\xfe\r\nETag: \xe9\r\nContent-Length: 2\r\n\r\nhi"
    answer = await get(outgoing, await raw(head))
    assert isinstance(answer, Answer)
    assert answer.body == b"hi"


async def test_what_speaks_no_tls_is_named(outgoing: Outgoing) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await failure(outgoing, f"https://127.0.0.1:{port}/")).reason is Reason.TLS


async def test_a_certificate_that_nobody_vouches_for_is_named(outgoing: Outgoing, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "certificate.pem"))
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        failed = await failure(outgoing, f"https://127.0.0.1:{port}/")
    assert failed.reason is Reason.TLS
    assert "CERTIFICATE_VERIFY_FAILED" in failed.detail


def self_signed(path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that it signed itself, in one file."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, secret.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    encoded = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(encoded + certificate.public_bytes(serialization.Encoding.PEM))
    return path
