"""Which faults come when: drawn from a seed, so that any run can be had again."""

from __future__ import annotations

import random

from msgspec import Struct

SERVICES = ("fetcher", "parser", "enricher", "notifier", "gateway")
SERVER = "redis"
QUIET_SECONDS = (15.0, 40.0)
"""Between the end of one fault and the next."""

KINDS = {
    "kill": (*SERVICES, SERVER),
    "pause": (*SERVICES, SERVER),
    "cut": (SERVER,),
    "clock": SERVICES,
    "memory": (SERVER,),
    "disk": (SERVER,),
    "away": ("pages", "endpoint"),
}
"""What may happen to whom. kill: SIGKILL. pause: SIGSTOP, then SIGCONT. cut: every connection to the server breaks,
again and again. clock: a service's clock jumps. memory: the server is out of memory. disk: its disk is full. away: what
is outside answers 503."""


class Fault(Struct, frozen=True):
    """At `at` seconds from the start, for `seconds` (0: at once over). `offset` in seconds, of a clock."""

    at: float
    kind: str
    victim: str
    seconds: float = 0.0
    offset: float = 0.0


def plan(seed: int, seconds: float, kinds: tuple[str, ...] = tuple(KINDS)) -> list[Fault]:
    """Faults one after the other, each over before the next, the last early enough to recover from."""
    draw = random.Random(seed)
    faults: list[Fault] = []
    at = draw.uniform(*QUIET_SECONDS)
    while at < seconds - QUIET_SECONDS[0]:
        kind = draw.choice(kinds)
        lasts = 0.0 if kind == "kill" else draw.uniform(2.0, 12.0)
        offset = draw.choice((-1, 1)) * draw.uniform(60.0, 86_400.0) if kind == "clock" else 0.0
        faults.append(Fault(at, kind, draw.choice(KINDS[kind]), lasts, offset))
        at += lasts + draw.uniform(*QUIET_SECONDS)
    return faults
