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

PATH = "/alerts"
MAX_BODY_BYTES = 64 * 1024
REMEMBERED_IDS = 10_000
MAX_LINE_TEXT = 200
SHUTDOWN_SECONDS = 2.0

VERIFICATION = "endpoint.verification"
# What happened, in one word of a fixed width's column.
CHANGES = {
    "entry.created": "new",
    "entry.updated": "edited",
    "entry.deleted": "deleted",
    "blog.closed": "closed",
    "blog.moved": "moved",
    "source.silent": "silent",
    "source.failing": "failing",
    "source.recovered": "recovered",
}
URGENT, NOTABLE = 0.7, 0.4
_PLAIN, _FAINT, _RED, _YELLOW = "\x1b[0m", "\x1b[2m", "\x1b[1;31m", "\x1b[33m"


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


def alert_line(kind: str, data: dict[str, Any], *, at: datetime, colour: bool = False) -> str:
    """One line: local time, what happened, urgency 0 to 1 where known, the alert, the source."""
    urgency = data.get("urgency")
    level, colouring = (
        (f"{urgency:.2f}", _urgency_colour(urgency)) if isinstance(urgency, int | float) else ("    ", "")
    )
    columns = (
        (f"{at.astimezone():%H:%M:%S}", _FAINT),
        (f"{CHANGES.get(kind, kind):<9}", ""),
        (level, colouring),
        (_alert(data) or kind, colouring),
        (_source(data), _FAINT),
    )
    shown = ((_printable(text), code) for text, code in columns if text)
    return "  ".join(f"{code}{text}{_PLAIN}" if colour and code else text for text, code in shown)


def _urgency_colour(urgency: float) -> str:
    return _RED if urgency >= URGENT else _YELLOW if urgency >= NOTABLE else ""


def _alert(data: dict[str, Any]) -> str:
    entry, blog = _mapping(data.get("entry")), _mapping(data.get("blog"))
    candidates = (data.get("alert"), entry.get("title"), entry.get("text"), data.get("reason"), blog.get("title"))
    return next((text for text in candidates if isinstance(text, str) and text.strip()), "")


def _source(data: dict[str, Any]) -> str:
    source = data.get("source")
    named = source.get("title") or source.get("id") if isinstance(source, dict) else source
    return named if isinstance(named, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _printable(text: str) -> str:
    """The text on one line and without control characters: what a stranger wrote must not steer the terminal."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= MAX_LINE_TEXT else f"{line[: MAX_LINE_TEXT - 1]}…"


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
