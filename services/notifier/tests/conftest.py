"""A deliverer as it runs, over a real server, and endpoints on loopback that behave as the test says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from redis.asyncio import Redis

from services.notifier.channels.sending import Sender
from services.notifier.channels.vapid import Vapid
from services.notifier.delivering.deliverer import Deliverer
from services.notifier.delivering.handover import event_key, move_due
from services.notifier.delivering.origins import Origins
from services.notifier.delivering.turns import TICK_SECONDS, Turns
from services.notifier.tests.news import enriched
from shared.channels.vapid_keys import b64, generate_key
from shared.channels.webhook_secrets import generate_secret
from shared.deliveries.log import DeliveryRecord, deliveries_of
from shared.keys import DELIVERIES, key
from shared.messages import DeliveryBatch, EntryEnriched, encode, event_id
from shared.outgoing.client import Outgoing
from shared.outgoing.guard import Guard
from shared.streams.consumer import Record
from shared.streams.hop import Hop
from shared.subscriptions.record import ACTIVE, PushKeys, Subscription, WebhookChannel, WebPushChannel
from shared.subscriptions.store import SubscriptionStore

TAG, GROUP = "{d0}", "notifier"
SECRET = generate_secret()
BROWSER = ec.generate_private_key(ec.SECP256R1())
AUTH = os.urandom(16)
KEYS = PushKeys(
    p256dh=b64(BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)), auth=b64(AUTH)
)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Endpoints:
    """Each path of one server is an endpoint: `answers` by its first part, 204 where none is given."""

    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: dict[str, list[tuple[float, web.Request, bytes]]] = field(default_factory=lambda: defaultdict(list))
    busy: int = 0
    busiest: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen[request.path].append((time.perf_counter(), request, await request.read()))
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            answer = self.answers.get(request.path.split("/")[1])
            return await answer(request) if answer else web.Response(status=204)
        finally:
            self.busy -= 1

    def count(self, path: str) -> int:
        return len(self.seen.get(path, ()))


async def hang(_: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


def status(code: int, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


@pytest.fixture
async def endpoints() -> AsyncIterator[Endpoints]:
    made = Endpoints()
    app = web.Application()
    app.router.add_post("/{tail:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    await web.SockSite(runner, listener).start()
    made.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield made
    await runner.cleanup()
    listener.close()


class Bench:
    """One notifier's delivering half. `now` is its clock, which the test may set forward."""

    def __init__(self, redis: Redis, endpoints: Endpoints, outgoing: Outgoing, **options: Any) -> None:
        self.redis = redis
        self.endpoints = endpoints
        self.ahead = 0.0
        self.store = SubscriptionStore(redis, 1)
        limits = {"at_once": 500, "slow": 4000, "per_host": 200, "per_endpoint": 8, "per_second": 1000.0}
        self.turns = Turns(**{name: options.pop(name, value) for name, value in limits.items()})
        self.origins = Origins(self.clock)
        vapid = Vapid(generate_key(), "mailto:desk@example.org", self.clock)
        guard = Guard(["127.0.0.0/8"])
        self.sender = Sender(outgoing, vapid, self.turns, self.origins, guard, options.pop("push_hosts", ()))
        given = {"schedule": (5, 300, 1800), "home": "https://livebell.example/", "timeout": 1.0}
        self.deliverer = Deliverer(
            redis, self.store, self.sender, TAG, clock=self.clock, **{**given, "disable_after_days": 5.0, **options}
        )
        self.stream = key(TAG, DELIVERIES)
        self.hop = Hop(redis, stream=self.stream, group=GROUP, max_attempts=3, handle=self.deliverer.handle)

    def clock(self) -> float:
        return time.time() + self.ahead

    async def subscribe(self, name: str, path: str = "/ok", **fields: Any) -> Subscription:
        channel = fields.pop("channel", None) or WebhookChannel(url=self.endpoints.base + path, secret=SECRET)
        made = Subscription(
            id=f"sub_{name}",
            channel=channel,
            status=fields.pop("status", ACTIVE),
            token_hash="",
            created_at=0.0,
            **fields,
        )
        await self.store.create(made)
        return made

    def browser(self, path: str) -> WebPushChannel:
        return WebPushChannel(endpoint=self.endpoints.base + path, keys=KEYS)

    async def publish(self, subscriptions: Sequence[str], event: EntryEnriched | None = None, **fields: Any) -> str:
        """Puts a batch into the stream as the matcher does; returns the event's id."""
        event = event or enriched("e1")
        name = event.changed.id
        await self.redis.set(event_key(TAG, name), encode(event))
        batch = DeliveryBatch(
            **{
                "id": event_id(name, *subscriptions), "event_id": name, "kind": "entry.created", "channel": "webhook",
                "subscriptions": tuple(subscriptions), **fields,
            }
        )  # fmt: skip
        await self.redis.xadd(self.stream, {"m": encode(batch)})
        return name

    async def work(self, *, linger: float = 5.0) -> int:
        """Works on all that is in the stream, each message on its own as the notifier does, and waits for answers that
        are awaited without their batch; returns how many messages there were."""
        with contextlib.suppress(Exception):
            await self.redis.xgroup_create(self.stream, GROUP, id="0", mkstream=True)
        read: Any = await self.redis.xreadgroup(GROUP, "test", {self.stream: ">"}, count=1000)
        records = [Record(i, fields[b"m"]) for _, found in read for i, fields in found]
        await asyncio.gather(*(self.hop([record]) for record in records))
        await self.deliverer.linger(linger)
        return len(records)

    async def come_due(self, seconds: float = 1e6) -> None:
        """Lets so much time pass for what waits in Redis, and puts what is due back into the stream.

        Redis reads its own clock, so the due times are set back and not the clock forward.
        """
        retries = key(TAG, "retries")
        for name, due in await self.redis.zrange(retries, 0, -1, withscores=True):
            await self.redis.zadd(retries, {name: max(0, due - seconds * 1000)})
        await move_due(self.redis, TAG, 1000)

    async def waiting(self) -> dict[str, float]:
        """Seconds until each waiting delivery is due, by name."""
        found = await self.redis.zrange(key(TAG, "retries"), 0, -1, withscores=True)
        return {name.decode(): due / 1000 - self.clock() for name, due in found}

    async def log(self, name: str) -> list[DeliveryRecord]:
        return await deliveries_of(self.redis, TAG, f"sub_{name}")

    async def pending(self) -> int:
        return int((await self.redis.xpending(self.stream, GROUP))["pending"])


@pytest.fixture
async def make_bench(redis: Redis, endpoints: Endpoints) -> AsyncIterator[Callable[..., Bench]]:
    async with contextlib.AsyncExitStack() as stack:

        def make(*, total: float = 1.0, **options: Any) -> Bench:
            guard, unlimited = Guard(["127.0.0.0/8"]), {"at_once": 0, "at_once_per_host": 0}
            outgoing = Outgoing(guard, plain_http=False, user_agent="Livebell test", total=total, **unlimited)
            stack.push_async_callback(outgoing.close)
            bench = Bench(redis, endpoints, outgoing, **options)
            ticking = asyncio.create_task(tick(bench.turns))
            stack.callback(ticking.cancel)
            return bench

        yield make


@pytest.fixture
async def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


async def tick(turns: Turns) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await turns.tick()


async def until(holds: Callable[[], Any], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            held = holds()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.01)
