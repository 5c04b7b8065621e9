"""Entries that a page calls by another id than before: deleted and added again, or told by content that was edited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from services.parser.wording import folded, likeness
from shared.records import Entry

ALIKE = 0.75
"""So much of the words must stay where nothing but the words tells that two entries are one."""
ALIKE_WORDS = 5
"""Of fewer words too many entries are alike."""
COMPARED = 100
"""So many vanished and new entries are compared: a page that changes more has changed as a whole."""


class Vanished(Struct, frozen=True):
    """`amid`: it stood above an entry that is still listed. One that did not may merely have fallen off the page's end,
    and only its time or its whole wording can tell it."""

    entry: Entry
    amid: bool


def renamed(vanished: Sequence[Vanished], new: Sequence[Entry], telling: Collection[datetime]) -> dict[str, str]:
    """The known id by the new id of each entry that vanished under one and came under the other. `telling` are times
    that one entry alone carries, before and now."""
    candidates = [
        (_evidence(old, entry, telling), -place, old.entry.id, entry.id)
        for place, old in enumerate(vanished[:COMPARED])
        for entry in new[:COMPARED]
    ]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for evidence, _, old_id, name in sorted(candidates, reverse=True):
        if evidence > 0 and name not in found and old_id not in taken:
            found[name] = old_id
            taken.add(old_id)
    return found


def _evidence(old: Vanished, new: Entry, telling: Collection[datetime]) -> float:
    """How much speaks for it that the two are one, 0 for too little."""
    one, other = _words(old.entry), _words(new)
    if old.entry.published_at == new.published_at and new.published_at in telling:
        return 1.0 + likeness(one, other)
    undated = new.published_at is None or old.entry.published_at is None
    is_later = _is_later(new, old.entry)
    if not (undated or is_later) or len(one.split()) < ALIKE_WORDS or len(other.split()) < ALIKE_WORDS:
        return 0.0
    if folded(one) == folded(other):
        return 1.0
    if not (is_later and old.amid):
        return 0.0
    if _figures(one) != _figures(other):  # of one mould: "Corner, 12 minutes", "Corner, 55 minutes"
        return 0.0
    alike = likeness(one, other)
    return alike if alike >= ALIKE else 0.0


def _is_later(new: Entry, old: Entry) -> bool:
    """What is added again carries the time of its return; what is older came into sight as a page's end moved down."""
    if new.published_at is None or old.published_at is None:
        return False
    return new.published_at >= old.published_at


def _figures(text: str) -> set[str]:
    return {word for word in folded(text).split() if any(map(str.isdigit, word))}


def _words(entry: Entry) -> str:
    return f"{entry.title or ''} {entry.text}".strip()
