"""The subscriptions in this process's memory, kept fresh from the stream of changes."""

from __future__ import annotations

from typing import TypeAlias

from services.notifier.matching.apart import CanaryApart
from services.notifier.matching.index import FilterIndex
from services.notifier.metrics import SUBSCRIPTIONS
from shared.keys import subscriber_partition
from shared.subscriptions.record import Subscription, channel_name
from shared.subscriptions.store import ReloadNeededError, SubscriptionStore
from shared.telemetry.logs import get_logger

BLOCK_MS = 1000
Place: TypeAlias = tuple[str, str, bool]
"""The slot (hash tag) and the channel of a subscription, and whether it has preferences: what one batch has in common.
"""
log = get_logger()


class Subscribers:
    """`index` holds the ids of the active subscriptions by slot and channel, once `load` has run; `follow` brings one
    slot up to date."""

    def __init__(self, store: SubscriptionStore, partitions: int) -> None:
        self._store = store
        self._partitions = partitions
        self._positions: dict[str, str] = {}
        self.index = self._new_index()
        self.loaded = False

    async def load(self) -> None:
        """Everything anew; what is being matched meanwhile sees the old index."""
        index, positions = self._new_index(), {}
        for tag in self._store.tags():
            positions[tag] = await self._store.position(tag)
            async for subscription in self._store.scan(tag):
                index.put(subscription)
        self.index, self._positions, self.loaded = index, positions, True
        SUBSCRIPTIONS.set(len(index))
        log.info("subscriptions.loaded", active=len(index))

    async def follow(self, tag: str) -> None:
        """Waits a second for changes of a slot and takes them in."""
        if not self.loaded:
            await self.load()
        try:
            position, changed = await self._store.changes(tag, self._positions[tag], block_ms=BLOCK_MS)
        except ReloadNeededError:
            await self.load()
            return
        current = {subscription.id: subscription for subscription in await self._store.many(tag, list(changed))}
        for name in changed:
            if (subscription := current.get(name)) is not None:
                self.index.put(subscription)
            else:
                self.index.remove(name)
        self._positions[tag] = position
        SUBSCRIPTIONS.set(len(self.index))

    def _new_index(self) -> FilterIndex[str, Place]:
        return CanaryApart(keep=lambda one: one.id, group=self._place)

    def _place(self, subscription: Subscription) -> Place:
        return (
            subscriber_partition(subscription.id, self._partitions),
            channel_name(subscription),
            subscription.preferences is not None,
        )
