from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from prometheus_client import Counter, Gauge
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.telemetry.metrics import LATENCY_BUCKETS, REGISTRY


class Tally(Collector):
    """A histogram that one thread fills: each poll observes two, and prometheus_client's own costs much more."""

    def __init__(self, name: str, documentation: str, buckets: Sequence[float]) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = tuple(buckets)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        REGISTRY.register(self)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def collect(self) -> Iterable[Metric]:
        total = 0
        shown = []
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            shown.append((bound, total))
        yield HistogramMetricFamily(self._name, self._documentation, buckets=shown, sum_value=self._sum)

    def describe(self) -> Iterable[Metric]:
        yield HistogramMetricFamily(self._name, self._documentation)


FETCHES = Counter(
    "livebell_fetches_total",
    "Polls by outcome: changed, unchanged, held (too many of the source's pages are unread), the reason of a failure; "
    "elsewhere (another fetcher took the source over), unsettled (Redis did not take the result: it is polled again).",
    ["outcome"],
    registry=REGISTRY,
)
FETCH_SECONDS = Tally("livebell_fetch_seconds", "Time from the request to the whole answer.", LATENCY_BUCKETS)
FETCH_LATENESS = Tally(
    "livebell_fetch_lateness_seconds", "How long after its time a source is polled.", LATENCY_BUCKETS
)
FETCHED_BYTES = Counter("livebell_fetched_bytes_total", "Bytes of pages, after decoding.", registry=REGISTRY)
FETCHES_RUNNING = Gauge("livebell_fetches_running", "Polls under way.", registry=REGISTRY)
FETCHING_PAUSED = Gauge(
    "livebell_fetching_paused", "1 while nothing is fetched since the parsers are behind.", ["tag"], registry=REGISTRY
)
FETCHES_ASIDE = Counter(
    "livebell_fetches_aside_total",
    "Requests for something else than the page by kind (more: a further page of the listing, endpoint: the polling "
    "endpoint) and outcome (changed, unchanged, failed).",
    ["kind", "outcome"],
    registry=REGISTRY,
)
FETCHES_WAITING = Gauge(
    "livebell_fetches_waiting", "Claimed sources that wait until their host may be asked.", registry=REGISTRY
)
FETCHES_PUT_OFF = Counter(
    "livebell_fetches_put_off_total",
    "Polls put off by why: host (it is asked by others, or wants a gap), outage (what fell due meanwhile is spread).",
    ["why"],
    registry=REGISTRY,
)
ROBOTS = Counter(
    "livebell_robots_total",
    "robots.txt files asked for by outcome: read, cut (larger than we read), none (there is none), unreachable.",
    ["outcome"],
    registry=REGISTRY,
)
BLOGS = Counter(
    "livebell_blogs_total",
    "Live blogs by what became of them: closed, reopened, moved, lost (moved too often), stopped (polled no more).",
    ["change"],
    registry=REGISTRY,
)
SOURCES_FILE_BROKEN = Gauge(
    "livebell_sources_file_broken",
    "1 while the file of sources cannot be read and the last one counts.",
    registry=REGISTRY,
)
SOURCE_HEALTH = Counter(
    "livebell_source_health_total",
    "Sources that began to fail, fell silent, or recovered.",
    ["change"],
    registry=REGISTRY,
)
