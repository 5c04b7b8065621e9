"""What each key of a filter means, told by the evaluator; the index agrees with it (test_index)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from services.notifier.matching.index import Index
from services.notifier.tests.news import (
    COPENHAGEN,
    DANISH,
    NAMELESS,
    SUVA,
    enriched,
    entries,
    filters,
    people,
    subscription,
    told_as,
)
from shared.filters.evaluate import evaluate
from shared.messages import BlogChanged, Enriched, Place, SourceHealth, Topic
from shared.records import Blog, Entry, Link
from shared.subscriptions.contradictions import contradiction
from shared.subscriptions.record import Filter, Near

DENMARK = Place(name="Denmark", start=0, end=7, lat=56.0, lon=10.0, country="DK", geoname_id=2623032)
SINGAPORE = Place(name="Singapore", start=0, end=9, lat=1.3667, lon=103.8, country="SG", geoname_id=1880251)


def matches(event: Enriched, change: str | None = None, **keys: Any) -> bool:
    """By the evaluator and the index, which must say the same."""
    wanted, change = Filter(**keys), change or told_as(event)
    found = evaluate(wanted, event, change)
    index = Index()
    index.put(subscription(wanted))
    assert [one.id for one in index.match(event, change)] == (["sub_1"] if found else [])
    return found


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("Flood warning at noon", "flood", True),
        ("FLOOD!", "flood", True),
        ("The flood's edge", "flood", True),
        ("Floodgates open", "flood", False),
        ("A flood, warning of worse", "flood warning", True),
        ("warning: flood", "flood warning", False),
        ("flood and warning", "flood warning", False),
        ("A very long flood warning stays", "long flood warning stays", True),
        ("A very long flood warning", "long flood warning stays", False),
        ("Straße gesperrt", "STRASSE", True),
        ("乌克兰停火", "停火", True),
        ("乌克兰停火", "火停", False),
        ("A café closes", "cafe", False),
        ("", "flood", False),
        ("!", "!", False),
    ],
)
def test_words_are_whole_and_phrases_in_order(text: str, term: str, found: bool) -> None:
    assert matches(enriched(text), words=(term,)) is found
    assert matches(enriched(text), all_words=(term,)) is found
    assert matches(enriched(text), none_words=(term,)) is not found


def test_any_all_and_none() -> None:
    event = enriched("The bridge is closed, the harbour open.")
    assert matches(event, words=("tunnel", "bridge"))
    assert matches(event, all_words=("harbour", "bridge"))
    assert matches(event, all_words=("harbour", "bridge", "closed", "open", "the harbour"))
    assert not matches(event, all_words=("harbour", "tunnel"))
    assert not matches(event, all_words=("harbour", "bridge", "closed", "open", "tunnel"))
    assert not matches(event, words=("bridge",), none_words=("snow", "harbour"))


def test_words_are_sought_in_title_text_and_link_titles_but_no_phrase_spans_two() -> None:
    event = enriched("closed all day", title="Bridge", links=(Link(url=None, title="Read on", summary="Tunnel"),))
    assert matches(event, all_words=("bridge", "closed", "read on"))
    assert not matches(event, words=("bridge closed",))
    assert not matches(event, words=("tunnel",))


def test_places_by_name_country_and_geonames_id() -> None:
    event = enriched("x", places=(COPENHAGEN,))
    for wanted in ("copenhagen", "DK", "dk", "Denmark", "Danmark", 2618425, "2618425", 2623032):
        assert matches(event, places=(wanted,)), wanted
    for wanted in ("Copen", "SE", "Sweden", 2673730, "Lower Brookmill"):
        assert not matches(event, places=(wanted,)), wanted
    assert matches(enriched("x", places=(NAMELESS,)), places=("Lower  Brookmill",))
    assert matches(event, places=("Sweden", "Denmark"))


def test_a_demonym_counts_as_its_country() -> None:
    event = enriched("x", places=(DANISH,))
    assert matches(event, places=("Denmark",))
    assert matches(event, places=("DK",))
    assert matches(event, places=(2623032,))
    assert not matches(event, places=("Copenhagen",))


def test_near_a_point() -> None:
    assert matches(enriched("x", places=(COPENHAGEN,)), near=Near(lat=55.7, lon=12.6, km=5))
    assert not matches(enriched("x", places=(COPENHAGEN,)), near=Near(lat=55.7, lon=12.6, km=1))
    assert matches(enriched("x", places=(SUVA,)), near=Near(lat=-18, lon=-179.9, km=250))
    assert matches(enriched("x", places=(SUVA,)), near=Near(lat=90, lon=0, km=20038))
    assert not matches(enriched("x", places=(NAMELESS,)), near=Near(lat=0, lon=0, km=20038))
    assert not matches(enriched("x"), near=Near(lat=0, lon=0, km=20038))


def test_a_country_is_near_only_for_a_circle_that_is_no_smaller() -> None:
    for country in (DENMARK, DANISH):
        assert not matches(enriched("x", places=(country,)), near=Near(lat=56, lon=10, km=30))
        assert matches(enriched("x", places=(country,)), near=Near(lat=56, lon=10, km=200))
    assert matches(enriched("x", places=(SINGAPORE,)), near=Near(lat=1.35, lon=103.8, km=20))


def test_people_and_organisations_by_whole_words_of_the_name() -> None:
    event = enriched("x", people=people("Ana Roth", "Jonas Lind"), organisations=people("Port Authority"))
    assert matches(event, people=("roth",))
    assert matches(event, people=("Ana Roth",))
    assert not matches(event, people=("Ana Lind",))
    assert not matches(event, people=("Roth Jonas",))
    assert not matches(event, people=("Ro",))
    assert not matches(event, people=("Port Authority",))
    assert matches(event, organisations=("port authority",))


def test_topics_by_code_or_label() -> None:
    event = enriched("x", topics=(Topic(code="medtop:17000000", label="Weather"),))
    for wanted in ("weather", "WEATHER", "medtop:17000000", "17000000"):
        assert matches(event, topics=(wanted,)), wanted
    assert not matches(event, topics=("sport",))


def test_language_urgency_and_source() -> None:
    event = enriched("x", source="storm", language="en", urgency=0.5)
    assert matches(event, languages=("de", "EN-gb"), min_urgency=0.5, sources=("vote", "storm"))
    assert not matches(event, languages=("de",))
    assert not matches(event, min_urgency=0.51)
    assert not matches(event, sources=("vote",))
    assert not matches(enriched("x", language=None), languages=("en",))


def test_created_alone_unless_asked_otherwise() -> None:
    assert matches(enriched("x"))
    assert not matches(enriched("x", change="updated"))
    assert matches(enriched("x", change="updated"), changes=("created", "updated"))
    assert matches(enriched("x", change="updated"), "created")
    assert not matches(enriched("x"), changes=())
    assert not matches(enriched("x"), changes=("no such change",))


def test_a_deletion_that_left_nothing_is_told_by_what_was_known() -> None:
    before = Entry(id="e1", text="The bridge is closed.")
    assert matches(enriched("", change="deleted", previous=before), words=("bridge",), changes=("deleted",))
    assert not matches(enriched("x", change="deleted", previous=before), words=("bridge",), changes=("deleted",))


def test_what_happens_to_a_blog_is_asked_by_source_change_and_headline_alone() -> None:
    closed = BlogChanged(id="evt_2", source="storm", blog=Blog(url=None, title="Storm latest"), change="closed")
    assert matches(closed, changes=("closed",))
    assert matches(closed, changes=("closed",), words=("storm",), places=("Denmark",), min_urgency=0.9)
    assert not matches(closed, changes=("closed",), words=("vote",))
    assert not matches(closed, changes=("closed",), none_words=("latest",))
    assert not matches(closed, changes=("closed",), sources=("vote",))
    assert not matches(closed)
    nameless = BlogChanged(id="evt_2", source="storm", blog=Blog(url=None), change="closed")
    assert matches(nameless, changes=("closed",), words=("vote",))


def test_what_happens_to_a_source_is_asked_by_source_and_change_alone() -> None:
    silent = SourceHealth(id="evt_3", source="storm", url="https://news.example/live", change="silent", since=0.0)
    assert matches(silent, changes=("silent",), words=("vote",), near=Near(lat=0, lon=0, km=1), sources=("storm",))
    assert not matches(silent, changes=("failing",))
    assert not matches(silent, changes=("silent",), sources=("vote",))


@given(filters, entries)
@settings(max_examples=300, deadline=None)
def test_contradicting_words_match_no_entry(wanted: Filter, event: Enriched) -> None:
    if (reason := contradiction(wanted)) is not None and "none_words refuses" in reason:
        assert not evaluate(wanted, event, told_as(event))
