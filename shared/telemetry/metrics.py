"""The metrics that all services share. One registry per process; every name begins with `livebell_`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY, namespace="livebell")
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)

MESSAGES = Counter(
    "livebell_messages_total",
    "Messages by stream and what became of them: committed, elsewhere (another consumer did), stale (computed again), "
    "failed (will be tried again), parked (dead letter), unknown (left for a newer version).",
    ["stream", "outcome"],
    registry=REGISTRY,
)
BATCH_SECONDS = Histogram(
    "livebell_batch_seconds",
    "Time to handle and commit one batch of a stream.",
    ["stream"],
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
SEEN_TO_STAGE = Histogram(
    "livebell_seen_to_stage_seconds",
    "Time from the page being seen to the stage having committed its result, for a delivery its first attempt's: told "
    "(to the fetcher), parsed, enriched, matched, weighed (against preferences), delivered.",
    ["stage"],
    buckets=LATENCY_BUCKETS,
    registry=REGISTRY,
)
STREAM_LENGTH = Gauge("livebell_stream_length", "Messages that a stream holds.", ["stream", "tag"], registry=REGISTRY)
GROUP_LAG = Gauge(
    "livebell_group_lag", "Messages that a group has not read yet.", ["stream", "tag", "group"], registry=REGISTRY
)
GROUP_PENDING = Gauge(
    "livebell_group_pending",
    "Messages that a group has read and not acknowledged.",
    ["stream", "tag", "group"],
    registry=REGISTRY,
)
GROUP_OLDEST_SECONDS = Gauge(
    "livebell_group_oldest_seconds",
    "Age of the oldest message that a group has not acknowledged.",
    ["stream", "tag", "group"],
    registry=REGISTRY,
)
DEAD_LETTERS = Gauge("livebell_dead_letters", "Messages parked as dead letters.", ["stream", "tag"], registry=REGISTRY)
BUILD_INFO = Gauge("livebell_build_info", "1, with the version that runs.", ["version"], registry=REGISTRY)
CONSUMERS_RUNNING = Gauge(
    "livebell_consumers_running", "1 while the service has started and all its consumers run.", registry=REGISTRY
)
LOOP_FAILURES = Counter(
    "livebell_loop_failures_total", "Background loops that failed and were tried again.", ["loop"], registry=REGISTRY
)


def exposition(accept: str) -> tuple[bytes, str]:
    """The registry in the format that the scraper accepts, and its content type."""
    encode, content_type = choose_encoder(accept)
    return encode(REGISTRY), content_type
