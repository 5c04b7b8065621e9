"""One stage's step: decode each message, compute what becomes of it, commit the batch in one atomic step.

One bad message never takes its batch with it: it stays pending, is tried again when it is claimed, and is parked as a
dead letter with its reason after `max_attempts`.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from redis.asyncio import Redis

from shared.connection import is_server_trouble
from shared.messages import DeliveryBatch, MalformedMessageError, Message, UnknownMessageError, decode
from shared.streams.commit import Commit, Result, commit
from shared.streams.consumer import Record
from shared.streams.deadletters import park
from shared.telemetry.logs import get_logger
from shared.telemetry.metrics import BATCH_SECONDS, MESSAGES, SEEN_TO_STAGE
from shared.telemetry.tracing import span

ROUNDS = 10
"""How often a message is computed again because the state had moved on, before it is left for the next claim."""

STAGES = {
    "read": "told",
    "pages": "parsed",
    "entries": "enriched",
    "enriched": "matched",
    "weighing": "weighed",
    "deliveries": "delivered",
}
"""What a message of a stream has become once it is committed."""

Handle: TypeAlias = Callable[[Message], Awaitable[Commit]]
Prepare: TypeAlias = Callable[[Sequence[Message]], Awaitable[None]]
Forget: TypeAlias = Callable[[Message], None]
_Step: TypeAlias = tuple[Record, Message, Commit]
log = get_logger()


class Hop:
    """`handle` computes a commit and writes nothing; `forget` drops what it cached for a message not committed here.
    `prepare` is shown the messages of a round before the first of them is handled, to read at once what they need.

    A batch's messages are handled in their order, one after the other; with `side_by_side` each begins in its order and
    none waits for the one before.
    """

    def __init__(
        self,
        client: Redis,
        *,
        stream: str,
        group: str,
        max_attempts: int,
        handle: Handle,
        prepare: Prepare | None = None,
        forget: Forget | None = None,
        side_by_side: bool = False,
    ) -> None:
        self._client = client
        self._stream = stream
        self._group = group
        self._max_attempts = max_attempts
        self._handle = handle
        self._prepare = prepare
        self._forget = forget
        self._side_by_side = side_by_side
        kind = stream.rpartition(":")[2]
        self._seconds = BATCH_SECONDS.labels(kind)
        self._stage = STAGES.get(kind, kind)
        self._since_seen = SEEN_TO_STAGE.labels(self._stage)
        self._counts = {
            outcome: MESSAGES.labels(kind, outcome)
            for outcome in ("committed", "elsewhere", "stale", "failed", "parked", "unknown")
        }

    async def __call__(self, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        waiting = await self._decode(records)
        for _ in range(ROUNDS):
            waiting = await self._round(waiting)
            if not waiting:
                break
        self._seconds.observe(time.perf_counter() - started)

    async def _decode(self, records: Sequence[Record]) -> list[tuple[Record, Message]]:
        decoded = []
        for record in records:
            try:
                decoded.append((record, decode(record.body)))
            except UnknownMessageError as error:
                await self._leave_for_newer(record, str(error))
            except MalformedMessageError as error:
                await self._park(record, error)
        return decoded

    async def _round(self, waiting: Sequence[tuple[Record, Message]]) -> list[tuple[Record, Message]]:
        """Handles and commits; returns what has to be computed again."""
        if self._prepare:
            await self._prepare([message for _, message in waiting])
        if self._side_by_side:
            worked = await asyncio.gather(*(self._step(record, message) for record, message in waiting))
        else:
            worked = [await self._step(record, message) for record, message in waiting]
        steps = [step for step in worked if step is not None]
        if not steps:
            return []
        try:
            results = await commit(self._client, self._stream, self._group, [(r.id, step) for r, _, step in steps])
        except Exception:
            for _, message, _ in steps:
                self._drop(message)
            raise
        return self._settle(steps, results)

    async def _step(self, record: Record, message: Message) -> _Step | None:
        """None where the message provokes an error: whatever that is, it is kept to the message."""
        try:
            with span(self._stage, message.passed.trace, stream=self._stream, attempt=record.deliveries):
                return record, message, await self._handle(message)
        except Exception as error:
            self._drop(message)
            await self._fail(record, error)
            return None

    def _settle(self, steps: Sequence[_Step], results: Sequence[Result]) -> list[tuple[Record, Message]]:
        again = []
        now = time.time()
        for (record, message, _), result in zip(steps, results, strict=True):
            if result is Result.COMMITTED:
                if (seen := message.passed.seen) and not _is_retry(message):
                    self._since_seen.observe(now - seen)
                continue
            self._drop(message)
            if result is Result.STALE:
                again.append((record, message))
        stale = len(again)
        committed = results.count(Result.COMMITTED)
        self._counts["committed"].inc(committed)
        self._counts["stale"].inc(stale)
        self._counts["elsewhere"].inc(len(results) - committed - stale)
        return again

    def _drop(self, message: Message) -> None:
        if self._forget:
            self._forget(message)

    async def _fail(self, record: Record, error: Exception) -> None:
        if is_server_trouble(error):  # an outage may be longer than all attempts take
            self._counts["failed"].inc()
            log.warning("message.waits", stream=self._stream, id=record.id.decode(), error=repr(error))
            return
        attempts = await self._attempts(record)
        if attempts >= self._max_attempts:
            await self._park(record, error)
            return
        self._counts["failed"].inc()
        log.warning(
            "message.failed",
            stream=self._stream,
            id=record.id.decode(),
            attempt=attempts,
            of=self._max_attempts,
            exc_info=error,
        )

    async def _attempts(self, record: Record) -> int:
        pending = await self._client.xpending_range(self._stream, self._group, min=record.id, max=record.id, count=1)
        return int(pending[0]["times_delivered"]) if pending else record.deliveries

    async def _park(self, record: Record, error: Exception) -> None:
        reason = "".join(traceback.format_exception_only(error)).strip()
        trace = "".join(traceback.format_exception(error))
        await park(self._client, self._stream, self._group, record, reason=reason, trace=trace)
        self._counts["parked"].inc()
        log.error("message.parked", stream=self._stream, id=record.id.decode(), reason=reason)

    async def _leave_for_newer(self, record: Record, tag: str) -> None:
        """Keeps the message pending and its count of deliveries at 1: waiting is no failure."""
        self._counts["unknown"].inc()
        log.warning("message.unknown", stream=self._stream, id=record.id.decode(), tag=tag)
        await self._client.xclaim(
            self._stream, self._group, "waiting-for-newer", 0, [record.id], retrycount=1, justid=True
        )


def _is_retry(message: Message) -> bool:
    """Hours may have passed by design: they say nothing of how fast the stage is."""
    return isinstance(message, DeliveryBatch) and message.attempt > 1
