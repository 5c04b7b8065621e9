"""How often a client may ask, told in `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from services.gateway.http.access import Allowance, client_of
from services.gateway.http.problems import send_problem
from shared.telemetry.health import App, Receive, Scope, Send

LIMITED = ("/api/", "/feeds/", "/export/", "/entries/")
QUOTAS = "livebell.quotas"


def with_limits(app: App, allowance: Allowance, trusted_proxies: Sequence[str]) -> App:
    """Each request to the API and the feeds counts for its client."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if not str(scope.get("path", "")).startswith(LIMITED):
            await app(scope, receive, send)
            return
        client = client_of(scope, trusted_proxies)
        wait = allowance.take(client)
        tell_quota(scope, allowance, client)

        async def telling(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_told(scope)]}
            await send(message)

        if wait:
            seconds = math.ceil(wait)
            detail = f"Too many requests from here: try again in {seconds} s."
            await send_problem(telling, 429, detail, {"Retry-After": str(seconds)})
            return
        await app(scope, receive, telling)

    return limited


def tell_quota(scope: Scope, allowance: Allowance, client: str) -> None:
    """Has the answer say what remains of an allowance."""
    scope.setdefault(QUOTAS, []).append((allowance, client))  # type: ignore[attr-defined]


def _told(scope: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    quotas: list[tuple[Allowance, str]] = scope.get(QUOTAS, [])
    policies = ", ".join(allowance.policy() for allowance, _ in quotas)
    left = ", ".join(allowance.left(client) for allowance, client in quotas)
    return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", left.encode())]
