"""The one place where a Redis client is made."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError as RedisConnectionError,
    TimeoutError as RedisTimeoutError,
)

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 15.0
RETRIES = 5
MOST_CONNECTIONS = 4096
"""Each slot that is followed holds one; redis-py's own limit of 100 would fail a call in a burst."""


def connection_options(url: str, name: str) -> dict[str, Any]:
    """Time-outs, retries and the client's name. A call is repeated only on a lost connection: our scripts allow it."""
    options: dict[str, Any] = {
        "client_name": f"livebell-{name}",
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 30,
        "retry": Retry(ExponentialWithJitterBackoff(cap=1.0, base=0.02), RETRIES),
        "retry_on_error": [BusyLoadingError, RedisConnectionError, RedisTimeoutError],
        "protocol": 2,
    }
    if url.startswith("unix://"):
        del options["socket_keepalive"]
    return options


def connect(url: str, name: str) -> Redis:
    """A client that lives as long as the process; answers are bytes."""
    client: Redis = Redis.from_url(url, max_connections=MOST_CONNECTIONS, **connection_options(url, name))
    return client
