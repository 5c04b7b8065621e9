"""People, organisations and urgency on entries that were labelled by hand; see testdata/labelled.tsv for its form."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import pytest

from shared.records import Entry

HIGH, MIDDLE = 0.55, 0.2
"""Where urgency counts as high and as middle in these labels."""


class Labelled(NamedTuple):
    band: str
    entry: Entry
    people: list[str]
    organisations: list[str]


@pytest.fixture(scope="module")
def labelled(request):
    lines = (request.path.parent / "testdata" / "labelled.tsv").read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        if line.startswith("#"):
            continue
        band, flags, marked = line.split("\t")
        title, text = re.sub(r"[{}\[\]]", "", marked).split(" | ", 1)
        entry = Entry(id="1", title=title, text=text, key_event="k" in flags, pinned="p" in flags)
        found.append(Labelled(band, entry, re.findall(r"\{([^}]*)\}", marked), re.findall(r"\[([^\]]*)\]", marked)))
    assert len(found) >= 150
    return found


def scores(pairs):
    right = gold = found = 0
    for expected, got in pairs:
        right += (Counter(expected) & Counter(got)).total()
        gold, found = gold + len(expected), found + len(got)
    return right / found, right / gold


def test_people(enricher, labelled):
    pairs = [(one.people, [m.name for m in enricher.enrich(one.entry).people]) for one in labelled]
    precision, recall = scores(pairs)
    assert precision >= 0.95
    assert recall >= 0.9


def test_organisations(enricher, labelled):
    pairs = [(one.organisations, [m.name for m in enricher.enrich(one.entry).organisations]) for one in labelled]
    precision, recall = scores(pairs)
    assert precision >= 0.9
    assert recall >= 0.85


def test_urgency_tells_the_bands_apart(enricher, labelled):
    rated = [(one.band, enricher.enrich(one.entry).urgency) for one in labelled]
    right = sum(band == ("high" if u >= HIGH else "middle" if u >= MIDDLE else "low") for band, u in rated)
    assert right >= 0.85 * len(rated)
    high = [u for band, u in rated if band == "high"]
    low = [u for band, u in rated if band == "low"]
    assert min(high) > max(low), "No comment may outrank an attack."


def test_urgency_explains_itself(enricher, labelled):
    for one in labelled:
        about = enricher.enrich(one.entry)
        text = f"{one.entry.title}\n\n{one.entry.text}".lower()
        assert 0 <= about.urgency <= 1
        for reason in about.urgency_reasons:
            assert reason.words or reason.reason in ("key_event", "pinned")
            assert all(word.lower() in text for word in reason.words)


def test_flags_raise_urgency(enricher):
    plain = Entry(id="1", text="The council has met.")
    key = Entry(id="1", text="The council has met.", key_event=True)
    assert enricher.enrich(key).urgency > enricher.enrich(plain).urgency


def test_casualties_weigh_by_their_number(enricher):
    def urgency(count):
        return enricher.enrich(Entry(id="1", text=f"The storm has left {count} people dead.")).urgency

    assert urgency("two") < urgency("40") <= urgency("1,400")
