"""Who asks for a topic is told of those within it, and not the other way round."""

from __future__ import annotations

import pytest

from shared.filters.evaluate import evaluate
from shared.filters.topics import around
from shared.messages import CREATED, Enrichment, EntryChanged, EntryEnriched, Topic
from shared.records import Blog, Entry
from shared.subscriptions.record import Filter


def about(code: str, label: str) -> EntryEnriched:
    changed = EntryChanged(
        id="evt_1", source="s", blog=Blog(url=None), change=CREATED, entry=Entry(id="e", text="."), revision=1
    )
    return EntryEnriched(changed=changed, about=Enrichment(topics=(Topic(code=code, label=label),)))


ACCIDENT = about("20000139", "Accident and emergency incident")
DISASTERS = about("03000000", "Disaster, accident and emergency incident")


@pytest.mark.parametrize(
    ("asked", "event", "found"),
    [
        ("Disaster, accident and emergency incident", ACCIDENT, True),
        ("03000000", ACCIDENT, True),
        ("medtop:03000000", ACCIDENT, True),
        ("20000139", ACCIDENT, True),
        ("20000139", DISASTERS, False),
        ("accident", DISASTERS, True),
        ("emergency incident", ACCIDENT, True),
        ("Accidents", DISASTERS, True),
        ("disaster", DISASTERS, False),
        ("Sport", ACCIDENT, False),
    ],
)
def test_a_broad_topic_finds_what_lies_within(asked: str, event: EntryEnriched, found: bool) -> None:
    assert evaluate(Filter(topics=(asked,)), event, CREATED) is found


@pytest.mark.parametrize("code", ["", "03000000", "99999999", "x"])
def test_the_top_and_the_unknown_lie_within_nothing(code: str) -> None:
    assert around(code) is None
