"""What a request looks like by the time anything judges it: one spelling of its path, a host that is one, and HEAD as
the GET whose body is not sent."""

from __future__ import annotations

import re

from services.gateway.http.problems import send_problem
from shared.telemetry.health import App, Receive, Scope, Send

ENDLESS = "/api/v1/stream"
"""No answer to HEAD: it would stay open."""
_SLASHES = re.compile(r"/{2,}")
_HOST = re.compile(r"(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?", re.IGNORECASE | re.ASCII)


def with_plain_requests(app: App) -> App:
    async def plain(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_host(_hosts(scope)):
            await send_problem(send, 400, "Host: send the name or address of this gateway, with its port, once.")
            return
        path = str(scope["path"])
        # Routes are found however many slashes there are; limits, caching and idempotency go by the path.
        path = _SLASHES.sub("/", path) if "//" in path else path
        head = scope["method"] == "HEAD" and path.rstrip("/") != ENDLESS
        # A copy: the server leaves the body of its own scope's HEAD out.
        await app({**scope, "path": path, "method": "GET" if head else scope["method"]}, receive, send)

    return plain


def _hosts(scope: Scope) -> list[bytes]:
    return [value for name, value in scope.get("headers", ()) if name == b"host"]


def _is_host(told: list[bytes]) -> bool:
    """HTTP/1.0 needs none; an empty one names nothing that is wrong."""
    if not told or told == [b""]:
        return True
    found = _HOST.fullmatch(told[0].decode("latin-1")) if len(told) == 1 else None
    return found is not None and int(found[1] or 0) <= 65_535
