from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from shared.metrics import LATENCY_BUCKETS, REGISTRY

MATCHES = Counter("livebell_matches_total", "Subscriptions that matched an event.", ["channel"], registry=REGISTRY)
MATCH_SECONDS = Histogram(
    "livebell_match_seconds", "Time to match one event.", buckets=LATENCY_BUCKETS, registry=REGISTRY
)
SUBSCRIPTIONS = Gauge("livebell_subscriptions", "Subscriptions held for matching.", registry=REGISTRY)
DELIVERIES = Counter(
    "livebell_deliveries_total",
    "Delivery attempts by channel, outcome and attempt (1 to 9, 10+): delivered, retrying, failed (given up), gone "
    "(the subscription is at an end), expired (its event was no longer kept: lost).",
    ["channel", "outcome", "attempt"],
    registry=REGISTRY,
)
DELIVERY_SECONDS = Histogram(
    "livebell_delivery_seconds",
    "Time that an endpoint took to answer.",
    ["channel"],
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
SEEN_TO_LEFT = Histogram(
    "livebell_seen_to_left_seconds",
    "Time from the page being seen to an alert's first attempt going out, whatever the endpoint made of it; without "
    "digests and what was held back by preference.",
    ["channel"],
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
SEEN_TO_DELIVERED = Histogram(
    "livebell_seen_to_delivered_seconds",
    "Time from the page being seen to the first attempt's acceptance.",
    ["channel"],
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
WEIGHED = Counter(
    "livebell_weighed_total",
    "What became of matches of subscribers with preferences: alone, silent, withheld, taken_out.",
    ["action"],
    registry=REGISTRY,
)
DIGESTS = Counter("livebell_digests_total", "Digests sent on their way, by channel.", ["channel"], registry=REGISTRY)
CIRCUITS = Gauge(
    "livebell_circuits",
    "Circuits of endpoints that are not closed, by state: open, half_open.",
    ["state"],
    registry=REGISTRY,
)
MOST_ATTEMPTS = 10
for _channel in ("webhook", "webpush"):  # there from the start, so that the first of each counts as a rise
    SEEN_TO_LEFT.labels(_channel)
    SEEN_TO_DELIVERED.labels(_channel)
    for _outcome in ("delivered", "retrying", "failed", "gone", "expired"):
        DELIVERIES.labels(_channel, _outcome, "1")


def attempt_label(attempt: int) -> str:
    return str(attempt) if attempt < MOST_ATTEMPTS else f"{MOST_ATTEMPTS}+"


def show_circuits(counts: Mapping[str, int]) -> None:
    """How many circuits are in each state."""
    for state in ("open", "half_open"):
        CIRCUITS.labels(state).set(counts.get(state, 0))


def observe_attempt(*, channel: str, outcome: str, attempt: int, seconds: float, waited: float | None) -> None:
    """One attempt: the seconds that the endpoint took, and those since the page was seen (None where that says
    nothing: a digest, a test)."""
    DELIVERIES.labels(channel, outcome, attempt_label(attempt)).inc()
    DELIVERY_SECONDS.labels(channel).observe(seconds)
    if waited is not None and attempt == 1:
        SEEN_TO_LEFT.labels(channel).observe(max(0.0, waited - seconds))
        if outcome == "delivered":
            SEEN_TO_DELIVERED.labels(channel).observe(waited)


def observe_expired(channel: str, attempt: int, subscriptions: int) -> None:
    """Deliveries that cannot be made since their event is no longer kept."""
    DELIVERIES.labels(channel, "expired", attempt_label(attempt)).inc(subscriptions)
