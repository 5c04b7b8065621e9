"""The one place where a Redis client is made: of one server, or of a Redis Cluster (`redis+cluster://…`)."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    ConnectionError as RedisConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 15.0
RETRIES = 5
MOST_CONNECTIONS = 4096
"""Each slot that is followed holds one; redis-py's own limit of 100 would fail a call in a burst."""
CLUSTER = "+cluster"
"""What ends the scheme of a Redis Cluster's address. Any node answers for all, so one name may stand for several."""
_TROUBLE = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError, ClusterDownError, TryAgainError)
_CANNOT_WRITE = ("MISCONF", "NOREPLICAS")


def is_server_trouble(error: BaseException) -> bool:
    """Whether the server could not do what it was asked: no fault of what was asked, and over some time."""
    return isinstance(error, _TROUBLE) or (isinstance(error, ResponseError) and str(error).startswith(_CANNOT_WRITE))


def connect(url: str, name: str) -> Redis:
    """A client that lives as long as the process; answers are bytes.

    That of a cluster takes the same commands, so long as the keys of a call lie in one slot: see `shared.keys`.
    """
    options = connection_options(url, name)
    if is_cluster(url):
        return cast(Redis, RedisCluster.from_url(plain(url), **options))
    client: Redis = Redis.from_url(url, **options)
    return client


def connection_options(url: str, name: str) -> dict[str, Any]:
    """Time-outs, retries and the client's name. A call is repeated only on a lost connection: our scripts allow it."""
    options: dict[str, Any] = {
        "client_name": f"livebell-{name}",
        "max_connections": MOST_CONNECTIONS,
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


def is_cluster(url: str) -> bool:
    return urlsplit(url).scheme.endswith(CLUSTER)


def with_password(url: str, password: str) -> str:
    """The address with the password, unless it names one itself or there is none."""
    parts = urlsplit(url)
    if not password or parts.password or parts.scheme == "unix":
        return url
    user = quote(parts.username, safe="") if parts.username else ""
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def without_password(url: str) -> str:
    """The address as a person may read it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if parts.password else url


def plain(url: str) -> str:
    """The address as the library takes it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.removesuffix(CLUSTER)}://{rest}"
