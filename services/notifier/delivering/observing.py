"""Metrics and log lines of deliveries: one line for each batch, one for what has failed for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import prometheus_client

from services.notifier.delivering.flights import NOT_SENT, Flight
from services.notifier.delivering.retries import Outcome
from services.notifier.metrics import DELIVERIES, DELIVERY_SECONDS, SEEN_TO_DELIVERED, SEEN_TO_LEFT
from shared.deliveries.log import delivery_id
from shared.messages import DeliveryBatch
from shared.subscriptions.record import APPRISE, WEBHOOK, WEBPUSH
from shared.telemetry.logs import get_logger

CHANNELS = (WEBHOOK, WEBPUSH, APPRISE)
OUTCOMES = ("delivered", "retrying", "failed", "gone", "waiting", "expired")
MOST_ATTEMPTS = 10
_left = {channel: SEEN_TO_LEFT.labels(channel) for channel in CHANNELS}
_seconds = {channel: DELIVERY_SECONDS.labels(channel) for channel in CHANNELS}
_seen = {channel: SEEN_TO_DELIVERED.labels(channel) for channel in CHANNELS}
log = get_logger()


@cache
def _count(channel: str, kind: str, attempt: int) -> prometheus_client.Counter:
    return DELIVERIES.labels(channel, kind, str(attempt) if attempt < MOST_ATTEMPTS else f"{MOST_ATTEMPTS}+")


for _channel in CHANNELS:
    for _kind in OUTCOMES:
        _count(_channel, _kind, 1)  # there from the start, so that the first of each is seen as a rise


def observe(batch: DeliveryBatch, flight: Flight, now: float) -> None:
    """One attempt; `now` in epoch seconds."""
    found = flight.outcome
    if found is None:
        return
    _count(batch.channel, found.kind, batch.attempt).inc()
    if found.kind == "waiting":
        return
    _seconds[batch.channel].observe(flight.answer.seconds)
    if batch.attempt == 1 and batch.passed.seen:
        if not batch.waited and flight.answer is not NOT_SENT:
            _left[batch.channel].observe(max(0.0, now - batch.passed.seen - flight.answer.seconds))
        if found.kind == "delivered":
            _seen[batch.channel].observe(now - batch.passed.seen)
    if len(batch.subscriptions) == 1 or found.kind in {"failed", "gone"}:
        _tell(batch, flight, found, now)


def observe_expired(batch: DeliveryBatch) -> None:
    """What cannot be delivered since its event is no longer kept."""
    _count(batch.channel, "expired", batch.attempt).inc(len(batch.subscriptions))
    log.warning("delivery.expired", event_id=batch.event_id, subscriptions=len(batch.subscriptions))


def observe_round(batch: DeliveryBatch, flights: Sequence[Flight], seconds: float) -> None:
    """One batch, once all have landed or are awaited without it."""
    if len(batch.subscriptions) > 1:
        kinds = Counter(one.outcome.kind if one.outcome else "awaited" for one in flights)
        log.info(
            "batch.delivered",
            batch=batch.id,
            event_id=batch.event_id,
            kind=batch.kind,
            channel=batch.channel,
            attempt=batch.attempt,
            subscriptions=len(batch.subscriptions),
            seconds=round(seconds, 4),
            **kinds,
        )


def _tell(batch: DeliveryBatch, flight: Flight, found: Outcome, now: float) -> None:
    seen_to_delivered = round(now - batch.passed.seen, 4) if batch.passed.seen else None
    log.info(
        "delivery.attempted",
        delivery=delivery_id(flight.subscription.id, batch.event_id),
        subscription=flight.subscription.id,
        channel=batch.channel,
        kind=batch.kind,
        attempt=batch.attempt,
        outcome=found.kind,
        status=flight.answer.status,
        reason=found.reason,
        next_try_seconds=round(found.wait, 1) or None,
        seconds=round(flight.answer.seconds, 4),
        seen_to_delivered_seconds=seen_to_delivered,
    )
