"""How a watched live blog fares, in one word and the times that belong to it."""

from __future__ import annotations

from msgspec import Struct

from shared.sources.fetch_state import FetchState, Told, told_of
from shared.sources.record import Source

NEW, LIVE, SILENT, FAILING, CLOSED, STOPPED = "new", "live", "silent", "failing", "closed", "stopped"


class Status(Struct, frozen=True, kw_only=True):
    """Times are seconds since the epoch, 0 where there is none."""

    state: str
    """new (no page yet), live, silent, failing, closed (polled ever less often), stopped (polled no more)."""
    since: float
    url: str
    """Where the blog is now: another address than the source's where it moved."""
    moved: bool
    reason: str
    """Of a failure, its short name."""
    last_ok: float
    last_entry: float


def status(source: Source, state: FetchState, told: Told) -> Status:
    told = told_of(source.url, told)
    name, since = _word(state, told)
    return Status(
        state=name,
        since=since,
        url=told.at or source.url,
        moved=bool(told.at),
        reason=state.reason,
        last_ok=state.last_ok,
        last_entry=told.last_entry,
    )


def _word(state: FetchState, told: Told) -> tuple[str, float]:
    if state.stopped_since:
        return STOPPED, state.stopped_since
    if state.failures:
        return FAILING, state.failing_since
    if told.closed_since:
        return CLOSED, told.closed_since
    if state.silent_since:
        return SILENT, state.silent_since
    return (LIVE, state.watched_since) if state.last_ok else (NEW, 0.0)
