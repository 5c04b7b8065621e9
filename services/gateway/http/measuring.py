"""Rate, errors and duration of the gateway's answers, by route: addresses that strangers make up are one route."""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from shared.telemetry.health import App, Receive, Scope, Send
from shared.telemetry.metrics import LATENCY_BUCKETS, REGISTRY

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
_ROUTES = (
    (re.compile(r"/api/v1/subscriptions/[^/]+/(test|secret|recover|deliveries)"), r"/api/v1/subscriptions/{id}/\1"),
    (re.compile(r"/api/v1/subscriptions/[^/]+"), "/api/v1/subscriptions/{id}"),
    (re.compile(r"/api/v1/deliveries/[^/]+/retry"), "/api/v1/deliveries/{id}/retry"),
    (re.compile(r"/api/v1/sources/[^/]+"), "/api/v1/sources/{id}"),
    (re.compile(r"/feeds/.+"), "/feeds/{source}"),
    (re.compile(r"/export/.+"), "/export/{source}"),
    (re.compile(r"/entries/.+"), "/entries/{source}/{entry}"),
)
_WHOLE = frozenset(
    f"/api/v1/{name}" for name in ("subscriptions", "sources", "entries", "stream", "push/key", "explain", "caught")
) | {"/", "/docs", "/openapi.json", "/sw.js"}

REQUESTS = Counter(
    "livebell_http_requests_total",
    "The gateway's answers by route, method and class of status (2xx, 4xx, …; broken where none was sent).",
    ["route", "method", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "livebell_http_request_seconds",
    "Time until the gateway's answer began.",
    ["route"],
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
OPEN_STREAMS = Gauge("livebell_open_streams", "Event streams that listeners hold open.", registry=REGISTRY)


@lru_cache(4096)
def route_of(path: str) -> str:
    """The route that a path belongs to; one name for all that there is none for."""
    if path in _WHOLE:
        return path
    return next((pattern.sub(name, path) for pattern, name in _ROUTES if pattern.fullmatch(path)), OTHER)


def measured(inner: App) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        route, started, status = route_of(scope["path"]), time.perf_counter(), "broken"

        async def counted(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
                REQUEST_SECONDS.labels(route).observe(time.perf_counter() - started)
            await send(message)

        try:
            await inner(scope, receive, counted)
        finally:
            method = scope["method"] if scope["method"] in METHODS else OTHER
            REQUESTS.labels(route, method, status).inc()

    return app
