"""The replay over HTTP on loopback."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestClient, TestServer

from livebell.replay.playback import Clock, retimed, start_from
from livebell.replay.recording import DEMO, RecordingError, load_recording, read_recording
from livebell.replay.server import Replay, application, playing, serve

DEADLINE = 10.0
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
RECORDED = load_recording(DEMO)


class WallClock:
    """A clock that stands until the test moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def replay_at(clock: WallClock, *, speed: float = 60.0) -> AsyncIterator[TestClient]:
    timed = retimed(RECORDED, Clock(start=RECORDED.begins, began=NOON, speed=speed))
    async with TestClient(TestServer(application(Replay(timed, "http://127.0.0.1/", now=clock)))) as client:
        yield client


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not await condition():
            await asyncio.sleep(0.01)


def validators(response: ClientResponse) -> tuple[str, str]:
    return response.headers["ETag"], response.headers["Last-Modified"]


async def test_an_unchanged_page_is_304_and_a_changed_one_is_not():
    clock = WallClock()
    async with replay_at(clock) as client:
        first = await client.get("/")
        etag, modified = validators(first)
        assert (first.status, first.content_type) == (200, "text/html")
        assert modified == "Wed, 04 Mar 2026 12:00:00 GMT"
        clock.now += timedelta(seconds=5)
        for headers in ({"If-None-Match": etag}, {"If-Modified-Since": modified}, {"If-None-Match": "*"}):
            again = await client.get("/", headers=headers)
            assert (again.status, await again.read()) == (304, b"")
            assert validators(again) == (etag, modified)
        clock.now += timedelta(minutes=5)
        for headers in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
            changed = await client.get("/", headers=headers)
            assert changed.status == 200
            assert validators(changed)[0] != etag


async def test_if_none_match_decides_over_if_modified_since():
    async with replay_at(WallClock()) as client:
        _, modified = validators(await client.get("/"))
        headers = {"If-None-Match": '"another"', "If-Modified-Since": modified}
        assert (await client.get("/", headers=headers)).status == 200


async def test_two_changes_within_a_second_are_not_hidden_by_last_modified():
    clock = WallClock()
    async with replay_at(clock, speed=100_000) as client:
        _, modified = validators(await client.get("/"))
        clock.now += timedelta(milliseconds=100)
        later = await client.get("/", headers={"If-Modified-Since": modified})
        assert later.headers["Last-Modified"] == modified
        assert later.status == 200


async def test_the_page_is_compressed_for_who_asks_and_its_etag_holds_for_both():
    clock = WallClock()
    clock.now += timedelta(hours=1)
    async with replay_at(clock) as client:
        plain = await client.get("/", headers={"Accept-Encoding": "identity"})
        squeezed = await client.get("/", headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in plain.headers
        assert squeezed.headers["Content-Encoding"] == "gzip"
        assert int(squeezed.headers["Content-Length"]) * 2 < int(plain.headers["Content-Length"])
        assert await squeezed.read() == await plain.read()
        assert validators(plain) == validators(squeezed)


async def test_head_and_other_paths():
    async with replay_at(WallClock()) as client:
        assert (await client.head("/")).status == 200
        assert (await client.get("/other")).status == 404
        assert (await client.post("/")).status == 405


async def test_a_page_grows_in_real_time_and_closes():
    async with playing(RECORDED, speed=30_000) as url, ClientSession() as session:

        async def text() -> str:
            async with session.get(url) as response:
                return await response.text()

        assert 'data-live="true"' in await text()
        assert 'id="mayday"' not in await text()

        async def shows_mayday() -> bool:
            return 'id="mayday"' in await text()

        async def is_closed() -> bool:
            return 'data-live="false"' in await text()

        await until(shows_mayday)
        await until(is_closed)
        assert 'id="closing"' in await text()


async def test_history_is_there_at_once_and_lies_in_the_past():
    async with (
        playing(RECORDED, speed=0.01, history=0.5) as url,
        ClientSession() as session,
        session.get(url) as response,
    ):
        stamps = re.findall(r'<time datetime="([^"]+)"', await response.text())
    times = [datetime.fromisoformat(stamp) for stamp in stamps]
    began, span = datetime.now(UTC), start_from(RECORDED, 0.5) - RECORDED.begins
    assert len(times) > 40
    assert timedelta(0) < began - max(times) < timedelta(seconds=DEADLINE)
    assert timedelta(0) < began - min(times) - span < timedelta(seconds=DEADLINE)


async def test_a_taken_port_is_an_error_that_the_caller_sees():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await serve(DEMO, port=taken.getsockname()[1])


async def test_serve_says_where_it_listens_and_stops_when_cancelled():
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(DEMO, port=0, started=started.set_result))
    url = await asyncio.wait_for(started, DEADLINE)
    async with ClientSession() as session, session.get(url) as response:
        assert response.status == 200
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_impossible_speed_opens_no_port():
    recording = read_recording(b'{"type":"blog"}\n{"type":"entry","id":"a"}')
    with pytest.raises(RecordingError):
        async with playing(recording, speed=0):
            pass
