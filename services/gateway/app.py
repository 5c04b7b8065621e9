"""The gateway's shell: the HTTP API and the page, over a view that follows what the enricher wrote."""

from __future__ import annotations

import resource
from functools import partial

from services.gateway.api import create_app
from services.gateway.following import Follower
from services.gateway.http.access import Allowance
from services.gateway.http.headers import with_headers
from services.gateway.http.measuring import OPEN_STREAMS, measured
from services.gateway.settings import Settings
from services.gateway.view import View
from shared.keys import source_partitions
from shared.outgoing.guard import Guard
from shared.service import Service
from shared.sources.store import SourceStore
from shared.subscriptions.store import SubscriptionStore
from shared.telemetry.health import App, Receive, Scope, Send, health_app
from shared.telemetry.observing import SOURCE_SECONDS, STREAM_SECONDS, Observer

HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})


OPEN_FILES = 65_536
"""Each open stream is one."""


async def run(settings: Settings) -> None:
    _allow_open_files()
    service = Service("gateway", settings)
    tags = source_partitions(settings.partitions)
    view = View()
    follower = Follower(service.redis, tags, view)
    service.when_stopping(follower.stop)
    for tag in tags:
        service.every(0, f"follow.{tag}", partial(follower.follow, tag))
    observer = Observer(
        service.redis, partitions=settings.partitions, subscriber_partitions=settings.subscriber_partitions
    )
    service.every(STREAM_SECONDS, "observe.redis", observer.redis)
    service.every(STREAM_SECONDS, "observe.streams", observer.streams)
    service.every(SOURCE_SECONDS, "observe.sources", observer.sources)
    OPEN_STREAMS.set_function(lambda: follower.listeners)
    api = create_app(
        settings,
        redis=service.redis,
        store=SubscriptionStore(service.redis, settings.subscriber_partitions),
        sources=SourceStore(service.redis, settings.partitions),
        view=view,
        follower=follower,
        guard=Guard(settings.allow_targets),
        allowance=Allowance(settings.subscribe_per_minute),
    )

    async def checks() -> dict[str, bool]:
        return await service.checks() | {"view": follower.caught_up}

    await service.run(_beside(with_headers(health_app(checks)), measured(api)))


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _beside(health: App, api: App) -> App:
    """The three addresses of every service, and the API for everything else."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (health if scope.get("path") in HEALTH else api)(scope, receive, send)

    return app
