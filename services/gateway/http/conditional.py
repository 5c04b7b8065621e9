"""Entity tags (RFC 9110): an answer that the client holds already is not sent again, and a change that was made from an
old state is refused."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from litestar import Request

from services.gateway.http.problems import ProblemError
from shared.telemetry.health import App, Receive, Scope, Send

MAX_HEADER = 4096


def entity_tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def with_etags(app: App) -> App:
    """Every whole answer to a GET carries an ETag; 304 where If-None-Match names it. A change tells the new one."""

    async def tagged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") not in {"GET", "PATCH"}:
            await app(scope, receive, send)
            return
        await app(scope, receive, _Tagging(scope, send))

    return tagged


class _Tagging:
    """Holds the start of an answer back until its body is there; a stream passes through."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self._start: dict[str, Any] | None = None

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        start, self._start = self._start, None
        if message.get("more_body"):
            await self._send(start)
            await self._send(message)
            return
        await self._whole(start, message)

    async def _whole(self, start: dict[str, Any], message: dict[str, Any]) -> None:
        headers = list(start["headers"])
        told = next((value.decode() for name, value in headers if name == b"etag"), None)
        tag = told or entity_tag(message.get("body", b""))
        if told is None:
            headers.append((b"etag", tag.encode()))
        if not any(name == b"cache-control" for name, _ in headers):
            headers.append((b"cache-control", b"private, no-cache"))
        if self._scope["method"] == "GET" and _names(_header(self._scope, b"if-none-match"), tag, weakly=True):
            kept = [(name, value) for name, value in headers if name not in {b"content-length", b"content-type"}]
            await self._send({**start, "status": 304, "headers": kept})
            await self._send({**message, "body": b""})
            return
        await self._send({**start, "headers": headers})
        await self._send(message)


def check_match(request: Request[Any, Any, Any], shown: msgspec.Struct) -> None:
    """Raises ProblemError where If-Match names another state than the one that is there now."""
    asked = request.headers.get("if-match", "")
    if asked and not _names(asked, entity_tag(msgspec.json.encode(shown)), weakly=False):
        raise ProblemError(412, "This has changed since you read it: GET it again, and send its ETag as If-Match.")


def _names(asked: str, tag: str, *, weakly: bool) -> bool:
    told = [part.strip() for part in asked[:MAX_HEADER].split(",")]
    return "*" in told or tag in told or (weakly and f"W/{tag}" in told)


def _header(scope: Scope, name: bytes) -> str:
    return ",".join(value.decode("latin-1") for known, value in scope["headers"] if known == name)
