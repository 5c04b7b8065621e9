"""The circuit of one endpoint or push service: opens after failures in a row, lets one probe through, closes again."""

from __future__ import annotations

import msgspec
from msgspec import Struct

OPENS_AFTER = 5
"""Failures in a row."""
FIRST_SECONDS, LONGEST_SECONDS = 5.0, 600.0
"""How long it stays open the first time; twice as long each time a probe fails, at most the longest."""
PROBE_SECONDS = 10.0
"""A probe that says nothing for so long is followed by another."""


class Circuit(Struct, frozen=True, array_like=True):
    """Only what fails has one. Times in epoch milliseconds; `due.lua` reads and writes this array too."""

    failures: int
    since: int
    """The first failure of this row."""
    open_until: int = 0
    """0 while it is closed."""
    opened: int = 0
    """How often it has opened since it was last closed."""
    probing: int = 0
    """1 while a probe is under way; then `open_until` is when another may follow."""


def after_failure(before: Circuit | None, now: float, *, pause: float = 0.0) -> Circuit:
    """`now` in epoch seconds. `pause`: the endpoint asked to be left alone for so many seconds, which opens it at once.

    Whoever was under way while it opened does not open it again.
    """
    before = before or Circuit(failures=0, since=_ms(now))
    failures = before.failures + 1
    already = before.open_until > _ms(now) and not before.probing
    if pause > 0:
        until = max(_ms(now + pause), before.open_until if already else 0)
        return Circuit(failures, before.since, until, max(1, before.opened))
    if already or failures < OPENS_AFTER:
        return Circuit(failures, before.since, before.open_until if already else 0, before.opened)
    seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(before.opened, 20))
    return Circuit(failures, before.since, _ms(now + seconds), before.opened + 1)


def is_open(circuit: Circuit | None) -> bool:
    """Whether deliveries wait until a probe has succeeded."""
    return circuit is not None and circuit.open_until > 0


def probed(circuit: Circuit, now: float) -> Circuit | None:
    """The circuit with a probe under way, where its time has come; None where it has not."""
    if circuit.open_until > _ms(now):
        return None
    return Circuit(circuit.failures, circuit.since, _ms(now + PROBE_SECONDS), circuit.opened, 1)


def is_hopeless(circuit: Circuit, now: float, days: float) -> bool:
    """Whether nothing has succeeded for so many days, however often it was tried."""
    return circuit.failures >= OPENS_AFTER and _ms(now) - circuit.since >= days * 86_400_000


encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Circuit)


def decode(raw: bytes | None) -> Circuit | None:
    return _decoder.decode(raw) if raw else None


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
