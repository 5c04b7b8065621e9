"""One poll of one source, from the claim to the written result."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from redis.exceptions import RedisError

from services.fetcher.asking import Kind, further, next_ask
from services.fetcher.fetch import fetch
from services.fetcher.limits import Limits
from services.fetcher.metrics import FETCH_LATENESS, FETCH_SECONDS, FETCHES
from services.fetcher.outcome import Answer, Changed, Failed, Outcome, Unchanged, encodable, judge
from services.fetcher.poll import Poll, poll_of
from services.fetcher.progress import advanced, advanced_aside, health_messages, page_message
from services.fetcher.reasons import Reason
from services.fetcher.request import request_headers
from services.fetcher.rhythm import interval
from services.fetcher.robots import ALLOWED, Robots, Verdict
from services.fetcher.schedule import after_interval, next_due
from services.fetcher.settling import Settler
from services.fetcher.silence import silence_messages
from services.fetcher.telling import tell
from shared.outgoing.client import Outgoing
from shared.outgoing.content_coding import ACCEPTED
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source
from shared.sources.store import Claimed, Settlement, SourceStore
from shared.telemetry.logs import get_logger
from shared.telemetry.tracing import began

MOST_UNREAD = 3
"""So many pages of a source may wait for the parser; then it is not fetched until one is taken in."""
HOLD_SECONDS = 60.0
"""A page that the parser cannot take in at all must not stop its source for good: after so long another is fetched."""

log = get_logger()


class Poller:
    """`robots` None fetches whatever a robots.txt says. `slow_down` is told the gap in seconds that an address's host
    asks for."""

    def __init__(
        self,
        store: SourceStore,
        outgoing: Outgoing,
        limits: Limits,
        robots: Robots | None = None,
        *,
        slow_down: Callable[[str, float], None] = lambda *_: None,
    ) -> None:
        self._store = store
        self._outgoing = outgoing
        self._settler = Settler(store)
        self._limits = limits
        self._robots = robots
        self._slow_down = slow_down

    async def poll(self, claimed: Claimed) -> float | None:
        """Polls the source and writes what came of it; returns the seconds until it is due again.

        None where that is never, or the result could not be written: the source is another's by now, or its lease runs
        out.
        """
        FETCH_LATENESS.observe(max(0.0, (claimed.claimed - claimed.due) / 1000))
        if _many_unread(claimed):
            claimed = await self._with_parsed(claimed)
            if _many_unread(claimed):
                return await self._hold(claimed)
        poll = poll_of(claimed)
        started = time.monotonic()
        outcome = await self._outcome(poll)
        ended = time.monotonic()
        FETCH_SECONDS.observe(ended - started)
        now = claimed.claimed + int((ended - (claimed.at or started)) * 1000)
        settlement, outcome = self._settlement(poll, outcome, now=now)
        if not await self._settle(settlement):
            return None
        tell(poll, settlement, outcome, ended - started)
        return None if settlement.next_due is None else (settlement.next_due - now) / 1000

    async def put_off(self, claimed: Claimed, seconds: float) -> bool:
        """Gives the source back, to be claimed again in so many seconds."""
        waited = int((time.monotonic() - claimed.at) * 1000)
        return await self._settle(Settlement(claimed=claimed, next_due=claimed.claimed + waited + int(seconds * 1000)))

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

    async def _outcome(self, poll: Poll) -> Outcome:
        source, state, ask = poll.source, poll.state, poll.ask
        try:
            if (refused := await self._refused(source, ask.url)) is not None:
                return refused
            headers = request_headers(source, state if ask.kind is Kind.PAGE else FetchState(), ACCEPTED)
            answer = await fetch(
                self._outgoing,
                ask.url,
                headers,
                seconds=self._limits.seconds,
                most_bytes=self._limits.page_bytes,
                refused=partial(self._refused, source),
            )
            if isinstance(answer, Failed):
                return answer
            return self._judged(poll, answer)
        except Exception as error:  # one source's surprise stops no other
            return _surprise(source, error)

    async def _refused(self, source: Source, url: str) -> Failed | None:
        if self._robots is None or not source.robots:
            return None
        verdict: Verdict = self._robots.known(url) or await self._robots.verdict(url)
        if verdict is ALLOWED:
            return None
        if verdict.delay:
            self._slow_down(url, verdict.delay)
        if verdict.failed is None:
            return None
        return replace(verdict.failed, seen=time.time())

    def _judged(self, poll: Poll, answer: Answer) -> Outcome:
        most = self._limits.page_bytes
        if poll.ask.kind is Kind.PAGE:
            return judge(poll.source, poll.state, answer, most_bytes=most)
        if poll.ask.kind is Kind.MORE:
            return judge(poll.source, FetchState(), answer, most_bytes=most)
        known = FetchState(url=poll.source.url, body_hash=poll.state.endpoint_hash)
        nothing = Unchanged(wire_hash="", etag="", last_modified="", seen=answer.seen)
        if answer.status == 204:
            return nothing
        outcome = judge(poll.source, known, answer, most_bytes=most)
        return nothing if isinstance(outcome, Failed) and outcome.reason is Reason.EMPTY else outcome

    def _settlement(self, poll: Poll, outcome: Outcome, *, now: int) -> tuple[Settlement, Outcome]:
        try:
            return self._settled(poll, outcome, now), outcome
        except Exception as error:
            failed = _surprise(poll.source, error)
            return self._settled(poll, failed, now), failed

    def _settled(self, poll: Poll, outcome: Outcome, now: int) -> Settlement:
        source, before, told, number = poll.source, poll.state, poll.told, poll.claimed.claimed
        if poll.ask.kind is Kind.PAGE:
            after = advanced(
                source, before, outcome, now_ms=number, failing_after=self._limits.failing_after, told=told
            )
        else:
            after = advanced_aside(source, before, outcome, poll.ask.kind, poll.ask.url, now_ms=number)
        due = self._next_due(poll, after, outcome, now)
        if due is None:
            after = replace(after, stopped_since=now / 1000)
        part = poll.ask.kind is not Kind.PAGE
        events = [*health_messages(source, before, after, outcome)] if not part else []
        if before.silent_since != after.silent_since:
            events += silence_messages(source, before, after, told)
        return Settlement(
            claimed=poll.claimed,
            next_due=due,
            state=after,
            page=_page(source, outcome, after.seq, part=part) if isinstance(outcome, Changed) else None,
            events=events,
        )

    def _next_due(self, poll: Poll, after: FetchState, outcome: Outcome, now: int) -> int | None:
        """While further pages are asked for, they come between the polls of the page."""
        every = interval(poll.source, poll.told, now=now / 1000, slowest_times=self._limits.slowest_times)
        if every is None:
            return None
        told = poll.told
        paging = poll.ask.kind is Kind.MORE or (told.more and further(poll.source, after, told) is not None)
        fresh = 0.0 if isinstance(outcome, Failed) else min(outcome.fresh, self._limits.fresh_seconds)
        if fresh and (told.poll_url or paging) and next_ask(poll.source, after, told).kind is not poll.ask.kind:
            fresh = 0.0
        aside = isinstance(outcome, Failed) and poll.ask.kind is not Kind.PAGE
        return next_due(
            every=every / 2 if paging else every,
            outcome=outcome,
            failures=1 if aside else after.failures,
            due=poll.claimed.due,
            now=now,
            chance=_chance(),
            fresh=fresh,
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


def _page(source: Source, changed: Changed, seq: int, *, part: bool) -> bytes:
    """The page's message; the trace of what comes of it begins here."""
    seconds = max(0.0, time.time() - changed.seen)
    trace = began("fetched", seconds, source=source.id, url=changed.url, seq=seq, bytes=len(changed.body))
    return page_message(source, changed, seq, part=part, trace=trace)
