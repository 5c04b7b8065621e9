"""One poll of one source, from the claim to the written result."""

from __future__ import annotations

import random
import time

from msgspec import Struct
from msgspec.structs import replace
from redis.exceptions import RedisError

from services.fetcher.fetch import fetch
from services.fetcher.metrics import FETCH_LATENESS, FETCH_SECONDS, FETCHED_BYTES, FETCHES, SOURCE_HEALTH
from services.fetcher.outcome import Changed, Failed, Outcome, Unchanged, encodable, judge
from services.fetcher.progress import advanced, health_messages, page_message
from services.fetcher.reasons import SENTENCES, Reason
from services.fetcher.request import request_headers
from services.fetcher.schedule import after_interval, next_due
from services.fetcher.settling import Settler
from shared.content_coding import ACCEPTED
from shared.logs import get_logger
from shared.outgoing import Outgoing
from shared.source_store import Claimed, Settlement, SourceStore
from shared.sources import Source

MOST_UNREAD = 3
"""So many pages of a source may wait for the parser; then it is not fetched until one is taken in."""
HOLD_SECONDS = 60.0
"""A page that the parser cannot take in at all must not stop its source for good: after so long another is fetched."""

log = get_logger()


class Limits(Struct, frozen=True, kw_only=True):
    seconds: float = 20.0
    """For all of a poll, redirects included."""
    page_bytes: int = 10 * 2**20
    failing_after: int = 3
    """So many failures in a row are told to subscribers."""


class Poller:
    def __init__(self, store: SourceStore, outgoing: Outgoing, limits: Limits) -> None:
        self._store = store
        self._outgoing = outgoing
        self._settler = Settler(store)
        self._limits = limits

    async def poll(self, claimed: Claimed) -> float | None:
        """Polls the source and writes what came of it; returns the seconds until it is due again.

        None where the result could not be written: the source is another's by now, or its lease runs out.
        """
        FETCH_LATENESS.observe(max(0.0, (claimed.claimed - claimed.due) / 1000))
        if _many_unread(claimed):
            claimed = await self._with_parsed(claimed)
            if _many_unread(claimed):
                return await self._hold(claimed)
        started = time.monotonic()
        outcome = await self._outcome(claimed)
        seconds = time.monotonic() - started
        FETCH_SECONDS.observe(seconds)
        now = claimed.claimed + int(seconds * 1000)
        settlement, outcome = self._settlement(claimed, outcome, now=now)
        if not await self._settle(settlement):
            return None
        _tell(claimed, settlement, outcome, seconds)
        return (settlement.next_due - now) / 1000

    async def _with_parsed(self, claimed: Claimed) -> Claimed:
        """With what the parser has taken in by now; what was known of that is kept where Redis does not answer."""
        try:
            parsed_seq = await self._store.parsed_seq(claimed)
        except RedisError as error:
            log.warning("fetch.unasked", source=claimed.source.id, error=repr(error))
            return claimed
        return replace(claimed, state=replace(claimed.state, parsed_seq=parsed_seq))

    async def _hold(self, claimed: Claimed) -> float | None:
        now = claimed.claimed
        due = after_interval(every=claimed.source.every, due=claimed.due, now=now, chance=_chance())
        if not await self._settle(Settlement(claimed=claimed, next_due=due)):
            return None
        FETCHES.labels("held").inc()
        log.debug("fetch.held", source=claimed.source.id, unread=claimed.state.unread)
        return (due - now) / 1000

    async def _outcome(self, claimed: Claimed) -> Outcome:
        source, state = claimed.source, claimed.state
        try:
            answer = await fetch(
                self._outgoing,
                source.url,
                request_headers(source, state, ACCEPTED),
                seconds=self._limits.seconds,
                most_bytes=self._limits.page_bytes,
            )
            if isinstance(answer, Failed):
                return answer
            return judge(source, state, answer, most_bytes=self._limits.page_bytes)
        except Exception as error:  # one source's surprise stops no other
            return _surprise(source, error)

    def _settlement(self, claimed: Claimed, outcome: Outcome, *, now: int) -> tuple[Settlement, Outcome]:
        try:
            return self._settled(claimed, outcome, now), outcome
        except Exception as error:
            failed = _surprise(claimed.source, error)
            return self._settled(claimed, failed, now), failed

    def _settled(self, claimed: Claimed, outcome: Outcome, now: int) -> Settlement:
        source, before = claimed.source, claimed.state
        after = advanced(source, before, outcome, now_ms=claimed.claimed, failing_after=self._limits.failing_after)
        return Settlement(
            claimed=claimed,
            next_due=next_due(
                every=source.every,
                outcome=outcome,
                failures=after.failures,
                due=claimed.due,
                now=now,
                chance=_chance(),
            ),
            state=after,
            page=page_message(source, outcome, after.seq) if isinstance(outcome, Changed) else None,
            events=health_messages(source, before, after, outcome),
        )

    async def _settle(self, settlement: Settlement) -> bool:
        source = settlement.claimed.source.id
        try:
            ours = await self._settler.settle(settlement)
        except Exception as error:
            FETCHES.labels("unsettled").inc()
            log.warning("fetch.unsettled", source=source, error=repr(error), hint="The source is polled again soon.")
            return False
        if not ours:
            FETCHES.labels("elsewhere").inc()
            log.info("fetch.elsewhere", source=source, hint="The source was changed, or its lease ran out meanwhile.")
        return ours


def _many_unread(claimed: Claimed) -> bool:
    state = claimed.state
    return state.unread >= MOST_UNREAD and claimed.claimed / 1000 - state.published_at < HOLD_SECONDS


def _surprise(source: Source, error: Exception) -> Failed:
    log.exception("fetch.error", source=source.id, url=source.url)
    return Failed(reason=Reason.INTERNAL, seen=time.time(), detail=encodable(repr(error))[:500])


def _chance() -> float:
    return random.random()  # noqa: S311 (spreads load, hides nothing)


def _tell(claimed: Claimed, settlement: Settlement, outcome: Outcome, seconds: float) -> None:
    """The metrics and one log line of a poll whose result is written; an unchanged page is only counted."""
    source, before = claimed.source, claimed.state
    after = settlement.state or before
    if isinstance(outcome, Unchanged) and not before.reported:
        FETCHES.labels("unchanged").inc()
        return
    line = log.bind(
        source=source.id,
        url=source.url,
        seconds=round(seconds, 3),
        late_seconds=round((claimed.claimed - claimed.due) / 1000, 3),
        next_seconds=round((settlement.next_due - claimed.claimed) / 1000, 1),
    )
    match outcome:
        case Changed():
            FETCHES.labels("changed").inc()
            FETCHED_BYTES.inc(len(outcome.body))
            line.info("fetch.changed", seq=after.seq, bytes=len(outcome.body), stored_bytes=len(settlement.page or b""))
        case Unchanged():
            FETCHES.labels("unchanged").inc()
        case Failed():
            FETCHES.labels(outcome.reason).inc()
            line.warning(
                "fetch.failed",
                reason=str(outcome.reason),
                detail=outcome.detail,
                hint=SENTENCES[outcome.reason],
                failures=after.failures,
                since=after.failing_since,
                retry_after=outcome.retry_after,
            )
    if after.reported != before.reported:
        change = "failing" if after.reported else "recovered"
        SOURCE_HEALTH.labels(change).inc()
        line.warning(f"source.{change}", since=after.failing_since or before.failing_since, reason=after.reason)
