"""One place in several spellings is one place, in filters and in events."""

from __future__ import annotations

import pytest

from shared.filters.evaluate import evaluate
from shared.filters.spellings import _usual
from shared.messages import CREATED, Enrichment, EntryChanged, EntryEnriched, Place
from shared.records import Blog, Entry
from shared.subscriptions.record import Filter


def named(place: str) -> EntryEnriched:
    entry = Entry(id="e", text=f"Sirens in {place}.")
    changed = EntryChanged(id="evt_1", source="s", blog=Blog(url=None), change=CREATED, entry=entry, revision=1)
    about = Enrichment(places=(Place(name=place, start=10, end=10 + len(place)),))
    return EntryEnriched(changed=changed, about=about)


@pytest.mark.parametrize(
    ("asked", "said", "found"),
    [
        ("Kyiv", "Kiev", True),
        ("Kiev", "Kyiv", True),
        ("kijów", "Kiew", True),
        ("Kurakhovo", "Kurakhove", True),
        ("Cologne", "Köln", True),
        ("Sana'a", "Sanaa", True),
        ("Kyiv", "Kharkiv", False),
        ("Odense", "Odessa", False),
    ],
)
def test_a_filter_finds_a_place_in_its_other_spellings(asked: str, said: str, found: bool) -> None:
    assert evaluate(Filter(places=(asked,)), named(said), CREATED) is found


def test_each_spelling_stands_for_one_place() -> None:
    usual = _usual()
    assert not usual.keys() & set(usual.values())
