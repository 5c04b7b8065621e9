"""Times and sizes as a person reads them."""

from __future__ import annotations


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def span(elapsed: float) -> str:
    for long, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if elapsed >= 2 * long:
            return f"{elapsed / long:.0f} {unit}"
    return f"{max(0.0, elapsed):.0f} s"


def size(value: float) -> str:
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
