"""Which subscriptions an event concerns: an inverted index in memory over the filters of the active ones.

A filter is a row of numbers of conditions. An event marks the conditions that hold of it through postings (term →
conditions); the rows are then sieved column by column, the condition that holds most seldom first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from services.notifier.matching.clauses import ALWAYS, NEVER, Clauses
from services.notifier.matching.postings import Holds, grown
from shared.filters.conditions import ALL_WORDS, CHANGES, WORDS, Condition, conditions
from shared.filters.features import features_of
from shared.messages import CREATED, Enriched, EntryEnriched
from shared.subscriptions.record import ACTIVE, Subscription

APART = 3
"""So many of `all_words` are conditions of their own, which many filters share; more are one condition together."""
COLUMNS = 11 + APART
"""One for each key of a filter that may be given, and for each word that stands apart."""
USUAL: Condition = (CHANGES, CREATED)
"""Nearly every filter has it: it fills no column."""
T = TypeVar("T")
G = TypeVar("G", bound=Hashable)


class FilterIndex(Generic[T, G]):
    """`keep` says what of a subscription is remembered and handed back: little, where a million are held. `group` puts
    it with others (of its slot and channel, say), of which there are at most 65,536."""

    def __init__(self, keep: Callable[[Subscription], T], group: Callable[[Subscription], G]) -> None:
        self._keep = keep
        self._group = group
        self._groups: dict[G, int] = {}
        self._group_of = np.zeros(1024, np.uint16)
        self._clauses = Clauses()
        self._usual = self._clauses.take(USUAL)
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._columns = [np.zeros(1024, np.int32) for _ in range(COLUMNS)]
        self._width = np.zeros(1024, np.uint8)
        self._is_usual = np.zeros(1024, np.bool_)
        self._kept: NDArray[np.object_] = np.zeros(1024, np.object_)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def distinct_conditions(self) -> int:
        return len(self._clauses)

    def put(self, subscription: Subscription) -> None:
        """Adds or replaces; one that is not active is taken out."""
        if subscription.status != ACTIVE:
            self.remove(subscription.id)
            return
        row = self._rows.get(subscription.id)
        before = [] if row is None else self._numbers(row)
        wanted = list(self._split(conditions(subscription.filter)))
        numbers = [self._clauses.take(condition) for condition in wanted if condition != USUAL]
        if row is None:
            row = self._rows[subscription.id] = self._new_row()
        self._set(row, numbers or [ALWAYS], usual=USUAL in wanted)
        self._kept[row] = self._keep(subscription)
        self._group_of[row] = self._groups.setdefault(self._group(subscription), len(self._groups))
        for number in before:
            self._clauses.drop(number)

    def remove(self, subscription: str) -> None:
        if (row := self._rows.pop(subscription, None)) is None:
            return
        for number in self._numbers(row):
            self._clauses.drop(number)
        self._set(row, [NEVER], usual=False)
        self._kept[row] = None
        self._free.append(row)

    def match(self, event: Enriched, change: str) -> list[T]:
        """What was kept of the subscriptions that the event concerns, if `change` is what it tells of."""
        found: list[T] = self._kept.take(self.rows(event, change)).tolist()
        return found

    def match_groups(self, event: Enriched, change: str) -> dict[G, list[T]]:
        """As `match`, by group; of an edit also those whom the entry concerned before it: what they were told stands
        corrected."""
        rows = self.rows(event, change)
        if (earlier := as_it_was(event)) is not None:
            rows = np.union1d(rows, self.rows(earlier, change))
        numbers = self._group_of.take(rows)
        order = np.argsort(numbers, kind="stable")
        kept, ends = (
            self._kept.take(rows.take(order)).tolist(),
            np.cumsum(np.bincount(numbers, minlength=len(self._groups))),
        )
        parts = pairwise((0, *ends.tolist()))
        return {group: kept[start:end] for group, (start, end) in zip(self._groups, parts, strict=True) if start < end}

    def rows(self, event: Enriched, change: str) -> NDArray[np.intp]:
        """Where those that match lie; for `match`, and for who wants but their number."""
        holds = self._clauses.that_hold(features_of(event, change))
        size = len(self._rows) + len(self._free)
        candidates = holds.take(self._columns[0][:size])
        if not holds[self._usual]:
            candidates &= ~self._is_usual[:size]
        return self._sieved(np.flatnonzero(candidates), holds)

    def _sieved(self, rows: NDArray[np.intp], holds: Holds) -> NDArray[np.intp]:
        """Those of the rows whose conditions all hold; the first of each is known to."""
        done = []
        for width, column in enumerate(self._columns[1:], 1):
            wider = self._width.take(rows) > width
            done.append(rows.compress(~wider))
            rows = rows.compress(wider)
            if not len(rows):
                break
            rows = rows.compress(holds.take(column.take(rows)))
        return np.concatenate((*done, rows))

    def _split(self, wanted: Iterable[Condition]) -> Iterator[Condition]:
        for condition in wanted:
            if condition[0] == ALL_WORDS and len(condition) <= 1 + APART:
                yield from sorted(((WORDS, term) for term in condition[1:]), key=self._clauses.uses)
            else:
                yield condition

    def _numbers(self, row: int) -> list[int]:
        found = (int(column[row]) for column in self._columns[: self._width[row]])
        return [number for number in found if number != ALWAYS]

    def _set(self, row: int, numbers: list[int], *, usual: bool) -> None:
        for column, number in zip(self._columns, numbers, strict=False):
            column[row] = number
        self._width[row] = len(numbers)
        self._is_usual[row] = usual

    def _new_row(self) -> int:
        if self._free:
            return self._free.pop()
        row = len(self._rows)
        self._columns = [grown(column, row) for column in self._columns]
        self._width, self._is_usual = grown(self._width, row), grown(self._is_usual, row)
        self._kept, self._group_of = grown(self._kept, row), grown(self._group_of, row)
        return row


def as_it_was(event: Enriched) -> EntryEnriched | None:
    """The event with what the entry said before the edit that it tells of."""
    if not isinstance(event, EntryEnriched) or event.changed.previous is None or event.before is None:
        return None
    return replace(event, changed=replace(event.changed, entry=event.changed.previous), about=event.before)


class Index(FilterIndex[Subscription, str]):
    """Hands the subscriptions themselves back, in one group."""

    def __init__(self) -> None:
        super().__init__(keep=lambda subscription: subscription, group=lambda _: "")
