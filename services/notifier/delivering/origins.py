"""The push services that are failing or have asked for a pause, as this process has found them."""

from __future__ import annotations

from collections.abc import Callable

from services.notifier.delivering.circuits import Circuit, after_failure, is_open, probed
from services.notifier.delivering.retries import Answer

ORIGINS = 1000
LONGEST_PAUSE_SECONDS = 600.0


class Origins:
    """One circuit for each push service. Each replica keeps its own: it learns of trouble from its first few pushes,
    and a push that is put off costs nothing. `clock` gives epoch seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._circuits: dict[str, Circuit] = {}

    def wait(self, origin: str) -> float:
        """0 where a push may go, else the seconds until one may."""
        circuit = self._circuits.get(origin)
        return max(0.0, circuit.open_until / 1000 - self._clock()) if circuit is not None and is_open(circuit) else 0.0

    def claim(self, origin: str) -> float:
        """As `wait`, by the one who now sends: after a pause as the probe, which others wait for."""
        if wait := self.wait(origin):
            return wait
        circuit = self._circuits.get(origin)
        if circuit is not None and is_open(circuit) and (probing := probed(circuit, self._clock())) is not None:
            self._circuits[origin] = probing
        return 0.0

    def observe(self, origin: str, answer: Answer, retry_after: float | None) -> None:
        """Takes an answer into account: an error, 429 and 5xx speak of the service, all else of one subscription."""
        troubled = answer.status is None or answer.status == 429 or answer.status >= 500
        if not troubled:
            self._circuits.pop(origin, None)
            return
        if len(self._circuits) >= ORIGINS:
            self._circuits.clear()
        pause = min(retry_after or 0.0, LONGEST_PAUSE_SECONDS)
        if answer.status == 429:
            pause = max(pause, 1.0)
        self._circuits[origin] = after_failure(self._circuits.get(origin), self._clock(), pause=pause)
