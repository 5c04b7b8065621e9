"""Redis or Valkey: does it answer, is it new enough, does it keep what it is given, is there room."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from livebell.diagnosing.finding import Finding
from shared.connection import is_cluster, without_password

OLDEST_REDIS, OLDEST_VALKEY = (7, 0), (8, 0)
CLOCK_SECONDS = 2.0
FULL = 0.8
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", None})


async def redis_findings(client: Redis, url: str) -> AsyncIterator[Finding]:
    """Of a cluster's nodes one is looked at closely, and the whole asked whether it is whole."""
    try:
        info: dict[str, Any] = await client.info()
    except (RedisError, OSError) as error:
        yield _silent(url, error)
        return
    yield _version(info)
    for finding in (*_keeping(info), *_room(info), *_password(url)):
        yield finding
    seconds, micros = await client.time()
    if abs(time.time() - (seconds + micros / 1e6)) > CLOCK_SECONDS:
        yield Finding(
            level="warning",
            subject="clock",
            says="This machine's clock and the server's differ by more than 2 seconds.",
            mend="Let both follow a time server (chrony or systemd-timesyncd).",
        )
    if is_cluster(url):
        cluster: Any = client
        async for finding in _cluster(cluster):
            yield finding


def _silent(url: str, error: Exception) -> Finding:
    refused = "NOAUTH" in str(error) or "WRONGPASS" in str(error) or "invalid username" in str(error)
    return Finding(
        level="failure",
        subject="redis",
        says=f"{without_password(url)} does not answer: {str(error).rstrip('.')}.",
        mend="Set LIVEBELL_REDIS_PASSWORD, or LIVEBELL_REDIS_PASSWORD_FILE, to the server's password."
        if refused
        else "Start Redis 7.0 or Valkey 8 (or newer), or set LIVEBELL_REDIS_URL; `livebell up` brings its own.",
    )


def _version(info: Mapping[str, Any]) -> Finding:
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version", info["redis_version"]))
    oldest = OLDEST_VALKEY if name == "Valkey" else OLDEST_REDIS
    if tuple(int(part) for part in version.split(".")[:2]) < oldest:
        return Finding(
            level="failure",
            subject="redis",
            says=f"{name} {version} is too old.",
            mend="Use Redis 7.0 or Valkey 8, or newer.",
        )
    return Finding(level="ok", subject="redis", says=f"{name} {version} answers.")


def _keeping(info: Mapping[str, Any]) -> Iterator[Finding]:
    if not info.get("aof_enabled"):
        yield Finding(
            level="warning",
            subject="redis",
            says="It keeps no append-only file: a restart of it loses entries and subscriptions.",
            mend="redis-cli CONFIG SET appendonly yes, and the same in its configuration.",
        )
    elif any(info.get(name, "ok") != "ok" for name in ("aof_last_write_status", "aof_last_bgrewrite_status")):
        yield Finding(
            level="failure",
            subject="redis",
            says="It could not write its append-only file: what comes now is lost with a restart.",
            mend="Is its disk full or read-only? Make room; its log says more.",
        )
    if info.get("maxmemory_policy", "noeviction") != "noeviction" and info.get("maxmemory"):
        yield Finding(
            level="failure",
            subject="redis",
            says=f"Its maxmemory-policy is {info['maxmemory_policy']}: it may throw away streams and subscriptions.",
            mend="redis-cli CONFIG SET maxmemory-policy noeviction",
        )


def _room(info: Mapping[str, Any]) -> Iterator[Finding]:
    most, used = int(info.get("maxmemory") or 0), int(info.get("used_memory") or 0)
    if most and used >= most:
        yield Finding(
            level="failure",
            subject="redis",
            says=f"Its {most >> 20} MiB are full: it takes nothing more, and no alert flows. What it holds is kept.",
            mend="Raise maxmemory (CONFIG SET maxmemory …) and the container's limit; then see which stream grew.",
        )
    elif most and used > FULL * most:
        yield Finding(
            level="warning",
            subject="redis",
            says=f"{used / most:.0%} of its {most >> 20} MiB are taken; full, it takes nothing more.",
            mend="Raise maxmemory and the container's limit, lower LIVEBELL_RETENTION, or see who is behind.",
        )


def _password(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if parts.scheme != "unix" and parts.hostname not in LOOPBACK and not parts.password:
        yield Finding(
            level="warning",
            subject="redis",
            says="It is asked over a network without a password: whoever reaches it reads and changes everything.",
            mend="Give it one (requirepass) and set LIVEBELL_REDIS_PASSWORD_FILE.",
        )


async def _cluster(client: Any) -> AsyncIterator[Finding]:
    state = await client.execute_command("CLUSTER INFO")
    told = state if isinstance(state, dict) else {}
    if told.get("cluster_state") != "ok":
        yield Finding(
            level="failure",
            subject="cluster",
            says=f"It is not whole: {told.get('cluster_slots_ok', 0)} of 16384 slots are served.",
            mend="redis-cli --cluster check HOST:6379 says what is missing; start the nodes that are down.",
        )
    nodes = client.get_nodes()
    masters, replicas = client.get_primaries(), client.get_replicas()
    if len(replicas) < len(masters):
        yield Finding(
            level="warning",
            subject="cluster",
            says=f"{len(masters)} masters have {len(replicas)} replicas: one that is lost takes its slots along.",
            mend="Start the nodes that are down, or add replicas: redis-cli --cluster add-node … --cluster-slave.",
        )
    else:
        yield Finding(level="ok", subject="cluster", says=f"{len(nodes)} nodes, {len(masters)} of them masters.")
