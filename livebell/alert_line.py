"""An event as one line for a terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

MAX_LINE_TEXT = 200
# What happened, in one word of a fixed width's column.
CHANGES = {
    "entry.created": "new",
    "entry.updated": "edited",
    "entry.deleted": "deleted",
    "blog.closed": "closed",
    "blog.moved": "moved",
    "source.silent": "silent",
    "source.failing": "failing",
    "source.recovered": "recovered",
}
URGENT, NOTABLE = 0.7, 0.4
_PLAIN, _FAINT, _RED, _YELLOW = "\x1b[0m", "\x1b[2m", "\x1b[1;31m", "\x1b[33m"


def alert_line(kind: str, data: dict[str, Any], *, at: datetime, colour: bool = False) -> str:
    """One line: local time, what happened, urgency 0 to 1 where known, the alert, the source."""
    urgency = data.get("urgency")
    level, colouring = (
        (f"{urgency:.2f}", _urgency_colour(urgency)) if isinstance(urgency, int | float) else ("    ", "")
    )
    columns = (
        (f"{at.astimezone():%H:%M:%S}", _FAINT),
        (f"{CHANGES.get(kind, kind):<9}", ""),
        (level, colouring),
        (_alert(data) or kind, colouring),
        (_source(data), _FAINT),
    )
    shown = ((_printable(text), code) for text, code in columns if text)
    return "  ".join(f"{code}{text}{_PLAIN}" if colour and code else text for text, code in shown)


def _urgency_colour(urgency: float) -> str:
    return _RED if urgency >= URGENT else _YELLOW if urgency >= NOTABLE else ""


def _alert(data: dict[str, Any]) -> str:
    entry, blog = _mapping(data.get("entry")), _mapping(data.get("blog"))
    candidates = (data.get("alert"), entry.get("title"), entry.get("text"), data.get("reason"), blog.get("title"))
    return next((text for text in candidates if isinstance(text, str) and text.strip()), "")


def _source(data: dict[str, Any]) -> str:
    source = data.get("source")
    named = source.get("title") or source.get("id") if isinstance(source, dict) else source
    return named if isinstance(named, str) else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _printable(text: str) -> str:
    """The text on one line and without control characters: what a stranger wrote must not steer the terminal."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= MAX_LINE_TEXT else f"{line[: MAX_LINE_TEXT - 1]}…"
