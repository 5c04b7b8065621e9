"""Who may send now: places for all, for a host and for an endpoint, so that the slow hold up nobody but themselves.

A request that takes long steps aside: it gives its place to the next and counts among the slow, of whom there may be
many more, since they cost a socket and no work.
"""

from __future__ import annotations

import asyncio
from collections import deque
from urllib.parse import urlsplit

from services.notifier.delivering.pace import Pace

ASIDE_SECONDS = 0.25
TICK_SECONDS = 0.05
NARROW = 2
"""So many at once go to an endpoint while one of its answers is long overdue."""
LINE = 256
"""So many may wait in line for one endpoint."""
AGAIN_SECONDS = 2.0
LANES = 50_000


class TurnedAwayError(Exception):
    """Not now: try again after `wait` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class Places:
    """So many at once, `slow` more of those that stepped aside; who waits is served in order or turned away."""

    __slots__ = ("_free", "_line", "_most", "_slow")

    def __init__(self, most: int, slow: int) -> None:
        self._most = most
        self._free = most
        self._slow = slow
        self._line: deque[asyncio.Future[bool]] = deque()

    @property
    def busy(self) -> int:
        return self._most - self._free

    @property
    def in_line(self) -> int:
        return len(self._line)

    def take(self) -> bool:
        """Takes a place if one is free."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self) -> bool:
        """Waits in line; whether a place was given."""
        waiting = asyncio.get_running_loop().create_future()
        self._line.append(waiting)
        try:
            given: bool = await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.result():
                self.give()
            raise
        return given

    def give(self) -> None:
        while self._line:
            if not (first := self._line.popleft()).done():
                first.set_result(True)
                return
        self._free += 1

    def step_aside(self) -> bool:
        """Turns a place into one of the slow, if there is room among them."""
        if self._slow <= 0:
            return False
        self._slow -= 1
        self.give()
        return True

    def give_slow(self) -> None:
        self._slow += 1

    def turn_away(self) -> None:
        while self._line:
            if not (first := self._line.popleft()).done():
                first.set_result(False)


class Lane:
    """One endpoint (a webhook's address, a push service's origin)."""

    __slots__ = ("host", "late", "pace", "places")

    def __init__(self, places: Places, pace: Pace, host: Places | None) -> None:
        self.places = places
        self.pace = pace
        self.host = host
        self.late = 0
        """Of those under way, how many are long overdue."""


class Turn:
    """A request under way. `began` is when it got its places, on the loop's clock."""

    __slots__ = ("aside", "began", "lane", "late", "left")

    def __init__(self, lane: Lane, began: float) -> None:
        self.lane = lane
        self.began = began
        self.aside: tuple[Places, ...] = ()
        self.late = False
        self.left = False


class Turns:
    """Call `tick` every TICK_SECONDS."""

    def __init__(self, *, at_once: int, slow: int, per_host: int, per_endpoint: int, per_second: float) -> None:
        self._all = Places(at_once, slow)
        self._slow = slow
        self._per_host = per_host
        self._per_endpoint = per_endpoint
        self._per_second = per_second
        self._hosts: dict[str, Places] = {}
        self._lanes: dict[str, Lane] = {}
        self._quick: dict[Turn, None] = {}
        self._loop = asyncio.get_running_loop()

    def endpoint(self, url: str) -> Lane:
        """A webhook's lane: at most so many at once and a second, beside what holds for its host."""
        if (lane := self._lanes.get(url)) is None:
            host = self._host(urlsplit(url).netloc)
            lane = self._add(url, Lane(Places(self._per_endpoint, 0), Pace(self._per_second), host))
        return lane

    def origin(self, origin: str) -> Lane:
        """A push service's lane: only its host's limit holds."""
        if (lane := self._lanes.get(origin)) is None:
            lane = self._add(origin, Lane(Places(self._per_host, self._slow // 2), Pace(1e6), None))
        return lane

    async def enter(self, lane: Lane) -> Turn:
        """Waits for the turn. Raises TurnedAwayError where it would not come soon."""
        now = self._loop.time()
        crowded = lane.late and lane.places.busy >= NARROW
        if lane.host is not None and (crowded or lane.places.in_line >= LINE):
            raise TurnedAwayError(lane.pace.later(now, AGAIN_SECONDS))
        wait = lane.pace.take(now) if lane.host is not None else 0.0
        if wait is None:
            raise TurnedAwayError(lane.pace.later(now, AGAIN_SECONDS))
        if wait:
            await asyncio.sleep(wait)
        if not await self._take_all(self._levels(lane)):
            raise TurnedAwayError(lane.pace.later(self._loop.time(), AGAIN_SECONDS))
        turn = Turn(lane, self._loop.time())
        self._quick[turn] = None
        return turn

    async def _take_all(self, levels: tuple[Places, ...]) -> bool:
        """A place at each level, or none."""
        taken: list[Places] = []
        try:
            for places in levels:
                if not places.take() and not await places.wait():
                    break
                taken.append(places)
        finally:
            if len(taken) < len(levels):
                for places in taken:
                    places.give()
        return len(taken) == len(levels)

    def leave(self, turn: Turn) -> None:
        turn.left = True
        self._quick.pop(turn, None)
        for places in self._levels(turn.lane):
            if places in turn.aside:
                places.give_slow()
            else:
                places.give()
        turn.lane.late -= turn.late

    def overdue(self, turn: Turn) -> None:
        """The answer is long overdue: its endpoint gets no more than it can take."""
        if not (turn.late or turn.left):
            turn.late = True
            turn.lane.late += 1
            if turn.lane.host is not None:
                turn.lane.places.turn_away()

    async def tick(self) -> None:
        """Lets those step aside that take long."""
        before = self._loop.time() - ASIDE_SECONDS
        while self._quick and (turn := next(iter(self._quick))).began < before:
            del self._quick[turn]
            turn.aside = tuple(places for places in self._levels(turn.lane) if places.step_aside())
            if turn.lane.host is None and turn.lane.places not in turn.aside:
                turn.lane.places.turn_away()

    def _levels(self, lane: Lane) -> tuple[Places, ...]:
        return (lane.places, self._all) if lane.host is None else (lane.places, lane.host, self._all)

    def _host(self, netloc: str) -> Places:
        if (places := self._hosts.get(netloc)) is None:
            if len(self._hosts) >= LANES:
                self._hosts = {name: one for name, one in self._hosts.items() if one.busy}
            places = self._hosts[netloc] = Places(self._per_host, self._slow // 2)
        return places

    def _add(self, name: str, lane: Lane) -> Lane:
        if len(self._lanes) >= LANES:
            self._lanes = {name: one for name, one in self._lanes.items() if one.places.busy or one.late}
        self._lanes[name] = lane
        return lane
