from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import click
from aiohttp import web

from livebell.canary import Canary
from livebell.client import Gateway, Refused, gateway_options
from livebell.ports import PortInUseError, check_free
from shared.channels.webhook_secrets import generate_secret
from shared.sources.record import CANARY
from shared.telemetry.logs import configure_logs, get_logger

AGAIN_SECONDS = 5.0
POLL_SECONDS = 10.0
log = get_logger()


@click.command("canary")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8010, show_default=True, help="Where it serves its blog, its webhook and /metrics.")
@click.option("--url", help="How fetcher and notifier reach it [default: http://HOST:PORT].")
@click.option("--every", default=60.0, show_default=True, type=click.FloatRange(1), help="Seconds between two posts.")
@gateway_options
def command(gateway: Gateway, host: str, port: int, url: str | None, every: float) -> None:
    """Post to a live blog of its own every minute and see that the alert arrives, the whole way round.

    Needs the operator's token. Gateway, fetcher and notifier must be let to call it: put its host into
    LIVEBELL_ALLOW_TARGETS. What it posts rings for nobody else, and is in no feed. Ctrl-C stops it and tidies up.
    """
    configure_logs(
        os.environ.get("LIVEBELL_LOG_LEVEL", "info"), os.environ.get("LIVEBELL_LOG_FORMAT", "auto"), service="canary"
    )
    try:
        check_free(host, port)
    except PortInUseError as error:
        raise click.ClickException(str(error)) from error
    asyncio.run(_run(gateway, host, port, url or f"http://{host}:{port}", every))


async def _run(gateway: Gateway, host: str, port: int, url: str, every: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    secret = generate_secret()
    canary = Canary(url, secret)
    runner = web.AppRunner(canary.app(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.SockSite(runner, socket.create_server((host, port))).start()
        canary.post()  # the first sight of a blog rings for nobody
        subscription = await _registered(gateway, canary, secret, stop)
        while not await _stopped(stop, every):
            canary.post()
        if subscription:
            await asyncio.to_thread(_forget, gateway, canary)
    finally:
        await runner.cleanup()


async def _registered(gateway: Gateway, canary: Canary, secret: str, stop: asyncio.Event) -> str:
    """Tries until the gateway takes it: what does not start together need not be started in order."""
    while True:
        try:
            return await asyncio.to_thread(_register, gateway, canary, secret)
        except click.ClickException as error:
            host = urlsplit(canary.url).hostname
            hint = f"LIVEBELL_ALLOW_TARGETS must name {host}, and LIVEBELL_ADMIN_TOKEN the operator's token."
            log.warning("canary.not_registered", reason=error.message, hint=hint)
            if await _stopped(stop, AGAIN_SECONDS):
                return ""


def _register(gateway: Gateway, canary: Canary, secret: str) -> str:
    _forget(gateway, canary)
    source = {"id": CANARY, "url": canary.blog, "every": POLL_SECONDS, "slowest": POLL_SECONDS, "robots": False}
    channel = {"type": "webhook", "url": canary.hook, "secret": secret}
    made = gateway.ask("POST", "/api/v1/subscriptions", {"channel": channel, "filter": {"sources": [CANARY]}})
    gateway.ask("POST", "/api/v1/sources", source)
    log.info("canary.registered", blog=canary.blog, subscription=made["id"])
    return str(made["id"])


def _forget(gateway: Gateway, canary: Canary) -> None:
    """The source, and whatever subscription leads here: also what an earlier run left behind."""
    for one in [*_subscriptions(gateway)]:
        if one["channel"].get("url") == canary.hook:
            gateway.ask("DELETE", f"/api/v1/subscriptions/{one['id']}")
    with contextlib.suppress(Refused):  # there is none
        gateway.ask("DELETE", f"/api/v1/sources/{CANARY}")


def _subscriptions(gateway: Gateway) -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        page = gateway.ask("GET", f"/api/v1/subscriptions?cursor={cursor}")
        yield from page["subscriptions"]
        cursor = page["next"]


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()
