"""What is written down of a batch's deliveries: records, retries, leases and what can be recovered. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from services.notifier.delivering.flights import Flight
from services.notifier.delivering.retries import Outcome
from shared.deliveries.log import (
    DELIVERED,
    FAILED,
    RESPONSE_CHARACTERS,
    RETRYING,
    DeliveryRecord,
    FailedDelivery,
    delivery_id,
    failed_writes,
)
from shared.deliveries.waiting import circuits_key, forget_writes, wait_writes
from shared.messages import DeliveryBatch, event_id
from shared.streams.commit import Write
from shared.subscriptions.record import WEBPUSH

VERIFICATION, TEST = "endpoint.verification", "test"
ASIDE = frozenset({VERIFICATION, TEST})
"""Kinds that carry no event: nothing is lost with them."""
_STATUS = {"delivered": DELIVERED, "retrying": RETRYING, "waiting": RETRYING, "failed": FAILED, "gone": FAILED}


class Booking(Struct):
    """For `settle`: who was served in this batch, their records, and other writes."""

    served: list[str]
    records: list[tuple[str, DeliveryRecord]]
    writes: list[Write]


def book(tag: str, batch: DeliveryBatch, landed: Sequence[Flight], now: float) -> Booking:
    """What became of those that landed; `now` in epoch seconds."""
    booking = Booking([one.subscription.id for one in landed], [], [])
    put_off: list[tuple[str, float]] = []
    for flight in landed:
        found = flight.outcome
        if found is None:
            continue
        if found.kind == "waiting" and batch.channel == WEBPUSH:
            put_off.append((flight.subscription.id, found.wait))
        else:
            _book_one(booking, tag, batch, flight, found, now)
    if put_off:
        rest = again(batch, [subscription for subscription, _ in put_off], now)
        due = now + max(wait for _, wait in put_off)
        booking.writes += wait_writes(tag, rest, int(due * 1000))
    return booking


def lease(tag: str, batch: DeliveryBatch, late: Iterable[Flight], until: float, now: float) -> Booking:
    """Those whose answers are awaited without the batch: they come again at `until`, unless an answer comes first."""
    booking = Booking([], [], [])
    for flight in late:
        name = flight.subscription.id
        booking.served.append(name)
        booking.writes += wait_writes(tag, again(batch, [name], now), int(until * 1000))
    return booking


def again(
    batch: DeliveryBatch, subscriptions: Sequence[str], now: float, *, attempt: int | None = None
) -> DeliveryBatch:
    """The batch for some of its subscriptions, as it waits in Redis. Its id is always a new one: what was noted of the
    progress of the batch before does not hold for it."""
    return replace(
        batch,
        id=event_id(batch.id, "again", *subscriptions),
        subscriptions=tuple(subscriptions),
        attempt=attempt or batch.attempt,
        began=batch.began or now,
        waited=True,
    )


def _book_one(booking: Booking, tag: str, batch: DeliveryBatch, flight: Flight, found: Outcome, now: float) -> None:
    subscription = flight.subscription.id
    waits = found.kind in {"retrying", "waiting"}
    due = now + found.wait if waits else None
    if found.kind != "waiting" or not batch.waited:
        booking.records.append((subscription, _record(batch, flight, found, now, due)))
    if due is not None:
        attempt = batch.attempt + (found.kind == "retrying")
        booking.writes += wait_writes(tag, again(batch, [subscription], now, attempt=attempt), int(due * 1000))
    elif flight.leased:
        booking.writes += forget_writes(tag, delivery_id(subscription, batch.event_id))
    if found.kind in {"failed", "gone"} and batch.kind not in ASIDE:
        failed = FailedDelivery(batch.event_id, batch.kind, batch.attempt)
        booking.writes += failed_writes(tag, subscription, failed, now)
    if found.kind in {"delivered", "gone"} and flight.circuit is not None:
        booking.writes.append(("HDEL", circuits_key(tag), subscription))


def _record(batch: DeliveryBatch, flight: Flight, found: Outcome, now: float, due: float | None) -> DeliveryRecord:
    return DeliveryRecord(
        id=delivery_id(flight.subscription.id, batch.event_id),
        event_id=batch.event_id,
        kind=batch.kind,
        status=_STATUS[found.kind],
        attempt=batch.attempt,
        at=now,
        response_status=flight.answer.status,
        response_start=flight.answer.start[:RESPONSE_CHARACTERS],
        error=found.reason,
        next_attempt_at=due,
    )
