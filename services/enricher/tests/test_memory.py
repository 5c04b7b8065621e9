"""The stories of one run: what is remembered is bounded, and what is forgotten takes nothing along that stays."""

from __future__ import annotations

import pytest

from services.enricher.enrichment import Enricher
from services.enricher.stories import memory
from services.enricher.stories.marks import Story
from services.enricher.tests.retold import News, Told
from shared.records import Entry

NOW = 1_790_000_000.0


@pytest.fixture
def stories(monkeypatch: pytest.MonkeyPatch) -> memory.RememberedStories:
    monkeypatch.setattr(memory, "MOST_ENTRIES", 3)
    return memory.RememberedStories()


def test_the_oldest_entry_is_forgotten_and_those_like_it_are_still_found(
    stories: memory.RememberedStories, enricher: Enricher
) -> None:
    news = News(9)

    def joined(source: str, name: str, told: Told) -> Story:
        entry = Entry(id=name, title=told.title, text=told.text)
        return stories.join(source, entry, enricher.enrich(entry), NOW)

    alone, told = news.event(), news.event()
    lost = joined("one", "lost", alone)
    kept = joined("one", "kept", told)
    assert joined("two", "again", told).id == kept.id
    assert joined("two", "again", told).id == kept.id, "told twice, it is one entry"
    joined("one", "last", news.event())
    assert joined("three", "late", told).id == kept.id
    assert joined("two", "other", alone).id != lost.id, "of what was forgotten a new story begins"
    joined("one", "more", news.event())
    assert joined("four", "later", told).id == kept.id, "the first that told it is forgotten, the others are not"
