"""A short soak, the same faults each time; and what the plan of any soak keeps to."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given, strategies as st

from tests.soak.plan import KINDS, plan
from tests.soak.run import soak

SEED, SECONDS, RATE = 1736, 52.0, 20.0
"""Its faults: every connection breaks for a while, and the server is killed."""


@given(st.integers(), st.floats(0, 4000))
def test_a_plan_is_the_seeds_own_and_its_faults_come_one_at_a_time(seed: int, seconds: float) -> None:
    faults = plan(seed, seconds)
    assert faults == plan(seed, seconds)
    assert all(fault.victim in KINDS[fault.kind] for fault in faults)
    assert all(one.at + one.seconds < other.at for one, other in pairwise(faults))


async def test_a_short_soak_loses_and_doubles_nothing(tmp_path: Path) -> None:
    verdict = await soak(tmp_path, seed=SEED, seconds=SECONDS, rate=RATE, told=print)
    assert verdict.faults
    assert verdict.faults_found == [], verdict.told()
