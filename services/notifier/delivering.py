"""The notifier's second half: a batch of deliveries out, what became of each into the log, retries into Redis."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from services.notifier.handover import event_key, retries_key
from services.notifier.metrics import observe_attempt, observe_expired
from services.notifier.payload import event_data, push_payload, push_urgency, topic, webhook_body
from services.notifier.retries import Answer, Outcome, outcome
from services.notifier.sending import Sender
from shared.commit import Commit, Write, expire, write_all
from shared.delivery_log import (
    DELIVERED,
    FAILED,
    RESPONSE_CHARACTERS,
    RETRYING,
    DeliveryRecord,
    delivery_id,
    record_write,
)
from shared.keys import key
from shared.logs import get_logger
from shared.messages import (
    BlogChanged,
    DeliveryBatch,
    Digest,
    Enriched,
    EntryEnriched,
    Message,
    SourceHealth,
    decode,
    encode,
    event_id,
)
from shared.subscription_store import ConflictError, SubscriptionStore
from shared.subscriptions import ACTIVE, DISABLED, PENDING, Subscription, WebhookChannel

VERIFICATION, TEST = "endpoint.verification", "test"
VERIFICATION_SCHEDULE = (5.0, 30.0, 300.0)
FLUSH_RESULTS = 64
PROGRESS_SECONDS = 86_400
log = get_logger()


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription's part of a batch, and what came of it."""

    subscription: Subscription
    answer: Answer
    outcome: Outcome


