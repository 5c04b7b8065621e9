"""How fast one endpoint is called: steadily, with a burst allowed (GCRA), and who is too many comes later in order."""

from __future__ import annotations

SOON_SECONDS = 1.0
"""So long a delivery waits in memory; longer waits are spent in Redis."""


class Pace:
    """Times are seconds of any one clock."""

    __slots__ = ("_burst", "_interval", "_later", "_next")

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._burst = 1.0
        self._next = 0.0
        self._later = 0.0

    def take(self, now: float) -> float | None:
        """Seconds to wait for the turn that this takes; None where that is not soon, and nothing is taken."""
        wait = max(0.0, self._next - self._burst - now)
        if wait > SOON_SECONDS:
            return None
        self._next = max(self._next, now) + self._interval
        return wait

    def later(self, now: float, at_least: float) -> float:
        """Seconds after which to ask again: those who ask one after another come back one after another."""
        self._later = max(self._later + self._interval, now + at_least)
        return self._later - now
