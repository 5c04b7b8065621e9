"""Bodies, headers and slow clients are bounded, and tokens stay out of the logs."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from services.gateway.tests.conftest import ADMIN, Gateway
from services.gateway.tests.make import enriched

pytestmark = pytest.mark.parametrize("redis_url", ["valkey"], indirect=True)
API = "/api/v1/subscriptions"
HOOK = {"type": "webhook", "url": "http://127.0.0.1:9/hook"}


async def connected(gateway: Gateway) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = gateway.url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


async def ends(reader: asyncio.StreamReader, seconds: float = 5.0) -> bytes:
    """What still came before the connection ended."""
    try:
        return await asyncio.wait_for(reader.read(), seconds)
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET /api/v1/entries HTTP/1.1\r\nhost: x\r\nx-slow: ",
        b"POST /api/v1/caught HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    ],
)  # fmt: skip
async def test_who_sends_drop_by_drop_is_cut_off(gateway: Gateway, start: bytes, monkeypatch):
    monkeypatch.setattr("shared.http_bounds.REQUEST_SECONDS", 0.3)
    reader, writer = await connected(gateway)
    writer.write(start)

    async def drip() -> None:
        while True:
            writer.write(b"a" if start else b"")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    await ends(reader)
    dripping.cancel()
    writer.close()
    assert (await gateway.call("GET", "/api/v1/sources"))[0] == 200


async def test_a_second_request_on_one_connection_has_its_own_time(gateway: Gateway, monkeypatch):
    monkeypatch.setattr("shared.http_bounds.REQUEST_SECONDS", 0.3)
    reader, writer = await connected(gateway)
    for _ in range(3):
        writer.write(b"GET /api/v1/push/key HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"200" in await asyncio.wait_for(reader.readuntil(b"}"), 5)
        await asyncio.sleep(0.2)
    writer.write(b"GET /api")
    assert await ends(reader) == b""
    writer.close()


async def test_who_does_not_read_its_stream_is_cut_off(gateway: Gateway, monkeypatch):
    monkeypatch.setattr("shared.http_bounds.UNREAD_SECONDS", 0.3)
    reader, writer = await connected(gateway)
    writer.write(b"GET /api/v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"listening"), 5)
    assert gateway.follower.listeners == 1
    writer.transport.pause_reading()
    for number in range(40):
        await gateway.happen(enriched(f"e{number}", text="x" * 500_000))
    async with asyncio.timeout(10):
        while gateway.follower.listeners:
            await asyncio.sleep(0.05)
    writer.close()


async def test_a_client_holds_only_so_many_streams_open(start):
    async with start(streams_per_client=2) as gateway:
        opened = [await connected(gateway) for _ in range(3)]
        for reader, writer in opened[:2]:
            writer.write(b"GET /api/v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
            await asyncio.wait_for(reader.readuntil(b"listening"), 5)
        status, headers, problem = await gateway.call("GET", "/api/v1/stream")
        assert (status, "close one" in problem["detail"], "retry-after" in headers) == (429, True, True)
        opened[0][1].close()
        async with asyncio.timeout(5):
            while gateway.follower.listeners > 1:
                await asyncio.sleep(0.02)
        reader, writer = opened[2]
        writer.write(b"GET /api/v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"listening"), 5)
        for _, writer in opened:
            writer.close()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_refused(gateway: Gateway, chunked: bool):
    body = b'{"channel":"' + b"x" * 100_000 + b'"}'

    async def parts() -> Any:
        yield body

    for more in ({}, {"Idempotency-Key": "0123456789abcdef"}):
        headers = {"Content-Type": "application/json", **more}
        async with gateway.http.post(API, data=parts() if chunked else body, headers=headers) as response:
            told = await response.json(content_type=None)
            assert (response.status, "64 kB" in told["detail"]) == (413, True)


async def test_headers_that_are_too_large_are_refused(gateway: Gateway):
    reader, writer = await connected(gateway)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nx-large: " + b"x" * 200_000)
    # The refusal may be lost when the connection ends while more is being sent.
    assert (await ends(reader))[:10] in {b"", b"HTTP/1.1 4"}
    writer.close()


async def test_tokens_and_secrets_are_in_no_log(gateway: Gateway, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    made = await gateway.subscribe({"channel": HOOK}, token=ADMIN)
    path = f"{API}/{made['id']}"
    for token in (made["token"], "a-wrong-token"):
        await gateway.call("GET", path, token=token)
        await gateway.call("PATCH", path, {"filter": {"words": 7}}, token=token)
        await gateway.call("POST", f"{path}/secret", token=token)
    out, err = capsys.readouterr()
    logged = caplog.text + out + err
    for secret in (made["token"], made["secret"], ADMIN, "a-wrong-token"):
        assert secret not in logged


async def test_deep_and_crooked_json_is_refused(gateway: Gateway):
    for body in (b"[" * 60_000, b'{"channel":' * 5_000, b"\xff\xfe", b"null", b"", b'{"a":1}{"b":2}', b"NaN"):
        headers = {"Content-Type": "application/json"}
        async with gateway.http.post(API, data=body, headers=headers) as response:
            told = await response.json(content_type=None)
            assert (response.status, bool(told["detail"])) == (400, True), body[:20]


async def test_a_value_of_another_type_is_refused_and_named(gateway: Gateway):
    for path, body, named in [
        (API, {"channel": HOOK, "filter": {"min_urgency": "0.5"}}, "filter.min_urgency"),
        (API, {"channel": HOOK, "filter": {"near": {"lat": "1", "lon": 1, "km": 1}}}, "filter.near.lat"),
        ("/api/v1/explain", {"filter": {}, "since": 0}, "since"),
        (API, [], "The body"),
    ]:
        status, _, problem = await gateway.call("POST", path, body, token=ADMIN)
        assert (status, problem["detail"].startswith(named)) == (400, True), problem
