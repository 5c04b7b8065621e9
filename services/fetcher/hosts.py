"""Which host may be asked when: so many requests at a time, and a gap between the beginnings of two.

Times are seconds on any clock that does not jump back.
"""

from __future__ import annotations

MOST_HOSTS = 10_000
"""Idle hosts beyond this are forgotten."""
RECHECK_SECONDS = 0.25
"""When to ask again for a host that has all its places taken, where none comes free before."""


class _Host:
    __slots__ = ("booked", "busy", "free_at", "gap")

    def __init__(self, gap: float) -> None:
        self.busy = 0
        self.booked = 0.0
        self.free_at = 0.0
        self.gap = gap


class Hosts:
    def __init__(self, *, at_once: int, gap: float = 0.0) -> None:
        self._at_once = at_once
        self._gap = gap
        self._hosts: dict[str, _Host] = {}

    def wait(self, host: str, now: float) -> float:
        """Seconds until a request to the host may begin, 0 for now."""
        found = self._hosts.get(host)
        if found is None:
            return 0.0
        if found.busy >= self._at_once:
            return max(RECHECK_SECONDS, found.free_at - now)
        return max(0.0, found.free_at - now)

    def begin(self, host: str, now: float) -> None:
        found = self._hosts.get(host) or self._new(host, now)
        found.busy += 1
        found.free_at = now + found.gap

    def end(self, host: str) -> None:
        if (found := self._hosts.get(host)) is not None:
            found.busy = max(0, found.busy - 1)

    def slow_down(self, host: str, gap: float, now: float) -> None:
        """The host's own wish for a gap, in seconds; ours where that is longer."""
        found = self._hosts.get(host) or self._new(host, now)
        found.gap = max(gap, self._gap)

    def book(self, host: str, earliest: float) -> float:
        """A time from `earliest` on that nobody else was given: so that those who come back do not come together."""
        found = self._hosts.get(host) or self._new(host, earliest)
        at = max(earliest, found.booked)
        found.booked = at + max(found.gap, RECHECK_SECONDS / self._at_once)
        return at

    def gap(self, host: str) -> float:
        found = self._hosts.get(host)
        return found.gap if found else self._gap

    def _new(self, host: str, now: float) -> _Host:
        if len(self._hosts) >= MOST_HOSTS:
            idle = [name for name, known in self._hosts.items() if not known.busy and known.free_at <= now]
            for name in idle:
                del self._hosts[name]
        made = self._hosts[host] = _Host(self._gap)
        return made
