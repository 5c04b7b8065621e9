from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.fetcher.settling import MOST_BYTES, MOST_IN_BATCH, Settler
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source
from shared.sources.store import Claimed, Settlement


def settlement(name: str, tag: str = "{p0}", page: bytes | None = None) -> Settlement:
    source = Source(id=name, url=f"https://news.example/{name}")
    claimed = Claimed(tag=tag, source=source, state=FetchState(), due=0, claimed=0, token="t")
    return Settlement(claimed=claimed, next_due=0, page=page)


class Store:
    """Keeps the batches and answers when it is let."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[str]]] = []
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def settle(self, tag: str, settlements: Sequence[Settlement], /) -> list[bool]:
        names = [done.claimed.source.id for done in settlements]
        self.batches.append((tag, names))
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        return [not name.startswith("lost") for name in names]


async def settled(store: Store, settlements: Sequence[Settlement]) -> list[bool | BaseException]:
    settler = Settler(store)
    tasks = [asyncio.create_task(settler.settle(done)) for done in settlements]
    for _ in range(3):  # all are handed over before the store answers
        await asyncio.sleep(0)
    store.go_on.set()
    async with asyncio.timeout(5):
        return await asyncio.gather(*tasks, return_exceptions=True)


async def test_each_learns_whether_its_own_was_written() -> None:
    store = Store()
    names = ["one", "lost-two", "three", "lost-four"]
    assert await settled(store, [settlement(name) for name in names]) == [True, False, True, False]
    assert [name for _, batch in store.batches for name in batch] == names
    assert len(store.batches) <= 2


async def test_a_partition_does_not_wait_for_another() -> None:
    store = Store()
    settler = Settler(store)
    waiting = [asyncio.create_task(settler.settle(settlement(name, tag=f"{{p{name}}}"))) for name in "012"]
    for _ in range(3):
        await asyncio.sleep(0)
    assert store.batches == [("{p0}", ["0"]), ("{p1}", ["1"]), ("{p2}", ["2"])]
    store.go_on.set()
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_batches_are_bounded_in_number_and_bytes() -> None:
    store = Store()
    many = [settlement(str(n)) for n in range(3 * MOST_IN_BATCH)]
    large = [settlement(f"large-{n}", page=bytes(MOST_BYTES)) for n in range(3)]
    assert all(await settled(store, [*many, *large]))
    assert max(len(batch) for _, batch in store.batches) == MOST_IN_BATCH
    assert max(sum(name.startswith("large") for name in batch) for _, batch in store.batches) == 1


async def test_a_failed_write_is_each_ones_failure_and_the_next_is_written() -> None:
    store = Store()
    store.error = ConnectionError("gone")
    answers = await settled(store, [settlement(str(n)) for n in range(MOST_IN_BATCH + 1)])
    assert {type(answer) for answer in answers} == {ConnectionError}
    assert len(store.batches) == 2
    store.error = None
    assert await settled(store, [settlement("three")]) == [True]


async def test_one_that_is_given_up_takes_no_other_with_it() -> None:
    store = Store()
    settler = Settler(store)
    given_up = asyncio.create_task(settler.settle(settlement("one")))
    other = asyncio.create_task(settler.settle(settlement("two")))
    for _ in range(3):
        await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    store.go_on.set()
    async with asyncio.timeout(5):
        assert await other
