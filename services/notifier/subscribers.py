"""The subscriptions in this process's memory, kept fresh from the stream of changes."""

from __future__ import annotations

from services.notifier.matching import Index
from services.notifier.metrics import SUBSCRIPTIONS
from shared.logs import get_logger
from shared.subscription_store import ReloadNeededError, SubscriptionStore

BLOCK_MS = 1000
log = get_logger()


class Subscribers:
    """`index` holds the active subscriptions once `load` has run; `follow` brings one slot up to date."""

    def __init__(self, store: SubscriptionStore) -> None:
        self.index = Index()
        self.loaded = False
        self._store = store
        self._positions: dict[str, str] = {}

    async def load(self) -> None:
        """Everything anew; what is being matched meanwhile sees the old index."""
        index, positions = Index(), {}
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
