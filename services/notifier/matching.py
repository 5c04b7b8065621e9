"""Which subscriptions an event concerns: an inverted index in memory over the filters of the active ones.

A filter is a row of numbers of conditions. An event marks the conditions that hold of it through postings (term →
conditions); the rows are then sieved column by column, the condition that holds most seldom first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.notifier.clauses import ALWAYS, NEVER, Clauses
from services.notifier.conditions import conditions
from services.notifier.features import features_of
from services.notifier.postings import grown
from shared.messages import Enriched
from shared.subscriptions import ACTIVE, Subscription

COLUMNS = 12
"""One for each key that a filter has."""
T = TypeVar("T")


class FilterIndex(Generic[T]):
    """`keep` says what of a subscription is remembered and handed back; a million of them are held."""

    def __init__(self, keep: Callable[[Subscription], T]) -> None:
        self._keep = keep
        self._clauses = Clauses()
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._columns = [np.zeros(1024, np.int32) for _ in range(COLUMNS)]
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
        numbers = [self._clauses.take(condition) for condition in conditions(subscription.filter)]
        if row is None:
            row = self._rows[subscription.id] = self._new_row()
        self._set(row, numbers)
        self._kept[row] = self._keep(subscription)
        for number in before:
            self._clauses.drop(number)

    def remove(self, subscription: str) -> None:
        if (row := self._rows.pop(subscription, None)) is None:
            return
        for number in self._numbers(row):
            self._clauses.drop(number)
        self._set(row, [NEVER])
        self._kept[row] = None
        self._free.append(row)

    def match(self, event: Enriched, change: str) -> list[T]:
        """What was kept of the subscriptions that the event concerns, if `change` is what it tells of."""
        holds = self._clauses.that_hold(features_of(event, change))
        first, *others = self._columns
        rows = np.flatnonzero(holds[first[: len(self._rows) + len(self._free)]])
        for column in others:
            rows = rows[holds[column[rows]]]
        found: list[T] = self._kept[rows].tolist()
        return found

    def _numbers(self, row: int) -> list[int]:
        return [number for column in self._columns if (number := int(column[row])) != ALWAYS]

    def _set(self, row: int, numbers: list[int]) -> None:
        for column, number in zip(self._columns, numbers + [ALWAYS] * (COLUMNS - len(numbers)), strict=True):
            column[row] = number

    def _new_row(self) -> int:
        if self._free:
            return self._free.pop()
        row = len(self._rows)
        self._columns = [grown(column, row) for column in self._columns]
        self._kept = grown(self._kept, row)
        return row


class Index(FilterIndex[Subscription]):
    """Hands the subscriptions themselves back."""

    def __init__(self) -> None:
        super().__init__(lambda subscription: subscription)
