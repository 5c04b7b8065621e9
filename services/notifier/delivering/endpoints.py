"""What a delivery tells of its endpoint: its circuit in Redis, and the end of those that are gone or fail for days."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from redis.asyncio import Redis

from services.notifier.delivering.circuits import after_failure, decode, is_hopeless
from services.notifier.delivering.flights import Flight
from services.notifier.delivering.retries import Outcome
from services.notifier.delivering.settling import Swap, swap_circuits
from services.notifier.metrics import CIRCUITS_OPENED, ENDPOINTS_DISABLED
from shared.streams.gathered import Gathered
from shared.subscriptions.record import DISABLED, Subscription
from shared.subscriptions.store import ConflictError, SubscriptionStore
from shared.telemetry.logs import get_logger

ROUNDS = 20
"""So often a circuit is computed again because another delivery changed it."""
log = get_logger()


class Endpoints:
    """The endpoints of one slot of subscribers."""

    def __init__(
        self,
        client: Redis,
        store: SubscriptionStore,
        tag: str,
        *,
        disable_after_days: float,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._swap = Gathered[Swap, bytes](partial(swap_circuits, client, tag))
        self._days = disable_after_days
        self._clock = clock

    async def observe(self, flight: Flight, pause: float) -> Outcome | None:
        """Takes a webhook's outcome into account; returns it, its wait no shorter than its circuit says.

        A success closes the circuit when it is written down.
        """
        found = flight.outcome
        if found is None or found.kind in {"delivered", "waiting"}:
            return found
        if found.kind == "gone":
            await self._disable(flight.subscription, "gone", f"The endpoint {found.reason}: it is gone.")
            return found
        if (open_for := await self._fail(flight, pause)) > found.wait and found.kind == "retrying":
            return replace(found, wait=open_for)
        return found

    async def delete(self, subscription: Subscription) -> None:
        """A browser's subscription that is dead."""
        try:
            await self._store.delete(subscription)
        except ConflictError:
            log.info("subscription.changed_meanwhile", subscription=subscription.id)

    async def set_status(self, subscription: Subscription, status: str, reason: str | None) -> bool:
        try:
            await self._store.update(replace(subscription, status=status, status_reason=reason))
        except ConflictError:
            log.info("subscription.changed_meanwhile", subscription=subscription.id)
            return False
        return True

    async def _fail(self, flight: Flight, pause: float) -> float:
        """Counts a failure in the circuit that all replicas share; returns the seconds for which it is open."""
        name, before, held = flight.subscription.id, flight.circuit, flight.raw_circuit
        for _ in range(ROUNDS):
            now = self._clock()
            after = after_failure(before, now, pause=pause)
            found = await self._swap(Swap(name, held, after))
            if found == held:
                break
            before, held = decode(found), found
        if after.opened > (before.opened if before else 0):
            CIRCUITS_OPENED.inc()
            log.warning(
                "circuit.opened",
                subscription=name,
                failures=after.failures,
                seconds=round(after.open_until / 1000 - now, 1),
            )
        if is_hopeless(after, now, self._days):
            days = (now - after.since / 1000) / 86_400
            reason = f"Nothing was taken for {days:.1f} days: {flight.outcome.reason if flight.outcome else ''}."
            await self._disable(flight.subscription, "failing", reason)
        return max(0.0, after.open_until / 1000 - now)

    async def _disable(self, subscription: Subscription, why: str, reason: str) -> None:
        if await self.set_status(subscription, DISABLED, reason):
            ENDPOINTS_DISABLED.labels(why).inc()
            log.warning("endpoint.disabled", subscription=subscription.id, why=why, reason=reason)
