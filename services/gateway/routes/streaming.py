"""/api/v1/stream: what happens, as Server-Sent Events; resumes with Last-Event-ID within what is retained."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, get
from litestar.background_tasks import BackgroundTask
from litestar.params import QueryParameter
from litestar.response import Stream
from redis.asyncio import Redis

from services.gateway.following import Happened, enriched, position_id, told
from services.gateway.http.access import client_address
from services.gateway.http.given import GivenFollower, GivenRedis, GivenSettings
from services.gateway.http.problems import ProblemError
from services.gateway.view import shown
from shared.keys import ENRICHED, key
from shared.messages import EntryEnriched

HEARTBEAT_SECONDS = 15.0
RETRY_MS = 2000
STREAMS = 10_000
"""Open at the same time in one process."""
AHEAD_SECONDS = 60.0
_ID = re.compile(r"(\{p\d{1,4}\})=(\d{1,15}-\d{1,10})")


@get(
    "/api/v1/stream",
    tags=("live blogs",),
    summary="What happens, as Server-Sent Events",
    media_type="text/event-stream",
)
async def stream(
    request: Request[Any, Any, Any],
    follower: GivenFollower,
    redis: GivenRedis,
    settings: GivenSettings,
    source: Annotated[str | None, QueryParameter(description="Of this live blog alone.")] = None,
) -> Stream:
    """Events are named entry.created, entry.updated, entry.deleted, blog.closed, source.failing and so on."""
    if follower.listeners >= STREAMS:
        raise ProblemError(503, "Too many streams are open here: try again later.", {"Retry-After": "60"})
    client = client_address(request, settings.trusted_proxies)
    if follower.listeners_of(client) >= settings.streams_per_client:
        raise ProblemError(429, "Too many streams are open from here: close one first.", {"Retry-After": "60"})
    resume = request.headers.get("last-event-id")
    positions = _positions(resume) if resume else None
    # Before the answer begins: whoever reads the entries once it has, misses none in between.
    queue, at = follower.join(client), dict(follower.positions)
    return Stream(
        _lines(queue, redis, source, at, positions),
        media_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        background=BackgroundTask(follower.leave, queue),
    )


async def _lines(
    queue: asyncio.Queue[Happened | None],
    redis: Redis,
    source: str | None,
    at: dict[str, str],
    positions: dict[str, str] | None,
) -> AsyncIterator[bytes]:
    if positions is not None:
        told_of = {tag: positions.get(tag, end) for tag, end in at.items()}
        async for happened in _missed(redis, dict(told_of), at):
            told_of[happened.tag] = happened.position
            if source in {None, happened.source}:
                yield told(happened, told_of).lines
    yield _comment("listening", at, f"retry: {RETRY_MS}\r\n")
    async for new in _live(queue, at):
        if new is None:
            yield _comment("still here", at)
        elif source in {None, new.source}:
            yield new.lines


def _comment(text: str, at: dict[str, str], more: str = "") -> bytes:
    return f": {text}\r\n{more}id: {position_id(at)}\r\n\r\n".encode()


async def _live(queue: asyncio.Queue[Happened | None], at: dict[str, str]) -> AsyncIterator[Happened | None]:
    """What happens, noted in `at`; None for each heartbeat. Ends where the listener is let go."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                happened = await queue.get()
        except TimeoutError:
            yield None
            continue
        if happened is None:
            return
        at[happened.tag] = happened.position
        yield happened


async def _missed(redis: Redis, start: dict[str, str], end: dict[str, str]) -> AsyncIterator[Happened]:
    """What lies between two positions; each entry as it was then, since the view holds only how it is now."""
    for tag, position in start.items():
        after = position
        while read := await _between(redis, tag, after, end[tag]):
            for record, fields in read:
                after = record.decode()
                event = enriched(fields.get(b"m", b""))
                if event is not None:
                    entry = shown(event) if isinstance(event, EntryEnriched) else None
                    yield Happened(tag=tag, position=after, event=event, entry=entry)


async def _between(redis: Redis, tag: str, after: str, end: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    read: Any = await redis.xrange(key(tag, ENRICHED), f"({after}", end, count=500)
    return list(read)


def _positions(value: str) -> dict[str, str]:
    """A position in several slots' streams; another gateway may be a little ahead of this one."""
    parts = [_ID.fullmatch(part) for part in value[:10_000].split(",")]
    if not all(parts):
        raise ProblemError(400, "Last-Event-ID: pass on the id of the last event as it was, or leave it out.")
    found = {part[1]: part[2] for part in parts if part}
    if any(int(position.partition("-")[0]) / 1000 > time.time() + AHEAD_SECONDS for position in found.values()):
        raise ProblemError(400, "Last-Event-ID: it lies in the future; leave it out to begin with what happens now.")
    return found
