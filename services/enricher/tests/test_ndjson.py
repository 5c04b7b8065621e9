from __future__ import annotations

import json

import pytest

from services.enricher import ndjson
from services.enricher.ndjson import LineError, enrich_lines

ADDED = {
    "language", "places", "people", "organisations", "figures", "topics", "keywords", "urgency", "urgency_reasons",
    "story_id", "story_sources", "alert",
}  # fmt: skip


def lines(enricher, *values):
    encoded = [value if isinstance(value, bytes) else json.dumps(value).encode() for value in values]
    return [json.loads(line) for line in enrich_lines(encoded, enricher)]


def test_id_and_text_suffice_and_what_is_not_ours_is_kept(enricher):
    (entry,) = lines(enricher, {"id": "a", "text": "Sirens sounded in Kyiv.", "mine": [1]})
    assert entry.keys() == ADDED | {"id", "text", "mine"}
    assert entry["mine"] == [1]
    (place,) = entry["places"]
    assert place.keys() == {"name", "start", "end", "lat", "lon", "country", "geoname_id", "demonym"}


def test_what_parse_prints_is_read(enricher):
    blog = {"type": "blog", "url": None, "title": "Storm latest", "live": True, "authors": []}
    entry = {
        "type": "entry", "id": "a", "title": None, "text": "Ferries to Bergen are cancelled.", "html": "<p>…</p>",
        "authors": ["Ana Roth"], "published_at": "2026-03-01T12:00:00Z", "updated_at": None, "url": None,
        "key_event": True, "pinned": False, "deleted": False, "links": [{"url": None, "title": None, "summary": None}],
        "images": [],
    }  # fmt: skip
    first, second = lines(enricher, blog, entry)
    assert first == blog
    assert second["title"] is None
    assert any(reason["reason"] == "key_event" for reason in second["urgency_reasons"])


def test_the_blog_holds_for_what_follows(enricher):
    german = {"type": "blog", "url": None, "title": "Der Krieg in der Ukraine und die Lage in Kiew"}
    assert lines(enricher, german, {"id": "a", "text": "Update"})[1]["language"] == "de"


def test_blank_lines_are_passed_over(enricher):
    assert len(lines(enricher, b"", b"  \n", {"id": "a", "text": ""})) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"no json", "Line 2 is no JSON object"),
        (b"[1]", "Line 2 is no JSON object"),
        (b"\xff\xfe", "Line 2 is no JSON object"),
        (b'{"id":"b"}', 'Line 2 has no "text"'),
        (b'{"text":"b"}', 'Line 2 has no "id"'),
        (b'{"id":1,"text":"b"}', 'Line 2 has no "id" of type string'),
        (b'{"id":"b","text":"b","published_at":"yesterday"}', "Line 2 is no entry"),
        (b'{"type":"blog","title":7}', "Line 2 is no blog"),
    ],
)
def test_a_line_that_is_no_entry_is_named(enricher, line, says):
    with pytest.raises(LineError, match=says):
        lines(enricher, {"id": "a", "text": "fine"}, line)


def test_what_comes_before_the_bad_line_is_given_out(enricher):
    found = enrich_lines([b'{"id":"a","text":"fine"}', b"no json"], enricher)
    assert json.loads(next(found))["id"] == "a"
    with pytest.raises(LineError):
        next(found)


def test_a_line_too_long_is_named_and_not_read(enricher, monkeypatch):
    monkeypatch.setattr(ndjson, "MOST_LINE_BYTES", 100)
    with pytest.raises(LineError, match="Line 2 has more than 100 bytes"):
        lines(enricher, {"id": "a", "text": "Sirens."}, {"id": "b", "text": "x" * 100})
