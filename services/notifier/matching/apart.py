"""The canary's entries ring for whoever names its blog, and for nobody else: an empty filter does not catch them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from services.notifier.matching.index import FilterIndex
from shared.messages import Enriched, source_of
from shared.sources.record import CANARY
from shared.subscriptions.record import Subscription

T = TypeVar("T")
G = TypeVar("G", bound=Hashable)


class CanaryApart(FilterIndex[T, G]):
    def __init__(self, keep: Callable[[Subscription], T], group: Callable[[Subscription], G]) -> None:
        super().__init__(keep, group)
        self._of_canary = FilterIndex[T, G](keep, group)

    def put(self, subscription: Subscription) -> None:
        super().put(subscription)
        if CANARY in subscription.filter.sources:
            self._of_canary.put(subscription)
        else:
            self._of_canary.remove(subscription.id)

    def remove(self, subscription: str) -> None:
        super().remove(subscription)
        self._of_canary.remove(subscription)

    def match_groups(self, event: Enriched, change: str) -> dict[G, list[T]]:
        if source_of(event) == CANARY:
            return self._of_canary.match_groups(event, change)
        return super().match_groups(event, change)
