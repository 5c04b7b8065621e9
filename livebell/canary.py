"""The canary: a live blog of our own that posts every minute, and the webhook at which its alerts must arrive.

All in one process and on one port: /blog is what the fetcher polls, /alerts what the notifier calls, /metrics what
Prometheus reads. It rings for nobody else: the source's id is known to the notifier and the gateway.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from aiohttp import web
from prometheus_client import Counter, Gauge, Histogram

from services.notifier.channels.standard_webhooks import headers as signature_headers
from shared.telemetry.health import answer
from shared.telemetry.logs import get_logger
from shared.telemetry.metrics import REGISTRY

SHOWN = 20
"""Entries on the page; what has not arrived when it leaves the page is lost."""
MAX_BODY_BYTES = 64 * 1024
MOST_SKEW_SECONDS = 300
BUCKETS = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0)
ENTRIES = Counter(
    "livebell_canary_entries_total",
    "The canary's entries by end: arrived, lost (left the page before their alert came), refused (a wrong signature).",
    ["end"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "livebell_canary_seconds",
    "Time from an entry being posted on the canary's blog to its alert's arrival, polling included.",
    buckets=BUCKETS,
    registry=REGISTRY,
)
LAST_ARRIVAL = Gauge(
    "livebell_canary_last_arrival_timestamp_seconds",
    "When an alert of the canary last arrived; its own start before the first.",
    registry=REGISTRY,
)
for _end in ("arrived", "lost", "refused"):
    ENTRIES.labels(_end)
log = get_logger()


class Canary:
    """`post` from time to time; `app` serves. `secret` is what the webhook's signatures are made with."""

    def __init__(self, url: str, secret: str, *, clock: Callable[[], float] = time.time) -> None:
        self.url = url.rstrip("/")
        self._secret = secret
        self._clock = clock
        self._posts: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        """id → when it was posted, and whether its alert has arrived."""
        LAST_ARRIVAL.set(clock())

    @property
    def blog(self) -> str:
        return f"{self.url}/blog"

    @property
    def hook(self) -> str:
        return f"{self.url}/alerts"

    def post(self) -> str:
        name = f"canary-{secrets.token_hex(6)}"
        self._posts[name] = (self._clock(), False)
        while len(self._posts) > SHOWN:
            gone, (at, arrived) = self._posts.popitem(last=False)
            if not arrived:
                ENTRIES.labels("lost").inc()
                log.error("canary.lost", entry=gone, posted=at)
        return name

    def arrive(self, entry: str) -> float | None:
        """Seconds from its being posted; None for one that is not known, or has arrived before."""
        at, arrived = self._posts.get(entry, (0.0, True))
        if arrived:
            return None
        now = self._clock()
        self._posts[entry] = (at, True)
        ENTRIES.labels("arrived").inc()
        SECONDS.observe(now - at)
        LAST_ARRIVAL.set(now)
        log.info("canary.arrived", entry=entry, seconds=round(now - at, 3))
        return now - at

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/blog", self._page)
        app.router.add_post("/alerts", self._receive)
        for path in ("/healthz", "/readyz", "/metrics"):
            app.router.add_get(path, _health)
        return app

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(
            text=page(self.blog, {name: at for name, (at, _) in self._posts.items()}), content_type="text/html"
        )

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._signed(request, body):
            ENTRIES.labels("refused").inc()
            log.warning("canary.refused", reason="the signature is not ours")
            return web.Response(status=401)
        try:
            event = msgspec.json.decode(body, type=_Event)
        except msgspec.DecodeError:
            return web.Response(status=400)
        if event.type == "entry.created" and event.data.entry is not None:
            # The page names its entries by URL, as sites do; the id is what follows the #.
            self.arrive(event.data.entry.id.rpartition("#")[2])
        return web.Response(status=204)

    def _signed(self, request: web.Request, body: bytes) -> bool:
        stamp = request.headers.get("webhook-timestamp", "")
        if not stamp.isascii() or not stamp.isdigit() or abs(int(stamp[:12]) - self._clock()) > MOST_SKEW_SECONDS:
            return False
        delivery = request.headers.get("webhook-id", "")
        ours = signature_headers([self._secret], delivery=delivery, timestamp=int(stamp), body=body)
        given = request.headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(one.encode(), ours["webhook-signature"].encode()) for one in given)


class _Entry(msgspec.Struct):
    id: str = ""


class _Data(msgspec.Struct):
    entry: _Entry | None = None


class _Event(msgspec.Struct):
    type: str = ""
    data: _Data = msgspec.field(default_factory=_Data)


def page(url: str, posts: dict[str, float]) -> str:
    """A live blog as sites write it, the newest first: JSON-LD, and what it says as HTML."""
    newest = list(reversed(posts.items()))
    data = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": url,
        "headline": "Livebell's canary",
        "liveBlogUpdate": [
            {
                "@type": "BlogPosting",
                "@id": f"{url}#{name}",
                "url": f"{url}#{name}",
                "headline": f"Canary {name}",
                "articleBody": f"This entry, {name}, was posted by Livebell itself to see whether its alert arrives.",
                "datePublished": datetime.fromtimestamp(at, UTC).isoformat(),
            }
            for name, at in newest
        ],
    }
    shown = "".join(f'<article id="{name}"><h2>Canary {name}</h2></article>' for name, _ in newest)
    script = json.dumps(data).replace("</", "<\\/")
    return (
        "<!doctype html><html lang=en><title>Livebell's canary</title>"
        f'<script type="application/ld+json">{script}</script><main>{shown}</main></html>'
    )


async def _health(request: web.Request) -> web.Response:
    status, kind, body = await answer(request.path, request.headers.get("Accept", ""), _checks)
    return web.Response(status=status, body=body, headers={"Content-Type": kind})


async def _checks() -> dict[str, bool]:
    return {"serving": True}
