"""What a poll's outcome does to what is known of the source, and which messages tell of it."""

from __future__ import annotations

from collections.abc import Sequence

import zstandard
from msgspec.structs import replace

from services.fetcher.asking import PAGE_EVERY, Kind
from services.fetcher.outcome import Changed, Failed, Outcome
from services.fetcher.reasons import SENTENCES
from services.fetcher.silence import silent_since, watched_since
from shared.messages import FAILING, RECOVERED, PageFetched, Passed, SourceHealth, encode, event_id
from shared.sources.fetch_state import NOTHING_TOLD, FetchState, Told, short
from shared.sources.record import Source

COMPRESSION_LEVEL = -3
"""A page lies in Redis for a moment: time counts for more than size."""
MOST_ENDPOINT_REST = 64
"""A polling endpoint that keeps failing is tried again after so many polls of the page at most."""
_compressor = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL)  # of the event loop's thread alone


def advanced(
    source: Source,
    state: FetchState,
    outcome: Outcome,
    *,
    now_ms: int,
    failing_after: int,
    told: Told = NOTHING_TOLD,
) -> FetchState:
    """The state after a poll of the page. `now_ms` numbers a source's first page, `failing_after` failures in a row are
    told."""
    if isinstance(outcome, Failed):
        failures = state.failures + 1
        return replace(
            state,
            failures=failures,
            failing_since=state.failing_since or outcome.seen,
            reason=str(outcome.reason),
            reported=state.reported or failures >= failing_after,
            just_paged=False,
            since_page=0,
        )
    working = replace(
        state,
        url=source.url,
        just_paged=False,
        since_page=0,
        endpoint_rest=max(0, state.endpoint_rest - 1),
        watched_since=watched_since(source, state, outcome.seen),
        stopped_since=0.0,
        wire_hash=outcome.wire_hash,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        last_ok=outcome.seen,
        failures=0,
        failing_since=0.0,
        reason="",
        reported=False,
    )
    if isinstance(outcome, Changed):
        working = replace(_published(working, outcome, now_ms), body_hash=outcome.body_hash, final=outcome.url)
    if source.expect_every is None and not working.silent_since:
        return working
    return replace(working, silent_since=silent_since(source, state, working, told))


def advanced_aside(
    source: Source, state: FetchState, outcome: Outcome, kind: Kind, url: str, *, now_ms: int
) -> FetchState:
    """The state after a poll of something else than the page: its failure is none of the source's."""
    if isinstance(outcome, Changed):
        state = _published(state, outcome, now_ms)
    if kind is Kind.MORE:
        paged = state.paged if state.paged_of == source.url else ()
        return replace(state, paged=(*paged, short(url)), paged_of=source.url, just_paged=True)
    if isinstance(outcome, Failed):
        failures = state.endpoint_failures + 1
        rest = min(2**failures, MOST_ENDPOINT_REST)
        return replace(state, endpoint_failures=failures, endpoint_rest=rest, since_page=PAGE_EVERY, just_paged=False)
    content = outcome.body_hash if isinstance(outcome, Changed) else state.endpoint_hash
    return replace(
        state,
        endpoint_hash=content,
        endpoint_failures=0,
        since_page=state.since_page + 1,
        just_paged=False,
        last_ok=outcome.seen,
        watched_since=watched_since(source, state, outcome.seen),
    )


def _published(state: FetchState, outcome: Changed, now_ms: int) -> FetchState:
    base = state.seq_base or now_ms
    return replace(state, seq_base=base, seq=max(state.seq, base) + 1, published_at=outcome.seen)


def page_message(source: Source, changed: Changed, seq: int, *, part: bool = False, trace: str = "") -> bytes:
    return encode(
        PageFetched(
            source=source.id,
            url=changed.url,
            seq=seq,
            body=_compressor.compress(changed.body),
            body_size=len(changed.body),
            content_type=changed.content_type,
            timezone=source.timezone,
            part=part,
            passed=Passed(seen=changed.seen, trace=trace),
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
