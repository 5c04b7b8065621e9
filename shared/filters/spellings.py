"""Places that are spelt in several ways (Kyiv, Kiev): one of them stands for all, in filters and in events."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared.filters.words import phrase

_FILE = Path(__file__).parent / "data" / "spellings.tsv"


def usual_spelling(place: str) -> str:
    """The usual spelling of a place's folded name, or the name itself."""
    return _usual().get(place, place)


@cache
def _usual() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            usual, *others = (phrase(name) for name in line.split("\t"))
            found |= dict.fromkeys(others, usual)
    return found
