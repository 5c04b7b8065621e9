"""What every service answers over HTTP: /healthz (the process lives), /readyz (its consumers run and Redis answers),
/metrics (Prometheus).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from shared.telemetry.metrics import exposition

Checks: TypeAlias = Callable[[], Awaitable[Mapping[str, bool]]]
Scope: TypeAlias = Mapping[str, Any]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def health_app(checks: Checks) -> App:
    """An ASGI application of three addresses; `checks` names what must hold for the service to be ready."""

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, kind, body = await answer(scope["path"], _accept(scope), checks)
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def answer(path: str, accept: str, checks: Checks) -> tuple[int, str, bytes]:
    """Status, content type and body for one of the three addresses; 404 for another."""
    if path == "/healthz":
        return 200, "application/json", b'{"status":"ok"}'
    if path == "/readyz":
        held = await checks()
        ready = all(held.values())
        body = {"status": "ready" if ready else "not ready", "checks": held}
        return 200 if ready else 503, "application/json", msgspec.json.encode(body)
    if path == "/metrics":
        exposed, kind = exposition(accept)
        return 200, kind, exposed
    return 404, "application/json", b'{"status":"not found","see":["/healthz","/readyz","/metrics"]}'


def _accept(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
