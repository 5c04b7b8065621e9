"""Calls that are made together: how many go as one, and what each who waits is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shared.streams.gathered import Gathered

MOST = 25


async def test_what_a_call_raises_all_get_who_wait_for_it_and_the_next_is_made_again() -> None:
    made: list[list[int]] = []

    async def half(numbers: Sequence[int]) -> list[float]:
        made.append(list(numbers))
        if 13 in numbers:
            raise ValueError("unlucky")
        return [number / 2 for number in numbers]

    gathered = Gathered(half, most=MOST)
    found = await asyncio.gather(*(gathered(number) for number in range(2 * MOST)), return_exceptions=True)
    assert [len(numbers) for numbers in made] == [MOST, MOST]
    assert all(isinstance(one, ValueError) for one in found[:MOST])
    assert found[MOST:] == [number / 2 for number in range(MOST, 2 * MOST)]
    assert await gathered(4) == 2.0
