from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from services.notifier.matching.reasons import reasons
from services.notifier.ndjson import InputError, match_lines, read_subscriptions
from services.notifier.tests.news import COPENHAGEN, enriched, entries, events, filters, people, told_as
from shared.filters.evaluate import evaluate
from shared.messages import Enriched, Enrichment
from shared.records import Blog, Entry
from shared.subscriptions.record import Filter, Near

FERRY = {"id": "a", "text": "The ferry to Bornholm is late.", "urgency": 0.4, "language": "en"}


@settings(max_examples=300, deadline=None)
@given(filters, events)
def test_the_reasons_agree_with_the_evaluator(wanted: Filter, event: Enriched) -> None:
    found = reasons(wanted, event, told_as(event))
    assert all(reason.holds for reason in found) == evaluate(wanted, event, told_as(event))


@settings(max_examples=200, deadline=None)
@given(filters, entries)
def test_a_term_that_is_found_was_asked_for(wanted: Filter, event: Enriched) -> None:
    for reason in reasons(wanted, event, told_as(event)):
        if reason.condition in {"words", "people", "changes", "sources", "places"}:
            assert bool(reason.found) == reason.holds


def test_each_key_names_what_was_asked_and_what_of_it_the_entry_has() -> None:
    wanted = Filter(
        words=("Ferry", "tram"), all_words=("late",), none_words=("cancelled",), places=("DK", "Fiji"),
        people=("Roth",), near=Near(lat=55.7, lon=12.6, km=50), min_urgency=0.7, languages=("da",),
    )  # fmt: skip
    event = enriched("The ferry is late.", places=(COPENHAGEN,), people=people("Ana Roth"), urgency=0.4, language="da")
    found = {reason.condition: (reason.found, reason.holds) for reason in reasons(wanted, event, "created")}
    assert found == {
        "words": (("ferry",), True),
        "all_words": (("late",), True),
        "none_words": ((), True),
        "places": (("DK",), True),
        "near": ((3.4,), True),
        "people": (("roth",), True),
        "languages": (("da",), True),
        "min_urgency": ((0.4,), False),
        "changes": (("created",), True),
    }


def matched(subscriptions: Any, *lines: dict[str, Any], everything: bool = False) -> list[dict[str, Any]]:
    def enrich(entry: Entry, blog: Blog) -> Enrichment:
        return Enrichment(urgency=0.9, language=blog.title)

    wanted = read_subscriptions(json.dumps(subscriptions).encode())
    found = match_lines(wanted, [json.dumps(line).encode() for line in lines], enrich, everything=everything)
    return [json.loads(line) for line in found]


def test_entries_are_matched_line_by_line() -> None:
    wanted = [{"id": "sub_1", "filter": {"words": ["ferry"]}}, {"filter": {"words": ["tram"]}}]
    [line] = matched(wanted, FERRY)
    assert (line["entry"], line["change"], line["subscription"], line["matches"]) == ("a", "created", "sub_1", True)
    assert line["conditions"][0] == {"condition": "words", "asked": ["ferry"], "found": ["ferry"], "holds": True}
    both = matched(wanted, FERRY, everything=True)
    assert [(one["subscription"], one["matches"]) for one in both] == [("sub_1", True), ("2", False)]


def test_later_lines_of_an_entry_are_its_edits_and_bare_entries_are_enriched() -> None:
    wanted = {"subscriptions": [{"id": "s", "filter": {"changes": ["created", "updated", "deleted"]}}]}
    blog = {"type": "blog", "url": None, "title": "en"}
    bare = {"id": "b", "text": "x", "title": None}
    told = matched(wanted, blog, bare, bare, bare | {"deleted": True})
    assert [line["change"] for line in told] == ["created", "updated", "deleted"]
    assert matched([{"min_urgency": 0.8, "languages": ["en"]}], blog, bare)[0]["matches"]
    assert matched([{"min_urgency": 0.8}], FERRY) == []


def test_subscriptions_may_come_one_a_line() -> None:
    found = read_subscriptions(b'{"id": "x", "filter": {}}\n\n{"words": ["a"]}\n')
    assert [(one.id, one.filter.words) for one in found] == [("x", ()), ("2", ("a",))]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"nothing", "Line 1"),
        (b"[1]", "Subscription 1 is no object"),
        (b'{"id": "s", "filter": {"wrods": ["a"]}}', "wrods"),
        (b'{"id": "s", "filter": {"words": ["!"]}}', "can never match"),
        (b"3", "array"),
    ],
)
def test_what_cannot_be_read_is_named(raw: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_subscriptions(raw)


@pytest.mark.parametrize("line", [b"no json", b'{"id": "a"}', b'{"id": "a", "text": "b", "urgency": "high"}'])
def test_a_line_that_is_no_entry_is_named(line: bytes) -> None:
    with pytest.raises(InputError, match="Line 1"):
        list(match_lines(read_subscriptions(b"[{}]"), [line], lambda *_: Enrichment()))
