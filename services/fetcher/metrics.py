from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from shared.metrics import LATENCY_BUCKETS, REGISTRY

FETCHES = Counter(
    "livebell_fetches_total",
    "Polls by outcome: changed, unchanged, held (too many of the source's pages are unread), the reason of a failure; "
    "elsewhere (another fetcher took the source over), unsettled (Redis did not take the result: it is polled again).",
    ["outcome"],
    registry=REGISTRY,
)
FETCH_SECONDS = Histogram(
    "livebell_fetch_seconds", "Time from the request to the whole answer.", buckets=LATENCY_BUCKETS, registry=REGISTRY
)
FETCH_LATENESS = Histogram(
    "livebell_fetch_lateness_seconds",
    "How long after its time a source is polled.",
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
FETCHED_BYTES = Counter("livebell_fetched_bytes_total", "Bytes of pages, after decoding.", registry=REGISTRY)
FETCHES_RUNNING = Gauge("livebell_fetches_running", "Polls under way.", registry=REGISTRY)
FETCHING_PAUSED = Gauge(
    "livebell_fetching_paused", "1 while nothing is fetched since the parsers are behind.", ["tag"], registry=REGISTRY
)
SOURCE_HEALTH = Counter(
    "livebell_source_health_total", "Sources that began to fail, or recovered.", ["change"], registry=REGISTRY
)
