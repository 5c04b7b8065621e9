"""The metrics and the one log line of a poll whose result is written."""

from __future__ import annotations

from services.fetcher.asking import Kind
from services.fetcher.metrics import BLOGS, FETCHED_BYTES, FETCHES, FETCHES_ASIDE, SOURCE_HEALTH
from services.fetcher.outcome import Changed, Failed, Outcome, Unchanged
from services.fetcher.poll import Poll
from services.fetcher.reasons import SENTENCES
from shared.messages import RECOVERED, SILENT
from shared.sources.fetch_state import FetchState
from shared.sources.store import Settlement
from shared.telemetry.logs import get_logger

log = get_logger()
_unchanged = FETCHES.labels("unchanged")


def tell(poll: Poll, settlement: Settlement, outcome: Outcome, seconds: float) -> None:
    """An unchanged page is only counted."""
    before = poll.state
    after = settlement.state or before
    aside = poll.ask.kind is not Kind.PAGE
    if isinstance(outcome, Unchanged) and not aside:
        _unchanged.inc()
    else:
        _tell(poll, settlement, outcome, after, seconds)
    if after.reported != before.reported:
        change = "failing" if after.reported else "recovered"
        SOURCE_HEALTH.labels(change).inc()
        since = after.failing_since or before.failing_since
        log.warning(f"source.{change}", source=poll.source.id, url=poll.source.url, since=since, reason=after.reason)
    if after.silent_since != before.silent_since:
        change = SILENT if after.silent_since else RECOVERED
        SOURCE_HEALTH.labels(change).inc()
        since = after.silent_since or before.silent_since
        log.warning(f"source.{change}", source=poll.source.id, url=poll.source.url, since=since)
    if after.stopped_since and not before.stopped_since:
        BLOGS.labels("stopped").inc()
        log.info(
            "source.stopped",
            source=poll.source.id,
            url=poll.source.url,
            closed_since=poll.told.closed_since,
            hint="The blog is closed: `livebell sources add` with its address looks at it again.",
        )


def _tell(poll: Poll, settlement: Settlement, outcome: Outcome, after: FetchState, seconds: float) -> None:
    claimed, aside = poll.claimed, poll.ask.kind is not Kind.PAGE
    due = settlement.next_due
    line = log.bind(
        source=poll.source.id,
        url=poll.ask.url,
        kind=str(poll.ask.kind),
        seconds=round(seconds, 3),
        late_seconds=round((claimed.claimed - claimed.due) / 1000, 3),
        next_seconds=None if due is None else round((due - claimed.claimed) / 1000, 1),
    )
    match outcome:
        case Changed():
            FETCHED_BYTES.inc(len(outcome.body))
            _count(poll, "changed", aside=aside)
            line.info("fetch.changed", seq=after.seq, bytes=len(outcome.body), stored_bytes=len(settlement.page or b""))
        case Unchanged():
            _count(poll, "unchanged", aside=aside)
        case Failed():
            _count(poll, "failed" if aside else str(outcome.reason), aside=aside)
            line.warning(
                "fetch.failed",
                reason=str(outcome.reason),
                detail=outcome.detail,
                hint=SENTENCES[outcome.reason],
                failures=after.failures,
                since=after.failing_since,
                retry_after=outcome.retry_after,
            )


def _count(poll: Poll, outcome: str, *, aside: bool) -> None:
    if aside:
        FETCHES_ASIDE.labels(str(poll.ask.kind), outcome).inc()
    else:
        FETCHES.labels(outcome).inc()
