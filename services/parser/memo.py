"""What was made of a source's last page, so that what did not change on it is not cleaned again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from services.parser.clock import Clock
from shared.records import Entry

REMEMBERED_ENTRIES = 100_000


class Memo:
    """Entries by the markup that they were made from. Whatever the last page did not hold is forgotten.

    Only the hash of the markup is kept: it is keyed anew in each process, so nobody can make two collide on purpose.
    """

    def __init__(self) -> None:
        self._context: Hashable = None
        self._before: dict[tuple[str, int, int], Entry] = {}
        self._now: dict[tuple[str, int, int], Entry] = {}

    def __len__(self) -> int:
        return len(self._now)

    def turn(self, context: Hashable) -> None:
        """A new page begins. `context` is what all entries depend on besides their markup: address and setting."""
        self._before = self._now if context == self._context else {}
        self._now = {}
        self._context = context

    def entry(self, by: str, markup: bytes | str, clock: Clock, make: Callable[[], Entry]) -> Entry:
        """What `make` makes of the markup, or made of it last time. `by` names the format. Not kept is what
        depends on more than that: on the moment of the fetch, or on what else the page says."""
        name = (by, hash(markup), len(markup))
        if (known := self._before.get(name)) is None:
            leant = clock.leant
            known = make()
            if clock.leant != leant:
                return known
        self._now[name] = known
        return known


class Memos:
    """The memo of each source, as many as are worth their room: the longest unused are dropped."""

    def __init__(self) -> None:
        self._memos: OrderedDict[str, Memo] = OrderedDict()

    def of(self, source: str) -> Memo:
        memo = self._memos.setdefault(source, Memo())
        self._memos.move_to_end(source)
        while len(self._memos) > 1 and sum(map(len, self._memos.values())) > REMEMBERED_ENTRIES:
            self._memos.popitem(last=False)
        return memo
