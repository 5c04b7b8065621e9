from __future__ import annotations

import asyncio
import time

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from services.notifier.matching.explaining import MOST_CAUGHT, Explainer
from services.notifier.tests.test_weighing import entry
from shared.filters.explaining import EXPLAIN, FilterQuestion
from shared.filters.explanation import Explanation
from shared.keys import ENRICHED, key
from shared.messages import EntryEnriched, Passed, encode
from shared.streams.asking import MOST_WAITING, BusyError, ask
from shared.subscriptions.record import Filter

TAGS = ("{p0}", "{p1}")


async def asked_for(redis: Redis, wanted: Filter, since: float) -> Explanation | None:
    return await ask(redis, EXPLAIN, FilterQuestion(filter=wanted, since=since), Explanation)


async def happened(redis: Redis, *events: EntryEnriched, tag: str = "{p0}") -> None:
    for event in events:
        await redis.xadd(key(tag, ENRICHED), {"m": encode(replace(event, passed=Passed(seen=time.time())))})


async def test_a_filter_is_told_what_it_would_have_caught_and_why(redis: Redis) -> None:
    explainer = Explainer(redis, TAGS)
    await redis.xadd(key("{p0}", ENRICHED), {"m": b"\xff"})
    await happened(redis, entry("a", text="The ferry sails."), entry("b", text="A tram stops."))
    await happened(redis, entry("a", 2, text="The ferry stays."), entry("q", text="A ferry of old.", quiet=True))
    await happened(redis, entry("c", text="Another ferry."), tag="{p1}")
    asked = asyncio.create_task(asked_for(redis, Filter(words=("ferry",)), time.time() - 86_400))
    await explainer.follow()
    found = await asked
    assert found is not None
    assert (found.examined, found.matched, found.quiet, found.complete) == (5, 2, 1, True)
    assert [one.entry for one in found.caught] == ["c", "a"]
    assert found.caught[0].conditions[0].found == ("ferry",)
    assert found.caught[0].title == "Entry c"


async def test_only_what_came_since_then_counts_and_the_answer_is_bounded(redis: Redis) -> None:
    explainer = Explainer(redis, TAGS)
    await redis.xadd(key("{p0}", ENRICHED), {"m": encode(entry("old"))}, id="1000-0")
    await happened(redis, *(entry(f"e{n}") for n in range(MOST_CAUGHT + 30)))
    asked = asyncio.create_task(asked_for(redis, Filter(), time.time() - 3600))
    await explainer.follow()
    found = await asked
    assert found is not None
    assert (found.matched, len(found.caught)) == (MOST_CAUGHT + 30, MOST_CAUGHT)


async def test_too_many_questions_are_told_so(redis: Redis) -> None:
    waiting = [asyncio.create_task(asked_for(redis, Filter(), 0)) for _ in range(MOST_WAITING)]
    async with asyncio.timeout(5):
        while await redis.llen(key("{d0}", "explain")) < MOST_WAITING:
            await asyncio.sleep(0.01)
    with pytest.raises(BusyError):
        await asked_for(redis, Filter(), 0)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
