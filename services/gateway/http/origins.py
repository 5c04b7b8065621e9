"""Pages of other sites change nothing here, whatever they send, unless LIVEBELL_CORS_ORIGINS names them.

A browser says in Sec-Fetch-Site where a request comes from, an older one at least in Origin. What is no browser sends
neither and is nobody's hands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from services.gateway.http.problems import send_problem
from shared.telemetry.health import App, Receive, Scope, Send

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({b"same-origin", b"none"})
REFUSED = (
    "A page of another site may change nothing here: call from your own server, or have the operator add the page's "
    "origin to LIVEBELL_CORS_ORIGINS."
)


def with_own_origin(app: App, allowed: Sequence[str], public_url: str) -> App:
    named = frozenset(origin.rstrip("/").encode() for origin in allowed)
    home = urlsplit(public_url).netloc.encode()

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in READING and not _is_own(dict(scope.get("headers", ())), named, home):
            await send_problem(send, 403, REFUSED)
            return
        await app(scope, receive, send)

    return guarded


def _is_own(headers: Mapping[bytes, bytes], named: frozenset[bytes], home: bytes) -> bool:
    origin = headers.get(b"origin")
    if b"*" in named or (origin is not None and origin in named):
        return True
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in OWN
    return origin is None or origin.partition(b"://")[2] in {headers.get(b"host"), home}
