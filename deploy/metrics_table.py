"""Writes docs/metrics.md from the code: every metric, its labels, and how many values each label can take.

Usage: .venv/bin/python deploy/metrics_table.py > docs/metrics.md
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from msgspec import Struct
from prometheus_client.core import Metric

import livebell
import services
import shared
from shared.telemetry.metrics import REGISTRY

BOUNDS = {
    "action": "4",
    "attempt": "10: 1 to 9, and 10+",
    "change": "8",
    "channel": "3: webhook, webpush, apprise",
    "end": "3: arrived, lost, refused",
    "endpoint": "2",
    "format": "the readers of `docs/formats.md`, and `none`, `old`",
    "generation": "3",
    "group": "4 services",
    "implementation": "1",
    "kind": "2: more, endpoint",
    "language": "97 of py3langid, and `none`",
    "loop": "LIVEBELL_PARTITIONS and LIVEBELL_SUBSCRIBER_PARTITIONS, some 3 each, and some 20",
    "major": "1",
    "method": "7",
    "minor": "1",
    "node": "1, or the cluster's primaries",
    "outcome": "some 25: those named, and of a fetch the reasons of `services/fetcher/reasons.py`",
    "patchlevel": "1",
    "quiet": "2",
    "reason": "some 15: the sentences of `services/parser/doubts.py`; gone, failing",
    "route": "21: what strangers make up is `other`",
    "source": "200: those that fare worst",
    "stage": "6",
    "state": "6",
    "status": "6",
    "stream": "6",
    "tag": "LIVEBELL_PARTITIONS (sources) or LIVEBELL_SUBSCRIBER_PARTITIONS, 1024 each at most",
    "version": "1 or 2: that of each process",
    "why": "2",
}
"""The values that each label can take, whatever pages, endpoints and subscribers do."""

FROM = {"fetcher", "parser", "enricher", "notifier", "gateway"}


class Row(Struct, frozen=True, kw_only=True):
    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    where: str


def rows() -> list[Row]:
    """Every metric that a process of ours can show, by place and name."""
    found: dict[str, Row] = {}
    for module in _modules():
        before = set(found)
        importlib.import_module(module)
        for family, labels in _families():
            row = Row(
                name=_exposed(family),
                kind=family.type,
                labels=labels,
                meaning=family.documentation,
                where=_where(module),
            )
            if row.name not in before:
                found.setdefault(row.name, row)
    return sorted(found.values(), key=lambda row: (_ORDER.index(row.where), row.name))


_ORDER = ["every service", "gateway", "fetcher", "parser", "enricher", "notifier", "canary"]
_OF_GATEWAY = {"shared.telemetry.observing", "shared.telemetry.redis_state", "shared.telemetry.source_state"}


def _where(module: str) -> str:
    if module in _OF_GATEWAY:
        return "gateway"
    parts = module.split(".")
    if parts[0] == "livebell":
        return "canary"
    return parts[1] if parts[0] == "services" and len(parts) > 1 else "every service"


def _modules() -> Iterator[str]:
    """Those that others import first."""
    for package in (shared, services, livebell):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".tests" not in module.name and "__main__" not in module.name:
                yield module.name


def _families() -> Iterator[tuple[Metric, tuple[str, ...]]]:
    for collector, names in list(REGISTRY._collector_to_names.items()):
        told = tuple(getattr(collector, "_labelnames", ()))
        for family in collector.describe() if hasattr(collector, "describe") else collector.collect():
            if not names or family.name.startswith(("livebell", "python")):
                yield family, told or tuple(getattr(family, "_labelnames", ())) or _sampled(family)


def _sampled(family: Metric) -> tuple[str, ...]:
    return tuple(sorted({label for sample in family.samples for label in sample.labels} - {"le"}))


def _exposed(family: Metric) -> str:
    return f"{family.name}_total" if family.type == "counter" else family.name


HEAD = """# Metrics

Each service shows its metrics at `/metrics`. Nothing that a page, an endpoint or a subscriber writes becomes a label's
value, so that nobody can make series without end; the last table says how many values each label can take.
What the gateway shows of streams, the services that read them show too, and so does each replica: take `max by`.
A histogram has some 17 series for each combination of its labels.

Made from the code by `deploy/metrics_table.py`.
"""


def table() -> str:
    lines = [HEAD]
    last = ""
    for row in rows():
        if row.where != last:
            lines += [
                f"## {row.where.capitalize()}",
                "",
                "| Metric | Kind | Labels | What it says |",
                "| --- | --- | --- | --- |",
            ]
            last = row.where
        labels = ", ".join(row.labels)
        lines.append(f"| `{row.name}` | {row.kind} | {labels} | {row.meaning.replace('|', '/')} |")
    used = sorted({label for row in rows() for label in row.labels})
    lines += ["## Labels", "", "| Label | Values at most |", "| --- | --- |"]
    lines += [f"| {label} | {BOUNDS[label]} |" for label in used]
    text = "\n".join(lines)
    return text.replace("\n## ", "\n\n## ").replace("\n\n\n", "\n\n") + "\n"


if __name__ == "__main__":
    print(table(), end="")
