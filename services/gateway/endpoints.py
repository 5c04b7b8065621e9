"""Whether a subscriber may name this endpoint: checked before it is taken, and again by the notifier at the socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from services.gateway.http.problems import ProblemError
from shared.channels.push_hosts import is_push_endpoint
from shared.channels.push_keys import check_push_keys
from shared.outgoing.guard import Guard, RefusedTargetError
from shared.subscriptions.record import WebhookChannel, WebPushChannel

RESOLVE_SECONDS = 5.0


async def check_webhook(channel: WebhookChannel, guard: Guard) -> None:
    """Raises ProblemError where the address may not be called or does not resolve."""
    await _check_target(channel.url, guard, "channel.url")


async def check_webpush(channel: WebPushChannel, guard: Guard, push_hosts: Sequence[str]) -> None:
    """Raises ProblemError where the endpoint lies on no known push service, or the keys are none."""
    try:
        check_push_keys(channel.keys.p256dh, channel.keys.auth)
    except ValueError as error:
        raise ProblemError(400, f"channel.{error}") from error
    if is_push_endpoint(channel.endpoint, push_hosts):
        return
    if not guard.opens(channel.endpoint):
        raise ProblemError(
            400, "channel.endpoint lies on no push service that is known here: have it added to LIVEBELL_PUSH_HOSTS."
        )
    await _check_target(channel.endpoint, guard, "channel.endpoint")


async def _check_target(url: str, guard: Guard, field: str) -> None:
    try:
        guard.check_url(url)
        parts = urlsplit(url)
        host = parts.hostname or ""
        for address in await _addresses(host, parts.port or 443):
            guard.check_address(address, host, only_allowed=parts.scheme == "http")
    except RefusedTargetError as error:
        raise ProblemError(400, f"{field}: {error}") from error


async def _addresses(host: str, port: int) -> list[str]:
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError) as error:
        raise ProblemError(400, f"channel: {host} does not resolve to an address: check the name.") from error
    return [str(address[4][0]) for address in found]
