from __future__ import annotations

from typing import Any

from livebell.client import events


def told(text: str) -> list[Any]:
    return list(events(iter(text.encode().splitlines(keepends=True))))


def test_server_sent_events_are_read_as_the_standard_says():
    text = ": hello\nid: 1\n\nevent: a\ndata: x\ndata:y\nid: 2\n\ndata: z\n\n"
    assert told(text) == [("message", "", "1"), ("a", "x\ny", "2"), ("message", "z", "2")]
