"""The demo's webhook receiver: checks Standard Webhooks signatures, shows each alert once as a line for a terminal."""

from __future__ import annotations

import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from livebell.alert_line import alert_line

PATH = "/alerts"
MAX_BODY_BYTES = 64 * 1024
REMEMBERED_IDS = 10_000
SHUTDOWN_SECONDS = 2.0

VERIFICATION = "endpoint.verification"


class Receiver:
    """Answers what a webhook sender posts. A delivery that repeats, known by its `webhook-id`, is shown once."""

    def __init__(self, secret: str, *, show: Callable[[str], None] = print, colour: bool = False) -> None:
        self._webhook = Webhook(secret)
        self._show = show
        self._colour = colour
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            # A signature of the wrong shape raises ValueError there.
            self._webhook.verify(body, dict(request.headers), json_parse=False)
            event = msgspec.json.decode(body, type=dict[str, Any])
        except (WebhookVerificationError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=401)
        data = event.get("data")
        data = data if isinstance(data, dict) else {}
        if event.get("type") == VERIFICATION:
            return web.json_response({"challenge": data.get("challenge")})
        if self._is_first(request.headers["webhook-id"]):
            self._show(alert_line(str(event.get("type")), data, at=datetime.now(UTC), colour=self._colour))
        return web.Response(status=204)

    def _is_first(self, delivery: str) -> bool:
        if delivery in self._seen:
            return False
        self._seen[delivery] = None
        if len(self._seen) > REMEMBERED_IDS:
            self._seen.popitem(last=False)
        return True


@asynccontextmanager
async def receiving(
    secret: str,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    show: Callable[[str], None] = print,
    colour: bool = False,
) -> AsyncIterator[str]:
    """Listens while the block runs and gives the URL to subscribe. Raises OSError where the port is taken."""
    listener = socket.create_server((host, port))
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_post(PATH, Receiver(secret, show=show, colour=colour).receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    try:
        await runner.setup()
        await web.SockSite(runner, listener).start()
        yield f"http://{host}:{listener.getsockname()[1]}{PATH}"
    finally:
        await runner.cleanup()
        listener.close()
