"""What holds of every enrichment, whatever the entry."""

from __future__ import annotations

import msgspec

from shared.messages import Enrichment, enrichment_text
from shared.records import Entry


def check(entry: Entry, about: Enrichment) -> None:
    text = enrichment_text(entry)
    for found in (*about.places, *about.people, *about.organisations):
        assert 0 <= found.start < found.end <= len(text)
        assert text[found.start : found.end] == found.name
    for figure in about.figures:
        assert 0 <= figure.start < figure.end <= len(text)
        assert text[figure.start : figure.end] == figure.text
    starts = [place.start for place in about.places]
    assert starts == sorted(starts)
    assert len(about.alert) <= 120
    assert 0 <= about.urgency <= 1
    msgspec.json.encode(about)
