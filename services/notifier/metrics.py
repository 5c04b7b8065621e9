from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from shared.telemetry.metrics import LATENCY_BUCKETS, REGISTRY

MATCHES = Counter("livebell_matches_total", "Subscriptions that matched an event.", ["channel"], registry=REGISTRY)
MATCH_SECONDS = Histogram(
    "livebell_match_seconds", "Time to match one event.", buckets=LATENCY_BUCKETS, registry=REGISTRY
)
SUBSCRIPTIONS = Gauge("livebell_subscriptions", "Subscriptions held for matching.", registry=REGISTRY)
DELIVERIES = Counter(
    "livebell_deliveries_total",
    "Delivery attempts by channel, outcome and attempt (1 to 9, 10+): delivered, retrying, failed (given up), gone "
    "(the end of the subscription), waiting (put off untried), expired (its event was no longer kept: lost).",
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
    "digests, and what an endpoint that fails or is too slow made wait.",
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
    "Endpoints' circuits by state: open, probing, failing (still closed).",
    ["state"],
    registry=REGISTRY,
)
CIRCUITS_OPENED = Counter(
    "livebell_circuits_opened_total", "Times that an endpoint's circuit opened.", registry=REGISTRY
)
ENDPOINTS_DISABLED = Counter(
    "livebell_endpoints_disabled_total",
    "Webhooks disabled: gone (answered 410) or failing (for days).",
    ["reason"],
    registry=REGISTRY,
)
LEASED = Counter(
    "livebell_deliveries_leased_total",
    "Deliveries whose answer took so long that their batch went on without them.",
    ["channel"],
    registry=REGISTRY,
)
