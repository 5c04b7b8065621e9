"""What `livebell doctor` looks at: each check gives findings: what is wrong, and how to mend it."""

from __future__ import annotations

import importlib
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from livebell.commands.run import SERVICES
from livebell.readiness import is_ready
from shared.connection import without_password
from shared.keys import (
    DELIVERIES,
    ENRICHED,
    ENTRIES,
    GROUPS,
    PAGES,
    READ,
    WEIGHING,
    dead,
    key,
    source_partitions,
    subscriber_partitions,
)
from shared.settings import CommonSettings, SettingsError, load_settings
from shared.source_status import FAILING, status
from shared.source_store import SourceStore
from shared.upkeep import backlog

OLDEST_REDIS, OLDEST_VALKEY = (7, 0), (8, 0)
CLOCK_SECONDS = 2.0
LONG_BACKLOG = 1000


class Finding(Struct, frozen=True, kw_only=True):
    level: Literal["ok", "warning", "failure"]
    subject: str
    says: str
    mend: str = ""


def settings_findings() -> Iterator[Finding]:
    """Each service's settings, and whether what it needs is installed."""
    for service in SERVICES:
        try:
            load_settings(importlib.import_module(f"services.{service}.settings").Settings)
            importlib.import_module(f"services.{service}.app")
        except SettingsError as error:
            yield Finding(level="failure", subject=service, says=str(error), mend=f"See `livebell config {service}`.")
        except ModuleNotFoundError as error:
            yield Finding(
                level="warning",
                subject=service,
                says=f"{error.name} is not installed, so this service cannot run here.",
                mend=f"pip install 'livebell[{service}]'",
            )
        else:
            yield Finding(level="ok", subject=service, says="Its settings are valid.")


async def source_findings(client: Redis, settings: CommonSettings, contact: str) -> AsyncIterator[Finding]:
    """What is watched: whom publishers may write to, and what fails."""
    known = await SourceStore(client, settings.partitions).known()
    if known and not contact:
        yield Finding(
            level="warning",
            subject="fetcher",
            says="Publishers cannot tell whom to write to: the user agent names nobody.",
            mend="Set LIVEBELL_CONTACT to a mail address or a page.",
        )
    failing = [source.id for source, state, told in known if status(source, state, told).state == FAILING]
    if failing:
        yield Finding(
            level="warning",
            subject="sources",
            says=f"{len(failing)} of {len(known)} fail: {', '.join(failing[:5])}{' …' if len(failing) > 5 else ''}.",
            mend="`livebell sources list` says since when and why, `livebell sources test URL` what a page gives.",
        )


async def redis_findings(client: Redis, url: str) -> AsyncIterator[Finding]:
    """The server: does it answer, is it new enough, does it keep what it is given."""
    try:
        info: dict[str, Any] = await client.info()
    except (RedisError, OSError) as error:
        yield Finding(
            level="failure",
            subject="redis",
            says=f"{without_password(url)} does not answer: {error}.",
            mend="Start Redis 7.0 or Valkey 8 (or newer), or set LIVEBELL_REDIS_URL; `livebell up` brings its own.",
        )
        return
    yield _version(info)
    if not info.get("aof_enabled"):
        yield Finding(
            level="warning",
            subject="redis",
            says="It keeps no append-only file: a restart of it loses entries and subscriptions.",
            mend="redis-cli CONFIG SET appendonly yes, and the same in its configuration.",
        )
    if info.get("maxmemory_policy", "noeviction") != "noeviction" and info.get("maxmemory"):
        yield Finding(
            level="failure",
            subject="redis",
            says=f"Its maxmemory-policy is {info['maxmemory_policy']}: it may throw away streams and subscriptions.",
            mend="redis-cli CONFIG SET maxmemory-policy noeviction",
        )
    seconds, micros = await client.time()
    if abs(time.time() - (seconds + micros / 1e6)) > CLOCK_SECONDS:
        yield Finding(
            level="warning",
            subject="clock",
            says="This machine's clock and the server's differ by more than 2 seconds.",
            mend="Let both follow a time server (chrony or systemd-timesyncd).",
        )


def _version(info: dict[str, Any]) -> Finding:
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


async def stream_findings(client: Redis, settings: CommonSettings) -> AsyncIterator[Finding]:
    """Dead letters, and groups that have fallen behind."""
    streams = [(key(tag, kind), kind) for tag in source_partitions(settings.partitions) for kind in _OF_SOURCES]
    for tag in subscriber_partitions(settings.subscriber_partitions):
        streams += [(key(tag, kind), kind) for kind in (WEIGHING, DELIVERIES)]
    for stream, kind in streams:
        if parked := await client.xlen(dead(stream)):
            yield Finding(
                level="warning",
                subject=stream,
                says=f"{parked} dead letters.",
                mend="`livebell dead list` says why; `livebell dead replay --all` puts them back once that is mended.",
            )
        for group in GROUPS[kind]:
            if (waiting := await backlog(client, stream, group)) > LONG_BACKLOG:
                yield Finding(
                    level="warning",
                    subject=stream,
                    says=f"{waiting} messages wait for the {group}.",
                    mend=f"Is a {group} running? More of them share the work.",
                )


_OF_SOURCES = (PAGES, READ, ENTRIES, ENRICHED)


async def service_findings(port: int) -> AsyncIterator[Finding]:
    """The five services of a running `livebell up --port PORT`."""
    names = ("gateway", "fetcher", "parser", "enricher", "notifier")
    for number, name in enumerate(names):
        if await is_ready(port + number):
            yield Finding(level="ok", subject=name, says=f"Ready on port {port + number}.")
        else:
            yield Finding(
                level="failure",
                subject=name,
                says=f"Not ready on port {port + number}.",
                mend=f"`livebell up --port {port}` starts it; its log and port {port + number}'s /readyz tell.",
            )
