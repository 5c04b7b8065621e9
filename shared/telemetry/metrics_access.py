"""Who may read /metrics: everybody who reaches the port, or only the hosts and networks that the settings name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from shared.telemetry.health import App, Receive, Scope, Send

KNOWN_SECONDS = 5.0
"""For so long a host's addresses are taken as they were: a scraper that moved is let in soon."""
REFUSED = b'{"status":"refused","detail":"LIVEBELL_METRICS_FOR names who may read this."}'


def metrics_for(readers: Sequence[str], app: App) -> App:
    """The application, with /metrics answered to these hosts and CIDRs alone, and to this machine; to all if empty."""
    if not readers:
        return app
    named = Readers(readers)

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/metrics" and not await named.allow((scope.get("client") or ("",))[0]):
            await send(
                {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"application/json")]}
            )
            await send({"type": "http.response.body", "body": REFUSED})
            return
        await app(scope, receive, send)

    return guarded


class Readers:
    def __init__(self, readers: Sequence[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        self._hosts: list[str] = []
        self._known: frozenset[str] = frozenset()
        self._known_until = 0.0
        for reader in readers:
            try:
                self._networks.append(ip_network(reader))
            except ValueError:
                self._hosts.append(reader)

    async def allow(self, client: str) -> bool:
        try:
            address = ip_address(client)
        except ValueError:
            return False
        if address.is_loopback or any(address in network for network in self._networks):
            return True
        if time.monotonic() >= self._known_until:
            self._known = frozenset([one for host in self._hosts for one in await _addresses(host)])
            self._known_until = time.monotonic() + KNOWN_SECONDS
        return client in self._known


async def _addresses(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return []
    return [str(address[0]) for *_, address in found]
