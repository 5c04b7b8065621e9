"""How the watched live blogs fare, as gauges: all of them by state, and one by one the few that fare worst."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.sources.status import CLOSED, FAILING, LIVE, NEW, SILENT, STOPPED, Status
from shared.sources.store import SourceStore
from shared.telemetry.metrics import REGISTRY

SHOWN_ALONE = 200
"""So many sources have series of their own: the failing, the silent, then those that are latest."""
PAGE = 500
PAGE_SECONDS = 0.2
"""Between two reads, so that many thousands of sources burden Redis no more than a few."""
STATES = (NEW, LIVE, SILENT, FAILING, CLOSED, STOPPED)
_WORST_FIRST = {FAILING: 0, SILENT: 1}


class Fares(Struct, frozen=True, kw_only=True, order=True):
    """In the order in which sources are shown. `overdue` are the seconds since it should have been polled."""

    rank: int
    earlier: float
    """Minus `overdue`: the latest first."""
    source: str
    state: str
    last_ok: float
    last_entry: float

    @property
    def overdue(self) -> float:
        return -self.earlier


class Sources(Collector):
    """What the last round found; nothing before the first."""

    def __init__(self) -> None:
        self._states: dict[str, int] | None = None
        self._overdue = 0.0
        self._alone: Sequence[Fares] = ()
        REGISTRY.register(self)

    def put(self, states: Counter[str], overdue: float, alone: Sequence[Fares]) -> None:
        self._states, self._overdue, self._alone = {state: states[state] for state in STATES}, overdue, alone

    def describe(self) -> Iterable[Metric]:
        return self._families()

    def collect(self) -> Iterable[Metric]:
        families = states, overdue, left_out, state, last_ok, last_entry, late = self._families()
        if self._states is None:
            return families
        for name, count in self._states.items():
            states.add_metric([name], count)
        overdue.add_metric([], self._overdue)
        left_out.add_metric([], max(0, sum(self._states.values()) - len(self._alone)))
        for one in self._alone:
            state.add_metric([one.source, one.state], 1)
            late.add_metric([one.source], one.overdue)
            if one.last_ok:
                last_ok.add_metric([one.source], one.last_ok)
            if one.last_entry:
                last_entry.add_metric([one.source], one.last_entry)
        return families

    def _families(self) -> tuple[GaugeMetricFamily, ...]:
        worst = f"; of the {SHOWN_ALONE} that fare worst"
        return (
            GaugeMetricFamily(
                "livebell_sources", f"Watched live blogs by state: {', '.join(STATES)}.", labels=["state"]
            ),
            GaugeMetricFamily(
                "livebell_sources_overdue_seconds", "How long the latest of all has waited for its poll."
            ),
            GaugeMetricFamily("livebell_sources_left_out", "Live blogs that have no series of their own."),
            GaugeMetricFamily("livebell_source_state", f"1, with a source's state{worst}.", labels=["source", "state"]),
            GaugeMetricFamily(
                "livebell_source_last_ok_timestamp_seconds",
                f"When a source last answered with a page{worst}.",
                labels=["source"],
            ),
            GaugeMetricFamily(
                "livebell_source_last_entry_timestamp_seconds",
                f"When a source's newest entry came{worst}.",
                labels=["source"],
            ),
            GaugeMetricFamily(
                "livebell_source_overdue_seconds",
                f"How long a source has waited for its poll{worst}.",
                labels=["source"],
            ),
        )


SOURCES = Sources()


async def measure_sources(store: SourceStore) -> None:
    """One round over all sources, a page at a time."""
    states: Counter[str] = Counter()
    overdue = 0.0
    worst: list[Fares] = []
    async for page in store.pages(PAGE):
        now = time.time()
        found = [_fares(source, state, due, now) for source, state, due in page]
        states.update(one.state for one in found)
        overdue = max(overdue, *(one.overdue for one in found), 0.0)
        worst = heapq.nsmallest(SHOWN_ALONE, [*worst, *found])
        await asyncio.sleep(PAGE_SECONDS)
    SOURCES.put(states, overdue, worst)


def _fares(source: str, found: Status, due: float | None, now: float) -> Fares:
    late = max(0.0, now - due) if due is not None else 0.0
    return Fares(
        rank=_WORST_FIRST.get(found.state, 2),
        earlier=-late,
        source=source,
        state=found.state,
        last_ok=found.last_ok,
        last_entry=found.last_entry,
    )
