"""A gateway as it runs, on a free port of loopback, over a real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import pytest
import uvicorn
from redis.asyncio import Redis

from services.gateway.api import create_app
from services.gateway.following import Follower
from services.gateway.http.access import Allowance
from services.gateway.settings import Settings
from services.gateway.view import View
from shared.http_bounds import HEADER_BYTES, BoundedProtocol
from shared.keys import ENRICHED, key, source_partition, source_partitions
from shared.messages import Enriched, EntryEnriched, encode
from shared.outgoing.guard import Guard
from shared.sources.store import SourceStore
from shared.subscriptions.store import SubscriptionStore

ADMIN = "operator-token-of-this-test"
PARTITIONS = 2


@dataclass
class Gateway:
    """`get`, `post` and so on answer (status, headers, body as JSON or text)."""

    settings: Settings
    redis: Redis
    store: SubscriptionStore
    view: View
    follower: Follower
    http: aiohttp.ClientSession
    url: str

    async def call(self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any) -> Any:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        async with self.http.request(method, path, json=body, headers=headers, **more) as response:
            text = await response.text()
            is_json = "json" in response.headers.get("content-type", "").replace("ndjson", "")
            return response.status, response.headers, json.loads(text) if is_json else text

    async def subscribe(self, body: Any, *, token: str | None = None) -> Any:
        status, _, made = await self.call("POST", "/api/v1/subscriptions", body, token=token)
        assert status == 201, made
        return made

    async def happen(self, *events: Enriched) -> None:
        """Writes events as the enricher does, and waits until the view has read them."""
        last: dict[str, str] = {}
        for event in events:
            source = event.changed.source if isinstance(event, EntryEnriched) else event.source
            tag = source_partition(source, PARTITIONS)
            last[tag] = (await self.redis.xadd(key(tag, ENRICHED), {"m": encode(event)})).decode()
        await until(lambda: all(self.follower.positions[tag] == at for tag, at in last.items()))


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(redis: Redis, listen_port: int = 0, **settings: Any) -> AsyncIterator[Gateway]:
    chosen = Settings(**{"admin_token": ADMIN, "allow_targets": ("127.0.0.0/8",), "partitions": PARTITIONS, **settings})
    tags, view = source_partitions(PARTITIONS), View()
    follower = Follower(redis, tags, view)
    store = SubscriptionStore(redis, chosen.subscriber_partitions)
    app: Any = create_app(
        chosen,
        redis=redis,
        store=store,
        sources=SourceStore(redis, PARTITIONS),
        view=view,
        follower=follower,
        guard=Guard(chosen.allow_targets),
        allowance=Allowance(chosen.subscribe_per_minute),
    )

    async def follow(tag: str) -> None:
        while True:
            await follower.follow(tag)

    listener = socket.create_server(("127.0.0.1", listen_port))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            http=BoundedProtocol,
            h11_max_incomplete_event_size=HEADER_BYTES,
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    tasks = [asyncio.create_task(follow(tag)) for tag in tags]
    serving = asyncio.create_task(server.serve([listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with aiohttp.ClientSession(url) as http:
        try:
            await until(lambda: server.started and follower.caught_up)
            yield Gateway(chosen, redis, store, view, follower, http, url)
        finally:
            server.should_exit = True
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
                await serving
            listener.close()


@pytest.fixture
async def gateway(redis: Redis) -> AsyncIterator[Gateway]:
    async with running(redis) as started:
        yield started


@pytest.fixture
def start(redis: Redis) -> Callable[..., Any]:
    """A gateway with settings of the test's own: `async with start(admin_token="") as gateway`."""
    return partial(running, redis)
