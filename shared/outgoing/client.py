"""HTTP to the world: one kind of client, guarded at the socket, bounded in time, connections and bytes."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Self

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from shared.outgoing.content_coding import TooLargeError, decoded
from shared.outgoing.guard import MAX_URL, Guard, RefusedTargetError
from shared.outgoing.resolver import Resolver

MAX_HEADER_LINE = 32_768
"""News sites send policies of 10 kB and more in one header."""
DNS_SECONDS = 60
KEEP_ALIVE_SECONDS = 30.0
TARGETS_KEPT = 10_000
"""Addresses whose check is remembered: most are called again and again."""


_SIMPLE = re.compile(r"(https?://[A-Za-z0-9.:-]+/)[A-Za-z0-9/._~%?=&:+,;@!$*()-]*")


class _Aim:
    """Where a request is headed, for the socket that is made on its way."""

    __slots__ = ("host", "only_allowed", "refused", "to_proxy")

    def __init__(self, host: str, *, only_allowed: bool) -> None:
        self.host = host
        self.only_allowed = only_allowed
        self.refused: RefusedTargetError | None = None
        self.to_proxy = False


class _RefusedSocketError(OSError):
    """What the connector understands: this address is of no use."""


_aim: ContextVar[_Aim | None] = ContextVar("aim", default=None)


class Outgoing:
    """Calls only what the guard lets pass; lives as long as the process. Make it inside a running loop.

    `plain_http`: http is fine for any target. With a `proxy` (http://host:port) the guard sees every address that the
    target's name leads to before the proxy is asked; the proxy's own is the operator's choice.

    Times are seconds: for all of a request, for its connection, and between two reads (None: as long as all of it).
    With `at_once` 0 whoever calls keeps count. It follows no redirect, keeps no cookies, takes no proxy from the
    environment, and leaves the body to `read_bounded`.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        plain_http: bool,
        user_agent: str,
        total: float | None,
        connect: float | None = 10.0,
        read: float | None = 15.0,
        at_once: int = 100,
        at_once_per_host: int = 8,
        proxy: str = "",
    ) -> None:
        """`at_once_per_host` 0 leaves that to whoever calls, and so does None each of the times."""
        self._guard = guard
        self._plain_http = plain_http
        self._target = lru_cache(TARGETS_KEPT)(self._checked)
        self._check_origin = lru_cache(TARGETS_KEPT)(partial(guard.check_url, plain_http=plain_http))
        self._proxy = _proxy(proxy) if proxy else None
        self._resolver = Resolver()
        self._led_to: dict[str, float] = {}
        self._session = ClientSession(
            connector=TCPConnector(
                resolver=self._resolver,
                socket_factory=self._socket,
                limit=at_once,
                limit_per_host=at_once_per_host,
                ttl_dns_cache=DNS_SECONDS,
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            ),
            timeout=ClientTimeout(
                total=total, connect=connect if at_once else None, sock_connect=connect or total, sock_read=read
            ),
            headers={"User-Agent": user_agent},
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=MAX_HEADER_LINE,
            max_field_size=MAX_HEADER_LINE,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._session.close()
        await self._resolver.close()

    async def open(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: bytes | None = None
    ) -> ClientResponse:
        """The answer, its body unread: `async with await …` releases it. Raises RefusedTargetError, and aiohttp's
        ClientError and TimeoutError."""
        target = self._target(url)
        aim = _Aim(target.raw_host or "", only_allowed=target.scheme == "http" and not self._plain_http)
        if self._proxy is not None:
            await self._check_led_to(target, aim)
            aim.to_proxy = True
        before = _aim.set(aim)
        try:
            return await self._session.request(
                method, target, headers=headers, data=data, allow_redirects=False, proxy=self._proxy
            )
        except ClientConnectorError as error:
            if aim.refused is not None:
                raise aim.refused from error
            raise
        finally:
            _aim.reset(before)

    def _checked(self, url: str) -> URL:
        simple = _SIMPLE.fullmatch(url)  # then nothing after the origin can be wrong
        self._check_origin(simple[1] if simple and len(url) <= MAX_URL else url)
        try:
            return URL(url)
        except ValueError:
            raise RefusedTargetError("The address cannot be read: write it as https://host/path.") from None

    async def _check_led_to(self, target: URL, aim: _Aim) -> None:
        """Raises RefusedTargetError where any address that the name leads to may not be called: the proxy chooses."""
        now = time.monotonic()
        name = f"{aim.host}:{aim.only_allowed}"
        if self._led_to.get(name, 0.0) > now:
            return
        for found in await self._resolver.resolve(aim.host.strip("[]"), target.port or 0, socket.AF_UNSPEC):
            self._guard.check_address(found["host"], aim.host, only_allowed=aim.only_allowed)
        if len(self._led_to) >= TARGETS_KEPT:
            self._led_to.clear()
        self._led_to[name] = now + DNS_SECONDS

    def _socket(self, info: AddrInfoType) -> socket.socket:
        """Makes the socket for an address that the guard lets pass: the last word, whatever led there."""
        family, kind, protocol, _, address = info
        aim = _aim.get() or _Aim("", only_allowed=True)
        if aim.to_proxy:
            return socket.socket(family, kind, protocol)
        try:
            self._guard.check_address(address[0], aim.host, only_allowed=aim.only_allowed)
        except RefusedTargetError as error:
            aim.refused = error
            raise _RefusedSocketError(str(error)) from error
        return socket.socket(family, kind, protocol)


def _proxy(address: str) -> URL:
    try:
        url = URL(address)
    except ValueError:
        url = URL()
    if url.scheme != "http" or not url.raw_host:
        raise ValueError("a proxy's address is written as http://host:port")
    return url


async def read_bounded(response: ClientResponse, limit: int) -> bytes:
    """The body, decoded, at most `limit` bytes on the wire and after decoding. Raises a BodyError of content_coding."""
    return decoded(await read_coded(response, limit), coding(response), limit)


async def read_coded(response: ClientResponse, limit: int) -> bytes:
    """The body as it came, at most `limit` bytes. Raises TooLargeError and closes the connection."""
    if (response.content_length or 0) > limit:
        response.close()
        raise TooLargeError(f"{response.content_length} bytes announced, at most {limit} are read")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            response.close()
            raise TooLargeError(f"more than {limit} bytes")
    return bytes(body)


async def read_start(response: ClientResponse, limit: int) -> bytes:
    """The first bytes of the body as it came, at most `limit`; the rest is not taken off the wire."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= limit:
            response.close()
            break
    return bytes(body[:limit])


def coding(response: ClientResponse) -> str:
    """The content coding of the body, "" for none."""
    return ", ".join(response.headers.getall("Content-Encoding", ()))
