"""What a poll's outcome does to what is known of the source, and which messages tell of it."""

from __future__ import annotations

from collections.abc import Sequence

import zstandard
from msgspec.structs import replace

from services.fetcher.outcome import Changed, Failed, Outcome, Unchanged
from services.fetcher.reasons import SENTENCES
from shared.fetch_state import FetchState
from shared.messages import FAILING, RECOVERED, PageFetched, Passed, SourceHealth, encode, event_id
from shared.sources import Source

COMPRESSION_LEVEL = 3


def advanced(source: Source, state: FetchState, outcome: Outcome, *, now_ms: int, failing_after: int) -> FetchState:
    """The state after the poll. `now_ms` numbers a source's first page, `failing_after` failures in a row are told."""
    if isinstance(outcome, Failed):
        failures = state.failures + 1
        return replace(
            state,
            failures=failures,
            failing_since=state.failing_since or outcome.seen,
            reason=str(outcome.reason),
            reported=state.reported or failures >= failing_after,
        )
    working = replace(
        state,
        url=source.url,
        wire_hash=outcome.wire_hash,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        last_ok=outcome.seen,
        failures=0,
        failing_since=0.0,
        reason="",
        reported=False,
    )
    if isinstance(outcome, Unchanged):
        return working
    base = state.seq_base or now_ms
    return replace(
        working,
        body_hash=outcome.body_hash,
        seq_base=base,
        seq=max(state.seq, base) + 1,
        published_at=outcome.seen,
    )


def page_message(source: Source, changed: Changed, seq: int) -> bytes:
    return encode(
        PageFetched(
            source=source.id,
            url=changed.url,
            seq=seq,
            body=zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(changed.body),
            body_size=len(changed.body),
            content_type=changed.content_type,
            timezone=source.timezone,
            passed=Passed(seen=changed.seen),
        )
    )


def health_messages(source: Source, before: FetchState, after: FetchState, outcome: Outcome) -> Sequence[bytes]:
    """Tells that a source began to fail, or works again, once each."""
    if isinstance(outcome, Failed):
        if after.reported and not before.reported:
            return [_health(source, FAILING, outcome, began=after.failing_since, since=after.failing_since)]
    elif before.reported:
        return [_health(source, RECOVERED, outcome, began=before.failing_since, since=outcome.seen)]
    return []


def _health(source: Source, change: str, outcome: Outcome, *, began: float, since: float) -> bytes:
    """`began` is when the failing did: both ends of one failing bear ids made from it."""
    return encode(
        SourceHealth(
            id=event_id(source.id, change, str(began)),
            source=source.id,
            url=source.url,
            change=change,
            since=since,
            reason=SENTENCES[outcome.reason] if isinstance(outcome, Failed) else "",
            passed=Passed(seen=outcome.seen),
        )
    )
