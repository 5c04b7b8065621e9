"""Who may do what: the bearer of a subscription's token its own, the operator the rest."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from litestar import Request

from services.gateway.http.problems import ProblemError
from shared.subscriptions.record import Subscription

CLIENTS_REMEMBERED = 100_000
ADDRESS_CHARACTERS = 64
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def bearer(request: Request[Any, Any, Any]) -> str:
    """The token of the request, "" where it has none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_operator(request: Request[Any, Any, Any], admin_token: str) -> bool:
    return bool(admin_token) and hmac.compare_digest(bearer(request).encode(), admin_token.encode())


def require_operator(request: Request[Any, Any, Any], admin_token: str) -> None:
    if not admin_token:
        raise ProblemError(
            403, "Only the operator may do this, and none is named: start with LIVEBELL_ADMIN_TOKEN set."
        )
    if not is_operator(request, admin_token):
        raise ProblemError(401, "Send the operator's token: Authorization: Bearer LIVEBELL_ADMIN_TOKEN.", CHALLENGE)


def require_owner(request: Request[Any, Any, Any], subscription: Subscription | None, admin_token: str) -> Subscription:
    """The subscription, for whoever holds its token or is the operator; to others one that is not there looks the
    same as another's."""
    held = subscription.token_hash if subscription else token_hash("")
    owned = hmac.compare_digest(token_hash(bearer(request)), held)
    if subscription is None or not (owned or is_operator(request, admin_token)):
        raise ProblemError(
            401, "Send the token that this subscription's 201 answer held: Authorization: Bearer …", CHALLENGE
        )
    return subscription


def client_address(request: Request[Any, Any, Any], trusted_proxies: Sequence[str]) -> str:
    return client_of(request.scope, trusted_proxies)


def client_of(scope: Mapping[str, Any], trusted_proxies: Sequence[str]) -> str:
    """The client's address: the last one in X-Forwarded-For that no trusted proxy has, behind a trusted proxy."""
    peer = scope["client"][0] if scope.get("client") else ""
    networks = _networks(tuple(trusted_proxies))
    if not networks:
        return _household(peer)

    def trusted(hop: str) -> bool:
        address = _address(hop)
        return address is not None and any(address in network for network in networks)

    told = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
    hops = [_bare(part.strip()) for part in told.split(",") if part.strip()]
    while trusted(peer) and hops:
        peer = hops.pop()
    return _household(peer)


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(proxy, strict=False) for proxy in proxies]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _bare(hop: str) -> str:
    """Without the port that some proxies add, and no longer than an address is."""
    bracketed, colons = hop.startswith("["), hop.count(":")
    told = hop[1:].partition("]")[0] if bracketed else hop.partition(":")[0] if colons == 1 else hop
    return told[:ADDRESS_CHARACTERS]


@lru_cache(maxsize=10_000)
def _household(peer: str) -> str:
    """An IPv6 client has a whole /64 to itself."""
    address = _address(peer)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address or peer)


class Allowance:
    """So many a minute for each client: a bucket that fills steadily (token bucket). `name` is told in the answer."""

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic, *, name: str = "subscribing"
    ) -> None:
        self.name = name
        self._most = float(per_minute)
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Takes one; returns 0, or the seconds until there is one again."""
        now = self._clock()
        left, at = self._held.pop(client, (self._most, now))
        left = min(self._most, left + (now - at) * self._most / 60)
        taken = left >= 1
        self._held[client] = (left - 1 if taken else left, now)
        if len(self._held) > CLIENTS_REMEMBERED:
            self._held.popitem(last=False)
        return 0.0 if taken else (1 - left) * 60 / self._most

    def policy(self) -> str:
        """As `RateLimit-Policy` tells it."""
        return f'"{self.name}";q={self._most:.0f};w=60'

    def left(self, client: str) -> str:
        """As `RateLimit` tells it: what remains, and in how many seconds all of it is there again."""
        left, _ = self._held.get(client, (self._most, 0.0))
        return f'"{self.name}";r={int(left)};t={math.ceil((self._most - left) * 60 / self._most)}'
