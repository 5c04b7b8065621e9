"""Which pages of other origins may call the API (CORS). Never with cookies: the API knows none, only bearer tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.telemetry.health import App, Receive, Scope, Send

METHODS = b"GET, POST, PATCH, DELETE"
HEADERS = b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
EXPOSED = b"ETag, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After"
PREFLIGHT_SECONDS = b"600"


def with_cors(app: App, origins: Sequence[str]) -> App:
    if not origins:
        return app
    allowed = frozenset(origin.rstrip("/").encode() for origin in origins)

    async def shared(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        origin = headers.get(b"origin")
        vary = (b"vary", b"Origin")
        granted = [vary]
        if origin is not None and (b"*" in allowed or origin in allowed):
            granted += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", EXPOSED)]
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await _preflight(send, granted)
                return

        async def granting(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *granted]}
            await send(message)

        await app(scope, receive, granting)

    return shared


async def _preflight(send: Send, granted: list[tuple[bytes, bytes]]) -> None:
    headers = [
        *granted,
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", HEADERS),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
