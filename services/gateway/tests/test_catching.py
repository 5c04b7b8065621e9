"""Which of the known entries a filter would have caught."""

from __future__ import annotations

import pytest

from services.gateway import catching
from services.gateway.catching import PAGE, Catcher
from services.gateway.tests.make import enriched
from services.gateway.view import View
from shared.subscriptions.record import Filter


def filled(*events) -> View:
    view = View()
    for number, event in enumerate(events, 1):
        view.apply(event, f"{number}-0")
    return view


async def test_the_newest_that_the_filter_catches_among_those_looked_at():
    view = filled(*(enriched(f"e{n}", minutes=n, text="Flood." if n % 2 else "Calm.") for n in range(10)))
    catcher, wanted = Catcher(view), Filter(words=("flood",))
    assert [entry.id for entry in await catcher.first(wanted, None, limit=2, examined=100)] == ["e9", "e7"]
    assert [entry.id for entry in await catcher.first(wanted, None, limit=9, examined=4)] == ["e9", "e7"]
    assert await catcher.first(wanted, "elsewhere", limit=9, examined=100) == []
    assert await catcher.first(Filter(words=("snow",)), None, limit=9, examined=100) == []


async def test_each_is_judged_as_news_whatever_became_of_it_but_deleted_ones_are_left_out():
    view = filled(
        enriched("kept"), enriched("edited", revision=2), enriched("gone"), enriched("gone", revision=2, deleted=True)
    )
    found = await Catcher(view).first(Filter(changes=("created",)), None, limit=9, examined=9)
    assert {entry.id for entry in found} == {"kept", "edited"}


async def test_phrases_and_places_are_judged_without_the_index():
    catcher = Catcher(filled(enriched("e1", text="The old harbour bridge is closed.")))
    for wanted in (Filter(words=("harbour bridge",)), Filter(places=("Denmark",)), Filter(min_urgency=0.4)):
        assert len(await catcher.first(wanted, None, limit=9, examined=9)) == 1, wanted
    assert await catcher.first(Filter(words=("bridge harbour",)), None, limit=9, examined=9) == []


async def test_more_than_a_page_is_walked_through():
    view = filled(*(enriched(f"e{n}", minutes=n) for n in range(2 * PAGE + 1)))
    assert len(list(Catcher(view).newest_first(None))) == 2 * PAGE + 1
    assert list(Catcher(View()).newest_first(None)) == []


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catching, "REMEMBERED", 3)
    catcher = Catcher(filled(*(enriched(f"e{n}", minutes=n) for n in range(9))))
    for _ in range(2):
        assert len(await catcher.first(Filter(), None, limit=99, examined=99)) == 9
    assert len(catcher._features) == 3
