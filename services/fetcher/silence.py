"""Whether a live blog is silent: no entry for longer than its source expects, though it is read and still runs."""

from __future__ import annotations

from shared.messages import RECOVERED, SILENT, Passed, SourceHealth, encode, event_id
from shared.sources.fetch_state import FetchState, Told
from shared.sources.record import Source

UNREAD_SECONDS = 60.0
GAP_SECONDS, GAP_INTERVALS = 300.0, 3
"""After a longer gap in our own looking the silence is counted anew: entries may have come and gone meanwhile."""


def watched_since(source: Source, before: FetchState, seen: float) -> float:
    """Since when the page is looked at without a gap, once it is at `seen`."""
    gap = max(GAP_SECONDS, GAP_INTERVALS * (source.slowest or source.every))
    return before.watched_since if before.watched_since and seen - before.last_ok <= gap else seen


def silent_since(source: Source, before: FetchState, after: FetchState, told: Told) -> float:
    """Since when, 0 where it is not. What the parser was given lately and has not read may hold an entry: then it
    stays as it was. A part that told nothing is never heard of."""
    if source.expect_every is None or told.closed_since:
        return 0.0
    last = told.last_entry
    if before.silent_since:
        return 0.0 if last > before.silent_since else before.silent_since
    if before.seq > told.seq and after.last_ok - before.published_at < UNREAD_SECONDS:
        return 0.0
    since = max(last, after.watched_since)
    return since if since and after.last_ok - since > source.expect_every * 60 else 0.0


def silence_messages(source: Source, before: FetchState, after: FetchState, told: Told) -> list[bytes]:
    """Tells once that the source fell silent, and once that an entry came again; a closing ends it without a word."""
    if after.silent_since and not before.silent_since:
        minutes = f"{source.expect_every:g}"
        return [_health(source, SILENT, after.silent_since, after, f"No entry came for {minutes} minutes.")]
    if before.silent_since and not after.silent_since and not told.closed_since and source.expect_every is not None:
        return [_health(source, RECOVERED, told.last_entry, after, "")]
    return []


def _health(source: Source, change: str, since: float, state: FetchState, reason: str) -> bytes:
    return encode(
        SourceHealth(
            id=event_id(source.id, "silence", change, str(since)),
            source=source.id,
            url=source.url,
            change=change,
            since=since,
            reason=reason,
            passed=Passed(seen=state.last_ok),
        )
    )
