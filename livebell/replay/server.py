"""The HTTP server of a replay: one page, the same bytes to everybody until the recording moves on."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import socket
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import ETag, web
from msgspec import Struct

from livebell.replay.page import SECURITY_POLICY, render
from livebell.replay.playback import Clock, moments, retimed, start_from, state_at
from livebell.replay.recording import Recording, load_recording

DEFAULT_SPEED = 60.0
SHUTDOWN_SECONDS = 2.0


class Snapshot(Struct, frozen=True, kw_only=True):
    """The page between two moments of the recording."""

    body: bytes
    gzipped: bytes
    etag: str
    """Weak: it names the page in either encoding."""
    modified: datetime
    """To the whole second, as Last-Modified states it."""
    ambiguous: bool
    """The page changed more than once within that second, so that only the ETag tells which one a client holds."""


class Replay:
    """The pages of one playback, each made once, when it is first asked for."""

    def __init__(
        self, recording: Recording, url: str, *, speed: float | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        """`recording` is in wall time (`retimed`); `speed` is only told to the reader; `now` gives aware datetimes."""
        self._recording = recording
        self._url = url
        self._speed = speed
        self._now = now or _utc_now
        self._moments = moments(recording)
        self._made: tuple[int, Snapshot] | None = None

    def snapshot(self) -> Snapshot:
        passed = max(bisect_right(self._moments, self._now()), 1)
        if self._made is None or self._made[0] != passed:
            self._made = (passed, self._snapshot_after(passed))
        return self._made[1]

    def _snapshot_after(self, passed: int) -> Snapshot:
        last = self._moments[passed - 1]
        body = render(state_at(self._recording, last), self._url, speed=self._speed).encode()
        second = last.replace(microsecond=0)
        return Snapshot(
            body=body,
            gzipped=gzip.compress(body, 6, mtime=0),
            etag=hashlib.blake2b(body, digest_size=12).hexdigest(),
            modified=second,
            ambiguous=passed > 1 and self._moments[passed - 2] >= second,
        )

    async def page(self, request: web.Request) -> web.Response:
        snapshot = self.snapshot()
        response = web.Response(status=304) if _holds(request, snapshot) else _whole(request, snapshot)
        response.etag = ETag(snapshot.etag, is_weak=True)
        response.last_modified = snapshot.modified
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "Accept-Encoding"
        return response


def application(replay: Replay) -> web.Application:
    app = web.Application()
    app.router.add_get("/", replay.page)
    return app


def _whole(request: web.Request, snapshot: Snapshot) -> web.Response:
    squeezed = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    response = web.Response(
        body=snapshot.gzipped if squeezed else snapshot.body,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": SECURITY_POLICY, "X-Content-Type-Options": "nosniff"},
    )
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _holds(request: web.Request, snapshot: Snapshot) -> bool:
    """RFC 9110, section 13.2.2: If-None-Match decides where it is sent, If-Modified-Since otherwise."""
    if (tags := request.if_none_match) is not None:
        return any(tag.value in {snapshot.etag, "*"} for tag in tags)
    since = request.if_modified_since
    return since is not None and snapshot.modified <= since and not snapshot.ambiguous


@asynccontextmanager
async def playing(
    recording: Recording, *, host: str = "127.0.0.1", port: int = 0, speed: float = DEFAULT_SPEED, history: float = 0.0
) -> AsyncIterator[str]:
    """Serves the recording from now on and gives the page's URL. Raises RecordingError, OSError (port in use).

    `history` is the share (0 to 1) of the recorded revisions that the page holds when the playback begins.
    """
    clock = Clock(start=start_from(recording, history), began=datetime.now(UTC), speed=speed)
    timed = retimed(recording, clock)
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    url = _url(host, listener.getsockname()[1])
    runner = web.AppRunner(
        application(Replay(timed, url, speed=speed)), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
    )
    try:
        await runner.setup()
        await web.SockSite(runner, listener).start()
        yield url
    finally:
        await runner.cleanup()
        listener.close()


async def serve(
    path: Path,
    *,
    host: str = "127.0.0.1",
    port: int,
    speed: float = DEFAULT_SPEED,
    history: float = 0.0,
    started: Callable[[str], None] = print,
) -> None:
    """Plays the file until it is cancelled; `started` is told the page's URL. Raises RecordingError, OSError."""
    async with playing(load_recording(path), host=host, port=port, speed=speed, history=history) as url:
        started(url)
        await asyncio.Event().wait()


def _url(host: str, port: int) -> str:
    """An address that works on this machine, also where the server listens on all of its interfaces."""
    name = "localhost" if host in {"0.0.0.0", "::", ""} else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{name}:{port}/"


def _utc_now() -> datetime:
    return datetime.now(UTC)
