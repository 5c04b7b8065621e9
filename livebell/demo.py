"""The demo: a recorded live blog served here as a page that grows, and its alerts shown in this terminal."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack

import aiohttp
import click

from livebell.receiver import receiving
from livebell.replay.recording import DEMO, load_recording
from livebell.replay.server import playing
from shared.channels.webhook_secrets import generate_secret

BLOG_PORT, RECEIVER_PORT = 5, 6
"""What is added to the gateway's port."""
SPEED, HISTORY = 120.0, 0.235
SOURCE = "demo"


async def start_demo(stack: AsyncExitStack, port: int, token: str) -> None:
    """Plays until `stack` closes. `port` is the gateway's, `token` the operator's."""
    secret = generate_secret()
    playback = playing(load_recording(DEMO), port=port + BLOG_PORT, speed=SPEED, history=HISTORY)
    blog = await stack.enter_async_context(playback)
    shown = receiving(secret, port=port + RECEIVER_PORT, show=click.echo, colour=sys.stdout.isatty())
    receiver = await stack.enter_async_context(shown)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as api:
        await _post(api, "/api/v1/subscriptions", _subscription(receiver, secret))
        await _post(api, "/api/v1/sources", {"id": SOURCE, "url": blog, "every": 1})
    click.echo(f"  live blog       {blog}   (recorded, {SPEED:.0f} times as fast)\n")
    click.echo("Alerts, as a webhook receives them:")


def _subscription(receiver: str, secret: str) -> dict[str, object]:
    changes = ["created", "updated", "deleted", "closed"]
    return {"channel": {"type": "webhook", "url": receiver, "secret": secret}, "filter": {"changes": changes}}


async def _post(api: aiohttp.ClientSession, path: str, body: dict[str, object]) -> None:
    async with api.post(path, json=body) as response:
        if response.status >= 300:
            raise click.ClickException(f"The gateway refused {path}: {await response.text()}")
