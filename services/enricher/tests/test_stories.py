"""One story, told again and again: found by its text or its facts, and not by its place alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace
from redis.asyncio import Redis

from services.enricher.enrichment import Enricher
from services.enricher.stories import shelf
from services.enricher.stories.alike import claim, containment, likeness, story_of
from services.enricher.stories.marks import Marks, Story, marks_of
from services.enricher.stories.memory import RememberedStories
from services.enricher.stories.shelf import Stories
from services.enricher.tests.retold import TOWNS, News, Told
from shared.keys import key
from shared.messages import Enrichment
from shared.records import Entry

NOW = 1_790_000_000.0


def entry(name: str, told: Told) -> Entry:
    return Entry(id=name, title=told.title, text=told.text)


def marked(enricher: Enricher, told: Told, source: str = "storm", at: float = NOW) -> Marks:
    one = entry("e", told)
    return marks_of(source, one, enricher.enrich(one), at)


def pairs(enricher: Enricher, seed: int, count: int) -> Iterator[tuple[str, float]]:
    """(how it is told again, likeness) of many events."""
    news = News(seed)
    for _ in range(count):
        told = news.event()
        first = marked(enricher, told)
        for how, again in (*news.same_text(told), ("in other words", news.in_other_words(told))):
            yield how, likeness(first, marked(enricher, again, "desk", NOW + 1800))


def test_the_same_text_is_one_story(enricher: Enricher) -> None:
    found = [likeness > 0 for how, likeness in pairs(enricher, 1, 200) if how != "in other words"]
    assert sum(found) / len(found) >= 0.98


def test_most_cross_posts_in_other_words_are_one_story(enricher: Enricher) -> None:
    found = [likeness > 0 for how, likeness in pairs(enricher, 2, 200) if how == "in other words"]
    assert sum(found) / len(found) >= 0.8


def test_what_happens_in_one_town_is_not_one_story(enricher: Enricher) -> None:
    news = News(3)
    false = asked = 0
    for town in TOWNS[:4]:
        told = {event.title: marked(enricher, event) for event in (news.event(town) for _ in range(60))}
        marks = list(told.values())
        for number, one in enumerate(marks):
            for other in marks[number + 1 :]:
                asked += 1
                false += likeness(one, other) > 0
    assert asked > 3000
    assert false / asked <= 0.001


def test_a_figure_that_grows_stays_the_story(enricher: Enricher) -> None:
    first = Told(
        "Blast in Esbjerg", "At least 12 people were killed in a blast at the harbour of Esbjerg, police said."
    )
    later = Told(
        "Blast in Esbjerg", "At least 14 people were killed in a blast at the harbour of Esbjerg, police said."
    )
    assert likeness(marked(enricher, first), marked(enricher, later)) > 0


@pytest.mark.parametrize("text", ["", "Goal!", "More soon.", "🌊" * 50])
def test_what_says_little_is_like_nothing(enricher: Enricher, text: str) -> None:
    one = marked(enricher, Told("", text))
    assert likeness(one, one) == 0.0


@given(st.frozensets(st.integers(0, 50)), st.frozensets(st.integers(0, 50)))
def test_containment_is_a_share_and_the_same_both_ways(one: frozenset[int], other: frozenset[int]) -> None:
    assert 0.0 <= containment(one, other) == containment(other, one) <= 1.0


def test_of_those_alike_the_oldest_counts_in_whatever_order_they_come(enricher: Enricher) -> None:
    told = News(4).event()
    others = [replace(marked(enricher, told, at=NOW - ago), story=f"sty_{ago}") for ago in (50, 900, 10)]
    assert {story_of(claim(marked(enricher, told), other) for other in order) for order in (others, others[::-1])} == {
        "sty_900"
    }


async def join(stories: Stories, enricher: Enricher, source: str, name: str, told: Told) -> Story:
    one = entry(name, told)
    return await stories.join(source, one, enricher.enrich(one))


async def test_sources_are_counted_and_an_edit_keeps_its_story(redis: Redis, enricher: Enricher) -> None:
    news, stories = News(5), Stories(redis, lambda: NOW)
    told, other = news.event("Esbjerg"), news.event("Bergen")
    first = await join(stories, enricher, "one", "a", told)
    assert first.sources == 1
    assert await join(stories, enricher, "two", "b", news.appended(told)) == Story(first.id, 2)
    assert await join(stories, enricher, "two", "c", news.cut(told)) == Story(first.id, 2)
    assert (await join(stories, enricher, "three", "d", other)).id != first.id
    assert await join(stories, enricher, "one", "a", other) == Story(first.id, 2), "an edit keeps its story"
    assert await join(stories, enricher, "one", "a", told) == Story(first.id, 2), "repeated, it is the same"


def test_in_one_run_stories_are_remembered(enricher: Enricher) -> None:
    news, stories = News(9), RememberedStories()
    told = news.event()

    def joined(source: str, name: str, told: Told) -> Story:
        one = entry(name, told)
        return stories.join(source, one, enricher.enrich(one), NOW)

    first = joined("one", "a", told)
    assert joined("two", "b", news.appended(told)) == Story(first.id, 2)
    assert joined("two", "c", news.event()).id != first.id
    assert joined("one", "a", news.event()) == Story(first.id, 2), "an edit keeps its story"


async def test_replicas_that_write_at_once_agree(redis: Redis, enricher: Enricher) -> None:
    news = News(6)
    told = news.event()
    replicas = [Stories(redis, lambda: NOW) for _ in range(2)]
    found = await asyncio.gather(
        *(join(replicas[n % 2], enricher, f"source-{n}", "e", news.edited(told)) for n in range(12))
    )
    assert len({story.id for story in found}) == 1
    assert sorted(story.sources for story in found) == list(range(1, 13))


async def test_yesterdays_story_goes_on_and_last_weeks_does_not(redis: Redis, enricher: Enricher) -> None:
    told = News(7).event()
    first = await join(Stories(redis, lambda: NOW), enricher, "one", "a", told)
    later = Stories(redis, lambda: NOW + 20 * 3600)
    assert (await join(later, enricher, "two", "b", told)).id == first.id
    assert (await join(Stories(redis, lambda: NOW + 7 * 86_400), enricher, "three", "c", told)).id != first.id


async def test_a_bucket_that_is_full_takes_no_more(redis: Redis, enricher: Enricher, monkeypatch) -> None:
    monkeypatch.setattr(shelf, "ENTRIES_A_BUCKET", 3)
    news, stories = News(8), Stories(redis, lambda: NOW)
    for number in range(6):
        await join(stories, enricher, "one", f"e{number}", news.event())
    assert await redis.hlen(key(shelf.TAG, "marks", str(int(NOW // shelf.BUCKET_SECONDS)))) == 3


async def test_an_entry_without_words_is_a_story_of_its_own(redis: Redis) -> None:
    stories = Stories(redis, lambda: NOW)
    empty = [await stories.join("one", Entry(id=name, text=""), Enrichment()) for name in "ab"]
    assert empty[0].id != empty[1].id


async def calls(redis: Redis) -> int:
    counted = (await redis.info("commandstats")).get("cmdstat_evalsha", {"calls": 0})
    return int(counted["calls"])


async def test_entries_of_one_batch_go_out_together_and_in_their_order(redis: Redis, enricher: Enricher) -> None:
    news, stories = News(10), Stories(redis, lambda: NOW)
    await join(stories, enricher, "source-0", "first", news.event())
    before = await calls(redis)
    told = [news.event() for _ in range(20)]
    apart = await asyncio.gather(*(join(stories, enricher, "one", f"e{n}", one) for n, one in enumerate(told)))
    assert len({story.id for story in apart}) == 20
    assert await calls(redis) - before < 6
    alike = await asyncio.gather(*(join(stories, enricher, f"source-{n}", "e", told[0]) for n in range(40)))
    assert [story.id for story in alike] == [apart[0].id] * 40
    assert [story.sources for story in alike] == list(range(2, 42))


async def test_entries_that_are_all_alike_take_few_calls(redis: Redis, enricher: Enricher) -> None:
    """A hundred in one batch, then as many by two replicas at once."""
    news, told = News(11), News(11).event()
    replicas = [Stories(redis, lambda: NOW) for _ in range(2)]
    await join(replicas[0], enricher, "source-0", "first", told)
    for number, writers in ((1, replicas[:1]), (2, replicas)):
        before = await calls(redis)
        batch = (
            join(writers[n % len(writers)], enricher, f"source-{n}", f"e{number}", news.edited(told))
            for n in range(100)
        )
        found = await asyncio.gather(*batch)
        assert len({story.id for story in found}) == 1
        assert await calls(redis) - before < 40


async def test_of_an_entry_that_comes_twice_in_one_batch_the_later_has_the_storys_id(
    redis: Redis, enricher: Enricher
) -> None:
    news, stories = News(12), Stories(redis, lambda: NOW)
    found = await asyncio.gather(*(join(stories, enricher, "one", "e", news.event()) for _ in range(5)))
    assert set(found) == {found[0]}


async def test_where_a_story_cannot_be_decided_the_entry_goes_on_without(
    redis: Redis, enricher: Enricher, monkeypatch
) -> None:
    monkeypatch.setattr(shelf, "ROUNDS", 1)
    told, stories = News(13).event(), Stories(redis, lambda: NOW)
    first = await join(stories, enricher, "one", "a", told)
    again = await join(stories, enricher, "two", "b", told)
    assert (again.id != first.id, again.sources) == (True, 1)
