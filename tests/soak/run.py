"""The soak itself: load and faults side by side, then the ledger is compared with what came."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from msgspec import Struct

from shared.keys import DELIVERIES, ENRICHED, ENTRIES, PAGES, dead, key
from tests.soak.plan import Fault, plan
from tests.soak.stack import SETTINGS, SoakStack
from tests.soak.witness import Witness
from tests.soak.world import World
from tests.stack import serving, until

EVERY = 0.5
RECOVERY_SECONDS = 15.0
"""An entry that is seen during a fault, or so soon after it, may be late."""
CIRCUIT_SECONDS = 40.0
"""So long it may be after the endpoint was away: its circuit opens, for longer each time that a probe fails."""
PROMISED_SECONDS = 2.0
"""From being seen on its page to its alert."""
ENOUGH_ON_TIME = 0.99
SAMPLE_SECONDS = 5.0
RETAINED = 6
"""Entries are kept for such a part of the run, so that memory has to be flat behind it."""
GROWTH = 1.3
"""Memory and handles at the end, against those after the first third."""


class Verdict(Struct, frozen=True, kw_only=True):
    seed: int
    seconds: float
    posted: int
    missing: list[str]
    lost_after: dict[str, int]
    """The fault before each of them was posted, and whether it came as far as the streams."""
    doubled_inside: int
    under_two_ids: int
    repeats: int
    errors: list[str]
    on_time: float
    """Share of the entries of quiet times that came within the promise."""
    late_after: dict[str, int]
    """The fault before each of those that did not."""
    p50: float
    p99: float
    dead_letters: int
    faults: list[Fault]
    growth: dict[str, list[float]]
    """By service: the last third's median of MB resident and of handles, over the second third's."""

    @property
    def faults_found(self) -> list[str]:
        found = []
        if self.missing:
            found.append(f"{len(self.missing)} entries are lost")
        if self.doubled_inside or self.under_two_ids:
            found.append(f"{self.doubled_inside} are doubled inside, {self.under_two_ids} came under two ids")
        if self.errors:
            found.append(f"{len(self.errors)} requests do not verify: {self.errors[0]}")
        if self.dead_letters:
            found.append(f"{self.dead_letters} dead letters")
        if self.on_time < ENOUGH_ON_TIME:
            found.append(f"only {self.on_time:.1%} of the entries of quiet times came in time")
        found += [f"{name} grows: {by}" for name, by in self.growth.items() if max(by) > GROWTH]
        return found

    def told(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "seconds": self.seconds,
            "faults": dict(Counter(f"{fault.kind} {fault.victim}" for fault in self.faults)),
            "posted": self.posted,
            "lost": len(self.missing),
            "lost_after": self.lost_after,
            "doubled": self.doubled_inside + self.under_two_ids,
            "repeated_under_one_id": self.repeats,
            "on_time": round(self.on_time, 4),
            "late_after": self.late_after,
            "p50_seconds": round(self.p50, 3),
            "p99_seconds": round(self.p99, 3),
            "dead_letters": self.dead_letters,
            "growth": self.growth,
        }


async def soak(folder: Path, *, seed: int, seconds: float, rate: float, told: Callable[[str], object]) -> Verdict:
    world = World(rate)
    stack = SoakStack(folder, world, retention=max(60.0, seconds / RETAINED))
    witness = Witness(stack.client)
    samples: list[dict[str, tuple[float, int]]] = []
    async with serving(world.pages()) as pages, serving(world.endpoint()) as hook, stack.running():
        faults = plan(seed, seconds)
        if not stack.has_disk:
            told("no disk of our own can be mounted here: its faults are left out")
            faults = [fault for fault in faults if fault.kind != "disk"]
        told(f"seed {seed}: {len(faults)} faults in {seconds:.0f} s")
        await _set_up(stack, world, pages, hook)
        sampling = asyncio.create_task(_sample(stack, samples))
        writing = asyncio.create_task(world.write())
        watching = asyncio.create_task(witness.follow())
        began, started = time.time(), time.monotonic()
        for fault in faults:
            await asyncio.sleep(max(0.0, started + fault.at - time.monotonic()))
            told(f"{fault.at:7.1f} s  {fault.kind} {fault.victim} {f'{fault.seconds:.1f} s' if fault.seconds else ''}")
            await stack.suffer(fault)
        await asyncio.sleep(max(0.0, started + seconds - time.monotonic()))
        for task in (writing, sampling):
            task.cancel()
        with contextlib.suppress(AssertionError):
            await until(lambda: not world.ledger.missing, 180)
        watching.cancel()
        while await witness.read():
            pass
        return await _judge(stack, world, witness, samples, faults, seed=seed, began=began, seconds=seconds)


async def _set_up(stack: SoakStack, world: World, pages: str, hook: str) -> None:
    headers = {"Authorization": f"Bearer {SETTINGS['LIVEBELL_ADMIN_TOKEN']}"}
    async with aiohttp.ClientSession(stack.gateway, headers=headers) as http:

        async def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
            async with http.post(path, json=body) as answer:
                assert answer.status in {200, 201}, await answer.text()
                return dict(await answer.json())

        async def ready() -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get("/api/v1/entries") as answer:
                    return answer.status == 200
            return False

        await until(ready, 60)
        channel = {"type": "webhook", "url": f"{hook}/hook"}
        world.secret = (await made("/api/v1/subscriptions", {"channel": channel}))["secret"]
        for name in world.names():
            await made("/api/v1/sources", {"id": name, "url": f"{pages}/{name}", "every": EVERY})

        async def known() -> bool:
            async with http.get(f"/api/v1/entries?limit={2 * len(world.names())}") as answer:
                return len((await answer.json())["entries"]) >= len(world.names())

        await until(known, 60)


async def _sample(stack: SoakStack, samples: list[dict[str, tuple[float, int]]]) -> None:
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        samples.append(stack.sample())


async def _judge(
    stack: SoakStack,
    world: World,
    witness: Witness,
    samples: list[dict[str, tuple[float, int]]],
    faults: list[Fault],
    *,
    seed: int,
    began: float,
    seconds: float,
) -> Verdict:
    ledger = world.ledger
    dead_letters = [
        await stack.client.xlen(dead(key(tag, kind)))
        for tag, kinds in (("{p0}", (PAGES, ENTRIES, ENRICHED)), ("{d0}", (DELIVERIES,)))
        for kind in kinds
    ]
    seen = {name: ledger.arrived[name] - wait - began for name, wait in ledger.waited.items()}
    waits = sorted(wait for name, wait in ledger.waited.items() if _is_quiet(seen[name], faults))
    late = Counter(
        _last_before(seen[name], faults)
        for name, wait in ledger.waited.items()
        if wait > PROMISED_SECONDS and _is_quiet(seen[name], faults)
    )
    lost = Counter(
        f"{_last_before(ledger.posted[name] - began, faults)}, {'told' if witness.told(name) else 'not told'} inside"
        for name in ledger.missing
    )
    return Verdict(
        seed=seed,
        seconds=seconds,
        posted=len(ledger.posted),
        missing=ledger.missing,
        lost_after=dict(lost),
        doubled_inside=witness.doubled,
        under_two_ids=sum(len(ids) > 1 for ids in ledger.ids.values()),
        repeats=ledger.repeats,
        errors=ledger.errors,
        on_time=sum(wait <= PROMISED_SECONDS for wait in waits) / len(waits) if waits else 1.0,
        late_after=dict(late),
        p50=waits[len(waits) // 2] if waits else 0.0,
        p99=waits[int(len(waits) * 0.99)] if waits else 0.0,
        dead_letters=sum(dead_letters),
        faults=faults,
        growth=_growth(samples),
    )


def _is_quiet(at: float, faults: list[Fault]) -> bool:
    return not any(fault.at <= at <= fault.at + fault.seconds + _recovery(fault) for fault in faults)


def _recovery(fault: Fault) -> float:
    return CIRCUIT_SECONDS if (fault.kind, fault.victim) == ("away", "endpoint") else RECOVERY_SECONDS


def _last_before(at: float, faults: list[Fault]) -> str:
    return next((f"{fault.kind} {fault.victim}" for fault in reversed(faults) if fault.at <= at), "")


def _growth(samples: list[dict[str, tuple[float, int]]]) -> dict[str, list[float]]:
    third = len(samples) // 3
    if third < 5:
        return {}
    found = {}
    for name in samples[-1]:
        before = [one[name] for one in samples[third : 2 * third] if name in one]
        after = [one[name] for one in samples[2 * third :] if name in one]
        if before and after:
            found[name] = [
                round(statistics.median(one[n] for one in after) / statistics.median(one[n] for one in before), 2)
                for n in (0, 1)
            ]
    return found
