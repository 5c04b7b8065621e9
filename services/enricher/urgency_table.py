"""The table that urgency is put together by: data/urgency.tsv, or one of the same form that the operator names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from services.enricher.tables import DATA

MOST_BYTES = 1_000_000
_MOST_WEIGHT = 1.0
WORDLESS = frozenset(("base", "key_event", "pinned", "casualties", "magnitude", "several_sources", "tempo"))
"""Reasons that have no words: what an entry begins with, its flags, its figures, and what lies outside of it."""


class UrgencyTableError(Exception):
    """A table that cannot be used: the message names the line and says how to mend it."""


class UrgencyTable(Struct, frozen=True):
    weights: dict[str, float]
    reasons: dict[str, str]
    """Word or phrase in lower case → the reason that it speaks for."""


def read_urgency_table(path: Path | None = None) -> UrgencyTable:
    """The table at `path`, the built-in one where None. A wordless reason that it leaves out weighs as built in."""
    built_in = _parsed((DATA / "urgency.tsv").read_text(encoding="utf-8").splitlines())
    if path is None:
        return built_in
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UrgencyTableError(f"{path} has more than {MOST_BYTES} bytes.")
        own = _parsed(path.read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise UrgencyTableError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UrgencyTableError(f"{path} is no text in UTF-8.") from error
    kept = {reason: built_in.weights[reason] for reason in WORDLESS}
    return UrgencyTable(weights=kept | own.weights, reasons=own.reasons)


def _parsed(lines: Iterable[str]) -> UrgencyTable:
    weights: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        reason, weight, words = _row(number, line)
        weights[reason] = weight
        for word in words:
            reasons.setdefault(word, reason)
    return UrgencyTable(weights=weights, reasons=reasons)


def _row(number: int, line: str) -> tuple[str, float, list[str]]:
    reason, *rest = (field.strip() for field in line.split("\t"))
    try:
        weight = float(rest[0])
    except (IndexError, ValueError):
        raise UrgencyTableError(f"Line {number} has no weight: write reason, tab, weight, tab, words.") from None
    words = [word for field in rest[1:] for part in field.split(";") if (word := part.strip().lower())]
    if not abs(weight) <= _MOST_WEIGHT:
        raise UrgencyTableError(f"Line {number}: a weight lies between -{_MOST_WEIGHT:g} and {_MOST_WEIGHT:g}.")
    if bool(words) == (reason in WORDLESS):
        what = "takes no words" if words else "needs words, parted by semicolons"
        raise UrgencyTableError(f"Line {number}: {reason} {what}.")
    return reason, weight, words
