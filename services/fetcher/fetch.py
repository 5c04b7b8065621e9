"""Gets a page: redirects followed one by one past the guard, the body bounded, every failure named."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import urldefrag, urljoin

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponse,
    ClientSSLError,
    ServerDisconnectedError,
)
from multidict import istr

from services.fetcher.outcome import PAGE_STATUSES, Answer, Failed, encodable
from services.fetcher.reasons import Reason
from shared.outgoing.client import Outgoing, coding, read_coded, read_start
from shared.outgoing.content_coding import TooLargeError
from shared.outgoing.guard import RefusedTargetError

MAX_REDIRECTS = 5
_KEPT = tuple(map(istr, ("etag", "last-modified", "content-type", "retry-after", "cache-control", "age")))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (RefusedTargetError, Reason.REFUSED_TARGET),
    (TooLargeError, Reason.TOO_LARGE),
    (TimeoutError, Reason.TIMEOUT),
    (ClientConnectorDNSError, Reason.UNRESOLVABLE),
    (socket.gaierror, Reason.UNRESOLVABLE),
    (ClientConnectorCertificateError, Reason.TLS),
    (ClientSSLError, Reason.TLS),
    (ClientConnectorError, Reason.UNREACHABLE),
    (ClientPayloadError, Reason.BROKEN_OFF),
    (ServerDisconnectedError, Reason.BROKEN_OFF),
    (ClientOSError, Reason.BROKEN_OFF),
    (ClientError, Reason.PROTOCOL),
)
"""The first that fits: subclasses stand before their bases."""


Refusal: TypeAlias = Callable[[str], Awaitable[Failed | None]]
"""Why an address must not be fetched, if it must not."""


async def _nowhere(_: str) -> Failed | None:
    return None


async def fetch(
    outgoing: Outgoing,
    url: str,
    headers: Mapping[str, str],
    *,
    seconds: float,
    most_bytes: int,
    cut: bool = False,
    refused: Refusal = _nowhere,
) -> Answer | Failed:
    """The answer at the end of at most five redirects, within so many seconds in all; `cut` keeps the first bytes of a
    body that is larger, else it fails. `refused` is asked before each redirect is followed."""
    try:
        async with asyncio.timeout(seconds):
            return await _follow(outgoing, url, headers, most_bytes, cut=cut, refused=refused)
    except tuple(kind for kind, _ in _REASONS) as error:
        reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
        return Failed(reason=reason, seen=time.time(), detail=_detail(error))


async def fetch_start(outgoing: Outgoing, url: str, *, seconds: float, most_bytes: int) -> Answer | Failed:
    """As `fetch`, but of a body only the first bytes, and these as they are: what a robots.txt may take of us."""
    return await fetch(outgoing, url, {"Accept-Encoding": "identity"}, seconds=seconds, most_bytes=most_bytes, cut=True)


async def _follow(
    outgoing: Outgoing, url: str, headers: Mapping[str, str], most_bytes: int, *, cut: bool, refused: Refusal
) -> Answer | Failed:
    visited: set[str] = set()
    while len(visited) <= MAX_REDIRECTS and url not in visited:
        visited.add(url)
        response = await outgoing.open("GET", url, headers=headers)
        try:
            if response.status not in _REDIRECTS or (location := response.headers.get("Location")) is None:
                return await _answer(response, url, most_bytes, cut=cut)
            url = _joined(url, location)
        finally:
            response.release()
        if url not in visited and len(visited) <= MAX_REDIRECTS and (failed := await refused(url)) is not None:
            return failed
    return Failed(
        reason=Reason.REDIRECT_LOOP,
        seen=time.time(),
        detail=f"{len(visited)} redirects, at last to {encodable(url[:200])}",
    )


async def _answer(response: ClientResponse, url: str, most_bytes: int, *, cut: bool) -> Answer:
    headers = response.headers
    whole = response.status in PAGE_STATUSES
    read = read_start if cut else read_coded
    return Answer(
        url=url,
        status=response.status,
        headers={name: headers[name] for name in _KEPT if name in headers},
        coding=coding(response) if whole else "",
        body=await read(response, most_bytes) if whole else b"",
        seen=time.time(),
    )


def _joined(url: str, location: str) -> str:
    try:
        return urldefrag(urljoin(url, location.strip())).url
    except ValueError:
        raise RefusedTargetError("The page redirects to what is no address: give the one at which it ends.") from None


def _detail(error: Exception) -> str:
    address = getattr(error, "address", None)
    said = f"{error} ({address})" if address else str(error)
    return encodable(said or type(error).__name__)[:500]
