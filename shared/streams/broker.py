"""The one place where the broker is made through which FastStream reads streams."""

from __future__ import annotations

import logging

from faststream.redis import RedisBroker, RedisClusterBroker

from shared.connection import connection_options, is_cluster, plain


def streams(url: str, name: str, *, drain_seconds: float) -> RedisBroker:
    """The broker through which streams are read."""
    kind = RedisClusterBroker if is_cluster(url) else RedisBroker
    return kind(
        plain(url),
        apply_types=False,
        logger=logging.getLogger("livebell.streams"),
        graceful_timeout=drain_seconds,
        **connection_options(url, name),
    )
