"""Phrases in which a place's name names no place: "Real Madrid", "Geneva Convention"."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from services.enricher.tables import rows


@cache
def _phrases() -> dict[str, list[str]]:
    """Each phrase under every name of one or two words that it holds."""
    found: dict[str, list[str]] = defaultdict(list)
    for (phrase,) in rows("phrases.txt"):
        parts = phrase.split()
        for size in (1, 2):
            for at in range(len(parts) - size + 1):
                found[" ".join(parts[at : at + size])].append(phrase)
    return dict(found)


def phrases_with(name: str) -> list[str]:
    return _phrases().get(name, [])
