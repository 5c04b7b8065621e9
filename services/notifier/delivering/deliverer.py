"""The notifier's second half: a batch of deliveries out, what became of each into the log, retries into Redis."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Redis

from services.notifier.channels.payload import webhook_body
from services.notifier.channels.sending import Sender
from services.notifier.channels.verification import SCHEDULE as VERIFICATION_SCHEDULE, draw_challenge, judged
from services.notifier.delivering.booking import ASIDE, VERIFICATION, Booking, book, lease
from services.notifier.delivering.circuits import is_open
from services.notifier.delivering.endpoints import Endpoints
from services.notifier.delivering.flights import LEASE_AFTER_SECONDS, Flight, Round
from services.notifier.delivering.handover import event_key
from services.notifier.delivering.observing import observe, observe_expired, observe_round
from services.notifier.delivering.parcels import Parcel
from services.notifier.delivering.retries import Answer, Outcome, outcome, pause
from services.notifier.delivering.settling import settle
from services.notifier.delivering.turns import TurnedAwayError
from services.notifier.metrics import LEASED
from shared.deliveries.log import delivery_id
from shared.deliveries.waiting import circuits_key
from shared.keys import key
from shared.messages import BlogChanged, DeliveryBatch, Digest, Enriched, EntryEnriched, Message, SourceHealth, decode
from shared.streams.commit import Commit
from shared.streams.gathered import Gathered
from shared.subscriptions.record import ACTIVE, PENDING, WEBPUSH, AppriseChannel, Subscription, WebhookChannel
from shared.subscriptions.store import SubscriptionStore
from shared.telemetry.logs import get_logger

LEASE_MARGIN_SECONDS = 15.0
CALLS_AT_ONCE = 16
"""To Redis, each of which takes a connection: results often come in bursts."""
AWAITED_AT_ONCE = 20_000
"""So many deliveries may be under way; beyond that each batch waits for its own."""
PUT_OFF_FOR = 1.2
"""A delivery is put off for at most so many times the whole schedule of retries, then it has failed."""
log = get_logger()


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
        timeout: float,
        disable_after_days: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._store = store
        self._sender = sender
        self._tag = tag
        self._schedule = schedule
        self._home = home
        self._lease_seconds = timeout + LEASE_MARGIN_SECONDS
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)
        self._write_late = Gathered[Booking, None](self._write_all)
        self._endpoints = Endpoints(client, store, tag, disable_after_days=disable_after_days, clock=clock)
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, message: Message) -> Commit:
        if not isinstance(message, DeliveryBatch):
            raise TypeError(f"{type(message).__name__} does not belong into the stream of deliveries.")
        event, flights = await self._read(message)
        done = Commit([("DEL", self._progress(message))])
        if event is None and message.kind not in ASIDE:
            observe_expired(message)
            return done
        started = time.perf_counter()
        parcel = Parcel(message, event, at=self._clock(), home=self._home)
        flown = Round(flights)
        for flight in flights:
            self._begin(self._fly(message, parcel, flown, flight))
        await self._follow(message, flown)
        observe_round(message, flights, time.perf_counter() - started)
        return done

    async def linger(self, seconds: float) -> None:
        """Waits for answers that are awaited without their batches; their leases bring back what takes longer."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _read(self, batch: DeliveryBatch) -> tuple[Enriched | Digest | None, list[Flight]]:
        """The event, and those who still are there and were not served before a crash, in one call."""
        names = list(batch.subscriptions)
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.get(event_key(self._tag, batch.event_id))
            pipe.smembers(self._progress(batch))
            pipe.hmget(key(self._tag, "subscriptions"), names)
            if batch.channel != WEBPUSH:
                pipe.hmget(circuits_key(self._tag), names)
            kept, served, records, *more = await pipe.execute()
        found = decode(kept) if kept else None
        event = found if isinstance(found, EntryEnriched | BlogChanged | SourceHealth | Digest) else None
        circuits = dict(zip(names, more[0], strict=True)) if more else {}
        wanted = [one for one in self._store.decoded(names, records) if one.id.encode() not in served]
        return event, [Flight(one, circuits.get(one.id)) for one in wanted]

    async def _follow(self, batch: DeliveryBatch, flown: Round) -> None:
        """Writes down what lands, until all have landed or are awaited without the batch."""
        failure: Exception | None = None
        doubtful = [one for one in flown.doubtful() if not _is_held_up(batch, one)]
        if doubtful and len(self._tasks) < AWAITED_AT_ONCE:
            await self._lease(batch, flown, doubtful)
        while not flown.over:
            landed, late = await flown.next()
            failure = next((one.error for one in landed if one.error), failure)
            await self._settle(batch, [one for one in landed if one.error is None])
            if late:
                await self._lease(batch, flown, late)
        if failure is not None:
            raise failure

    async def _settle(self, batch: DeliveryBatch, landed: Sequence[Flight]) -> None:
        if landed:
            await self._write(batch, book(self._tag, batch, landed, self._clock()))

    async def _write(self, batch: DeliveryBatch, found: Booking) -> None:
        async with self._calls:
            await settle(
                self._client,
                self._tag,
                self._progress(batch),
                served=found.served,
                records=found.records,
                writes=found.writes,
            )

    async def _write_all(self, found: Sequence[Booking]) -> list[None]:
        """Of flights that their batches did not wait for, and which count as served there."""
        await settle(
            self._client,
            self._tag,
            key(self._tag, "progress", "late"),
            records=[record for one in found for record in one.records],
            writes=[write for one in found for write in one.writes],
        )
        return [None] * len(found)

    async def _lease(self, batch: DeliveryBatch, flown: Round, late: Sequence[Flight]) -> None:
        """Goes on without those whose answers take long: should this process die, Redis brings them back."""
        for flight in late:
            flight.leased = True  # before it is written: whoever lands meanwhile takes the lease back
        LEASED.labels(batch.channel).inc(len(late))
        now = self._clock()
        await self._write(batch, lease(self._tag, batch, late, now + self._lease_seconds, now))
        before = asyncio.get_running_loop().time() - LEASE_AFTER_SECONDS
        for flight in late:
            if flown.leave(flight) and flight.turn is not None and flight.turn.began < before:
                self._sender.overdue(flight.turn)

    async def _fly(self, batch: DeliveryBatch, parcel: Parcel, flown: Round, flight: Flight) -> None:
        try:
            try:
                await self._deliver(batch, parcel, flight)
            except TurnedAwayError as away:
                flight.outcome = self._put_off(batch, away.wait, "has as much under way as it can take")
            observe(batch, flight, self._clock())
        except Exception as error:  # told to whoever follows the batch
            flight.error = error
        if flown.land(flight):
            return
        if flight.error is not None:
            log.error("delivery.failed", subscription=flight.subscription.id, exc_info=flight.error)
            return  # its lease brings it back
        await self._write_late(book(self._tag, batch, [flight], self._clock()))

    async def _deliver(self, batch: DeliveryBatch, parcel: Parcel, flight: Flight) -> None:
        subscription, now = flight.subscription, self._clock()
        wanted = PENDING if batch.kind == VERIFICATION else ACTIVE
        if subscription.status != wanted:
            flight.outcome = Outcome(kind="failed", reason=f"The subscription is {subscription.status}.")
            return
        if (wait := self._held_up(batch, flight, now)) is not None:
            flight.outcome = wait
            return
        if batch.kind == VERIFICATION:
            await self._verify(batch, flight)
        else:
            flight.answer = await self._send(batch, parcel, flight)
            flight.outcome = self._outcome(batch, flight.answer, self._schedule)
        if batch.channel != WEBPUSH:
            flight.outcome = await self._endpoints.observe(flight, pause(flight.answer, now))
        elif flight.outcome is not None and flight.outcome.kind == "gone":
            await self._endpoints.delete(subscription)

    def _held_up(self, batch: DeliveryBatch, flight: Flight, now: float) -> Outcome | None:
        """Waits in Redis where the circuit is open."""
        if flight.circuit is None or not _is_held_up(batch, flight):
            return None
        wait = max(0.0, flight.circuit.open_until / 1000 - now)
        return self._put_off(batch, wait, f"failed {flight.circuit.failures} times in a row")

    def _put_off(self, batch: DeliveryBatch, wait: float, reason: str) -> Outcome:
        if batch.began and self._clock() - batch.began > PUT_OFF_FOR * sum(self._schedule):
            return Outcome(kind="failed", reason=reason)
        return Outcome(kind="waiting", wait=wait, reason=reason)

    async def _send(self, batch: DeliveryBatch, parcel: Parcel, flight: Flight) -> Answer:
        subscription, channel = flight.subscription, flight.subscription.channel
        if isinstance(channel, WebhookChannel):
            delivery = delivery_id(subscription.id, batch.event_id)
            return await self._sender.webhook(flight, channel, self._secrets(subscription), delivery, parcel.webhook())
        if isinstance(channel, AppriseChannel):
            return await self._sender.apprise(flight, channel, *parcel.plain())
        push = parcel.push()
        return await self._sender.push(
            flight, channel, push.payload, topic=push.topic, urgency=push.urgency, ttl=push.ttl
        )

    async def _verify(self, batch: DeliveryBatch, flight: Flight) -> None:
        subscription, channel = flight.subscription, flight.subscription.channel
        if not isinstance(channel, WebhookChannel):
            raise TypeError(
                f"{subscription.id} is no webhook: only endpoints of webhooks are asked to prove themselves."
            )
        challenge = draw_challenge()
        body = webhook_body(VERIFICATION, {"challenge": challenge}, self._clock())
        delivery = delivery_id(subscription.id, batch.event_id)
        flight.answer = await self._sender.webhook(flight, channel, self._secrets(subscription), delivery, body)
        found = judged(self._outcome(batch, flight.answer, VERIFICATION_SCHEDULE), flight.answer, challenge)
        if found.kind == "delivered":
            await self._endpoints.set_status(subscription, ACTIVE, None)
        else:
            reason = f"The endpoint has not proved itself: {found.reason}"
            later = "; it is asked again." if found.kind == "retrying" else ""
            await self._endpoints.set_status(subscription, PENDING, f"{reason}{later}")
        flight.outcome = found

    def _secrets(self, subscription: Subscription) -> list[str]:
        now = self._clock()
        current = subscription.channel.secret if isinstance(subscription.channel, WebhookChannel) else None
        return [current or "", *(old.secret for old in subscription.old_secrets if now < old.until)]

    def _outcome(self, batch: DeliveryBatch, answer: Answer, schedule: Sequence[float]) -> Outcome:
        return outcome(
            batch.channel,
            answer,
            attempt=batch.attempt,
            schedule=schedule,
            now=self._clock(),
            jitter=random.uniform(-1, 1),  # noqa: S311 - spreads load, hides nothing
        )

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _progress(self, batch: DeliveryBatch) -> str:
        return key(self._tag, "progress", batch.id)


def _is_held_up(batch: DeliveryBatch, flight: Flight) -> bool:
    """Whether its circuit is open; what has waited for that in Redis has been let through."""
    let_through = batch.kind in ASIDE or (batch.waited and len(batch.subscriptions) == 1)
    return is_open(flight.circuit) and not let_through
