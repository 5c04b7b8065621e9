"""The deliveries of one batch while they are under way."""

from __future__ import annotations

import asyncio

from services.notifier.delivering.circuits import Circuit, decode
from services.notifier.delivering.retries import Answer, Outcome
from services.notifier.delivering.turns import Turn
from shared.subscriptions.record import Subscription

FLUSH = 64
FLUSH_SECONDS = 0.1
"""What came back is written down after so many or so long."""
LEASE_AFTER_SECONDS = 1.0
"""A batch waits so long for an answer, then goes on without it; for an endpoint that has failed it does not wait."""

NOT_SENT = Answer()


class Flight:
    """One subscription's delivery. `outcome` is there when it has landed."""

    __slots__ = ("answer", "circuit", "error", "leased", "outcome", "raw_circuit", "subscription", "turn")

    def __init__(self, subscription: Subscription, raw_circuit: bytes | None) -> None:
        self.subscription = subscription
        self.raw_circuit = raw_circuit or b""
        self.circuit: Circuit | None = decode(raw_circuit)
        self.turn: Turn | None = None
        self.answer = NOT_SENT
        self.outcome: Outcome | None = None
        self.error: Exception | None = None
        self.leased = False


class Round:
    """The flights of a batch: `next` tells which have landed and which let the batch wait too long."""

    def __init__(self, flights: list[Flight]) -> None:
        self.flying = dict.fromkeys(flights)
        self.left: set[Flight] = set()
        self._landed: list[Flight] = []
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def land(self, flight: Flight) -> bool:
        """False where the batch has gone on without it."""
        if flight in self.left:
            return False
        del self.flying[flight]
        self._landed.append(flight)
        if len(self._landed) >= FLUSH or not self.flying:
            self._wake.set()
        return True

    async def next(self) -> tuple[list[Flight], list[Flight]]:
        """(landed, to be leased) since the last call."""
        if not self._wake.is_set():
            timer = self._loop.call_later(FLUSH_SECONDS, self._wake.set)
            await self._wake.wait()
            timer.cancel()
        self._wake.clear()
        landed, self._landed = self._landed, []
        before = self._loop.time() - LEASE_AFTER_SECONDS
        late = [one for one in self.flying if one.turn is not None and one.turn.began < before]
        return landed, late

    def doubtful(self) -> list[Flight]:
        """Those to endpoints that have failed before."""
        return [one for one in self.flying if one.circuit is not None]

    def leave(self, flight: Flight) -> bool:
        """Goes on without a flight that has been leased; False where it has landed meanwhile."""
        if flight not in self.flying:
            return False
        del self.flying[flight]
        self.left.add(flight)
        return True

    @property
    def over(self) -> bool:
        return not self.flying and not self._landed
