"""/api/v1/stream as a browser's EventSource reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.gateway import following
from services.gateway.routes import streaming
from services.gateway.tests.conftest import Gateway, until
from services.gateway.tests.make import blog_changed, enriched
from shared.keys import ENRICHED, key, source_partition


class Reader:
    def __init__(self, content: Any) -> None:
        self._content = content
        self.last_id = ""

    async def block(self) -> dict[str, str]:
        """The fields of the next block; a comment under ""."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(5):
            while True:
                line = (await self._content.readline()).decode()
                if not line:
                    raise EOFError
                if not (line := line.rstrip("\r\n")):
                    if fields:
                        self.last_id = fields.get("id", self.last_id)
                        return fields
                    continue
                name, _, value = line.partition(":")
                fields[name] = fields.get(name, "") + value.removeprefix(" ")

    async def event(self) -> tuple[str, Any]:
        while "data" not in (fields := await self.block()):
            pass
        return fields["event"], json.loads(fields["data"])


@asynccontextmanager
async def listening(gateway: Gateway, query: str = "", last_id: str = "") -> AsyncIterator[Reader]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    before = gateway.follower.listeners
    async with gateway.http.get(f"/api/v1/stream{query}", headers=headers) as response:
        assert response.status == 200, await response.text()
        assert response.headers["content-type"].startswith("text/event-stream")
        await until(lambda: gateway.follower.listeners == before + 1)
        yield Reader(response.content)
        response.close()
        await until(lambda: gateway.follower.listeners == before)


async def test_what_happens_arrives_by_name(gateway: Gateway):
    await gateway.happen(enriched("before"))
    async with listening(gateway) as reader:
        await gateway.happen(enriched("e1"))
        await gateway.happen(enriched("e1", revision=2), enriched("e1", revision=3, deleted=True), blog_changed())
        heard = [await reader.event() for _ in range(4)]
        assert [name for name, _ in heard] == ["entry.created", "entry.updated", "entry.deleted", "blog.closed"]
        assert heard[0][1]["blog"]["title"] == "Ferry off Esbjerg: latest"
        _, _, body = await gateway.call("GET", "/api/v1/entries?source=ferry&limit=1")
        assert body["entries"][0].keys() == heard[0][1].keys()


async def test_one_source_is_heard_alone(gateway: Gateway):
    async with listening(gateway, "?source=quay") as reader:
        await gateway.happen(enriched("e1"), enriched("e2", source="quay"))
        assert (await reader.event())[1]["id"] == "e2"


async def test_it_resumes_after_the_last_event_over_all_slots(gateway: Gateway):
    """Cut off anywhere while it catches up, it goes on from there: nothing is left out, nothing comes twice."""
    sources = [f"s{n}" for n in range(8)]
    assert len({source_partition(source, 2) for source in sources}) == 2
    async with listening(gateway) as reader:
        await gateway.happen(enriched("first"))
        await reader.event()
        last_id = reader.last_id
    await gateway.happen(*(enriched(f"e{n}", source=source) for n, source in enumerate(sources)))
    heard: list[str] = []
    while len(heard) < len(sources):
        async with listening(gateway, last_id=last_id) as reader:
            heard += [(await reader.event())[1]["id"] for _ in range(min(3, len(sources) - len(heard)))]
            last_id = reader.last_id
    assert sorted(heard) == [f"e{n}" for n in range(8)]
    async with listening(gateway, last_id=last_id) as reader:
        await gateway.happen(enriched("live"))
        assert (await reader.event())[1]["id"] == "live"


async def test_a_stream_without_events_still_moves_on(gateway: Gateway, monkeypatch):
    """The heartbeat carries the position, so that a quiet source's reader resumes from where it heard nothing."""
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    async with listening(gateway, "?source=quay") as reader:
        first = (await reader.block())["id"] if "id" in (block := await reader.block()) else block
        await gateway.happen(enriched("e1"))
        while (fields := await reader.block()).get("id") in {None, first}:
            pass
        assert "data" not in fields


async def test_a_slow_listener_is_let_go_and_the_others_go_on(gateway: Gateway, monkeypatch):
    monkeypatch.setattr(following, "WAITING_EVENTS", 5)
    slow = gateway.follower.join()
    async with listening(gateway) as reader:
        for n in range(8):
            await gateway.happen(enriched(f"e{n}"))
            assert (await reader.event())[1]["id"] == f"e{n}"
        waiting = [slow.get_nowait() for _ in range(slow.qsize())]
        assert waiting[-1] is None
        assert len(waiting) == 5
        assert gateway.follower.listeners == 1


async def test_a_gateway_that_stops_lets_its_listeners_go(gateway: Gateway):
    async with listening(gateway) as reader:
        await gateway.happen(enriched("e1"))
        gateway.follower.stop()
        assert (await reader.event())[1]["id"] == "e1"
        with pytest.raises(EOFError):
            await reader.event()
        async with gateway.http.get("/api/v1/stream") as late:
            assert b"listening" in await asyncio.wait_for(late.read(), 5)


async def test_a_listener_that_leaves_is_forgotten(gateway: Gateway, monkeypatch):
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    async with listening(gateway):
        assert gateway.follower.listeners == 1
    await until(lambda: gateway.follower.listeners == 0)


async def test_there_are_only_so_many_streams(gateway: Gateway, monkeypatch):
    monkeypatch.setattr(streaming, "STREAMS", 1)
    async with listening(gateway):
        status, headers, problem = await gateway.call("GET", "/api/v1/stream")
        assert (status, problem["status"]) == (503, 503)
        assert int(headers["retry-after"]) > 0


async def test_what_is_no_event_is_passed_over(gateway: Gateway):
    stream = key(source_partition("ferry", 2), ENRICHED)
    await gateway.redis.xadd(stream, {"m": b"\xc1 rubbish"})
    await gateway.redis.xadd(stream, {"other": b"field"})
    await gateway.redis.xadd(stream, {"m": b"\x81\xa4type\xaafrom.later"})
    await gateway.happen(enriched("e1"))
    _, _, body = await gateway.call("GET", "/api/v1/entries")
    assert [entry["id"] for entry in body["entries"]] == ["e1"]
