"""What boards are made of, and the queries that several of them have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from panels import Panel

RATE = "[$__rate_interval]"


@dataclass(frozen=True)
class Row:
    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Board:
    uid: str
    title: str
    tells: str
    rows: Sequence[Row]


def quantile(share: float, metric: str, by: str = "", matching: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{matching}{RATE})))"


def small(title: str, query: str, tells: str, **more: object) -> Panel:
    return Panel(title=title, queries=[(query, "")], tells=tells, kind="stat", width=4, height=4, **more)  # type: ignore[arg-type]