class Deliverer:
    """Works on the batches of one slot of subscribers. What was sent is written down before the batch is acknowledged,
    so that after a crash only what was in flight is sent again, under the same id."""

    def __init__(
        self,
        client: Redis,
        store: SubscriptionStore,
        sender: Sender,
        tag: str,
        *,
        schedule: Sequence[float],
        home: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._store = store
        self._sender = sender
        self._tag = tag
        self._schedule = schedule
        self._home = home
        self._clock = clock

    async def handle(self, message: Message) -> Commit:
        if not isinstance(message, DeliveryBatch):
            raise TypeError(f"{type(message).__name__} does not belong into the stream of deliveries.")
        event = await self._event(message)
        if event is None and message.kind not in {VERIFICATION, TEST}:
            observe_expired(message.channel, message.attempt, len(message.subscriptions))
            log.warning("delivery.expired", event_id=message.event_id, subscriptions=len(message.subscriptions))
            return Commit()
        wanted = await self._wanted(message)
        tasks = [asyncio.create_task(self._deliver(message, event, subscription)) for subscription in wanted]
        waiting: list[Write] = []
        for number, done in enumerate(asyncio.as_completed(tasks), 1):
            waiting += self._writes(message, await done)
            if number % FLUSH_RESULTS == 0:
                await write_all(self._client, waiting)
                waiting = []
        return Commit([*waiting, ("DEL", self._progress(message))])

    async def _event(self, batch: DeliveryBatch) -> Enriched | Digest | None:
        kept = await self._client.get(event_key(self._tag, batch.event_id))
        found = decode(kept) if kept else None
        return found if isinstance(found, EntryEnriched | BlogChanged | SourceHealth | Digest) else None

    async def _wanted(self, batch: DeliveryBatch) -> list[Subscription]:
        """Those that still are there, want it, and were not served before a crash."""
        served = await self._client.smembers(self._progress(batch)) if len(batch.subscriptions) > 1 else set()
        wanted = PENDING if batch.kind == VERIFICATION else ACTIVE
        found = await self._store.many(self._tag, batch.subscriptions)
        return [one for one in found if one.status == wanted and one.id.encode() not in served]

    async def _deliver(
        self, batch: DeliveryBatch, event: Enriched | Digest | None, subscription: Subscription
    ) -> Delivery:
        if batch.kind == VERIFICATION:
            return await self._verify(batch, subscription)
        answer = await self._send(batch, event, subscription)
        found = self._outcome(batch, answer, self._schedule)
        if found.kind == "gone":
            await self._end(subscription, found.reason or "")
        return self._observed(batch, Delivery(subscription=subscription, answer=answer, outcome=found))

    async def _send(self, batch: DeliveryBatch, event: Enriched | Digest | None, subscription: Subscription) -> Answer:
        channel = subscription.channel
        if isinstance(channel, WebhookChannel):
            data = event_data(event) if event else {"message": "Alerts reach this endpoint."}
            body = webhook_body(batch.kind, data, self._clock())
            return await self._sender.webhook(channel, delivery_id(subscription.id, batch.event_id), body)
        subject = topic(event, batch.event_id, story=batch.story)
        payload = push_payload(batch.kind, event, tag=subject, home=self._home, silent=batch.silent)
        return await self._sender.push(channel, payload, topic=subject, urgency=push_urgency(event))

    async def _verify(self, batch: DeliveryBatch, subscription: Subscription) -> Delivery:
        """Asks the endpoint whether it wants the traffic: it must answer with the challenge that we draw."""
        challenge = secrets.token_urlsafe(24)
        body = webhook_body(VERIFICATION, {"challenge": challenge}, self._clock())
        if not isinstance(subscription.channel, WebhookChannel):
            raise TypeError(
                f"{subscription.id} is no webhook: only endpoints of webhooks are asked to prove themselves."
            )
        delivery = delivery_id(subscription.id, batch.event_id)
        answer = await self._sender.webhook(subscription.channel, delivery, body)
        found = self._outcome(batch, answer, VERIFICATION_SCHEDULE)
        if found.kind == "delivered" and not _answers(answer, challenge):
            found = Outcome(kind="failed", reason="The answer must be JSON that carries data.challenge as `challenge`.")
        if found.kind == "delivered":
            await self._set_status(subscription, ACTIVE, None)
        elif found.kind != "retrying":
            await self._set_status(subscription, PENDING, f"The endpoint has not proved itself: {found.reason}")
        return self._observed(batch, Delivery(subscription=subscription, answer=answer, outcome=found))

    def _outcome(self, batch: DeliveryBatch, answer: Answer, schedule: Sequence[float]) -> Outcome:
        return outcome(
            batch.channel,
            answer,
            attempt=batch.attempt,
            schedule=schedule,
            now=self._clock(),
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads load, hides nothing
        )

    async def _end(self, subscription: Subscription, reason: str) -> None:
        """A browser's subscription that is dead is deleted; an endpoint that is gone is disabled, and may come back."""
        if isinstance(subscription.channel, WebhookChannel):
            await self._set_status(subscription, DISABLED, f"The endpoint {reason}: it is gone.")
            return
        try:
            await self._store.delete(subscription)
        except ConflictError:
            log.info("subscription.changed_meanwhile", subscription=subscription.id)

    async def _set_status(self, subscription: Subscription, status: str, reason: str | None) -> None:
        try:
            await self._store.update(replace(subscription, status=status, status_reason=reason))
        except ConflictError:
            log.info("subscription.changed_meanwhile", subscription=subscription.id)

    def _writes(self, batch: DeliveryBatch, done: Delivery) -> list[Write]:
        """The log's record, the retry if there is one, and that this subscription was served."""
        subscription, found, now = done.subscription.id, done.outcome, self._clock()
        due = now + found.wait if found.kind == "retrying" else None
        record = DeliveryRecord(
            id=delivery_id(subscription, batch.event_id),
            event_id=batch.event_id,
            kind=batch.kind,
            status=_STATUS[found.kind],
            attempt=batch.attempt,
            at=now,
            response_status=done.answer.status,
            response_start=done.answer.start[:RESPONSE_CHARACTERS],
            error=found.reason,
            next_attempt_at=due,
        )
        writes = record_write(self._tag, subscription, record)
        if due is not None:
            again = replace(
                batch,
                id=event_id(batch.event_id, batch.kind, subscription, batch.attempt + 1),
                subscriptions=(subscription,),
                attempt=batch.attempt + 1,
            )
            writes.append(("ZADD", retries_key(self._tag), int(due * 1000), encode(again)))
        if len(batch.subscriptions) > 1:
            writes += [("SADD", self._progress(batch), subscription), expire(self._progress(batch), PROGRESS_SECONDS)]
        return writes

    def _observed(self, batch: DeliveryBatch, done: Delivery) -> Delivery:
        seen_to_delivered = self._clock() - batch.passed.seen if batch.passed.seen else None
        observe_attempt(
            channel=batch.channel,
            outcome=done.outcome.kind,
            attempt=batch.attempt,
            seconds=done.answer.seconds,
            waited=seen_to_delivered,
        )
        log.info(
            "delivery.attempted",
            delivery=delivery_id(done.subscription.id, batch.event_id),
            subscription=done.subscription.id,
            channel=batch.channel,
            kind=batch.kind,
            attempt=batch.attempt,
            outcome=done.outcome.kind,
            status=done.answer.status,
            reason=done.outcome.reason,
            next_try_seconds=round(done.outcome.wait, 1) or None,
            seconds=round(done.answer.seconds, 4),
            seen_to_delivered_seconds=round(seen_to_delivered, 4) if seen_to_delivered is not None else None,
        )
        return done

    def _progress(self, batch: DeliveryBatch) -> str:
        return key(self._tag, "progress", batch.id)


_STATUS = {"delivered": DELIVERED, "retrying": RETRYING, "failed": FAILED, "gone": FAILED}


def _answers(answer: Answer, challenge: str) -> bool:
    try:
        told = msgspec.json.decode(answer.start)
    except msgspec.DecodeError:
        return False
    return isinstance(told, dict) and secrets.compare_digest(str(told.get("challenge", "")), challenge)
