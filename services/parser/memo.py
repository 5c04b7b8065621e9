"""What was made of a source's last page, so that what did not change on it is not cleaned again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from services.parser.clock import Clock
from shared.records import Entry

Markup = TypeVar("Markup", bytes, str)

REMEMBERED_ENTRIES = 100_000


class Memo:
    """Entries by the markup that they were made from. Whatever the last page did not hold is forgotten.

    Only the hash of the markup is kept: it is keyed anew in each process, so nobody can make two collide on purpose.
    """

    def __init__(self) -> None:
        self._context: Hashable = None
        self._shelves: dict[str, Shelf] = {}
        self._pairs: dict[tuple[int, int], tuple[Entry, Entry, Entry]] = {}
        self._pairs_before = self._pairs

    def __len__(self) -> int:
        return sum(len(shelf.now) for shelf in self._shelves.values())

    def turn(self, context: Hashable) -> None:
        """A new page begins. `context` is what all entries depend on besides their markup: address and setting."""
        if context != self._context:
            self._shelves = {}
        self._context = context
        self._shelves = {by: Shelf(shelf.now) for by, shelf in self._shelves.items() if shelf.now}
        self._pairs_before, self._pairs = self._pairs, {}

    def both(self, ours: Entry, theirs: Entry, merge: Callable[[Entry, Entry], Entry]) -> Entry:
        """What `merge` makes of two readings of an entry, or made of the same two last time."""
        name = id(ours), id(theirs)
        pair = self._pairs_before.get(name) or (ours, theirs, merge(ours, theirs))
        self._pairs[name] = pair  # holds both, so that their ids stay theirs
        return pair[2]

    def shelf(self, by: str) -> Shelf:
        """Those that one format made, or one way of reading it."""
        return self._shelves.setdefault(by, Shelf({}))


class Shelf:
    def __init__(self, before: dict[int, Entry]) -> None:
        self._before = before
        self.now: dict[int, Entry] = {}

    def known(self, markup: bytes | str) -> Entry | None:
        """What was made of it last time."""
        name = hash(markup)
        entry = self._before.get(name)
        if entry is not None:
            self.now[name] = entry
        return entry

    def made(self, markup: Markup, clock: Clock, make: Callable[[Markup], Entry]) -> Entry:
        """What `make` makes of it, kept for the next page unless it depends on more: on the moment of the fetch, or on
        what else the page says."""
        leant = clock.leant
        entry = make(markup)
        if clock.leant == leant:
            self.now[hash(markup)] = entry
        return entry


class Memos:
    """The memo of each source, as many as are worth their room: the longest unused are dropped."""

    def __init__(self) -> None:
        self._memos: OrderedDict[str, Memo] = OrderedDict()
        self._held: dict[str, int] = {}
        """Entries of each, as they were counted when it was last given out."""
        self._total = 0

    def of(self, source: str) -> Memo:
        if self._memos:
            self._count(next(reversed(self._memos)))
        memo = self._memos.setdefault(source, Memo())
        self._memos.move_to_end(source)
        while len(self._memos) > 1 and self._total > REMEMBERED_ENTRIES:
            dropped, _ = self._memos.popitem(last=False)
            self._total -= self._held.pop(dropped, 0)
        return memo

    def _count(self, source: str) -> None:
        """Only the one that was given out last can have grown."""
        count = len(self._memos[source])
        self._total += count - self._held.get(source, 0)
        self._held[source] = count
