"""What counts as a recording, and when each of its lines is played."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from livebell.replay.recording import DEMO, Recording, RecordingError, load_recording, read_recording

NINE = datetime(2026, 3, 4, 9, tzinfo=UTC)
BLOG = {"type": "blog", "title": "Ferry talks in Tallinn", "published_at": "2026-03-04T08:55:00Z"}


def entry(name: str, published: str | None, updated: str | None = None, **fields: Any) -> dict[str, Any]:
    stamp = "2026-03-04T{}:00Z".format
    return {
        "type": "entry",
        "id": name,
        "published_at": published and stamp(published),
        "updated_at": updated and stamp(updated),
        **fields,
    }


def reading(*lines: dict[str, Any]) -> Recording:
    return read_recording(b"\n".join(map(msgspec.json.encode, lines)))


def played(recording: Recording) -> list[tuple[str, str, str]]:
    return [(f"{each.at:%H:%M}", each.entry.id, each.entry.text) for each in recording.entries]


def test_revisions_are_played_when_they_were_edited_and_removed():
    recording = reading(
        BLOG,
        entry("a", "09:00", text="first"),
        entry("b", "09:10", text="other"),
        entry("a", "09:00", "09:20", text="second"),
        {"type": "entry", "id": "b", "deleted": True, "updated_at": "2026-03-04T09:15:00Z"},
    )
    assert played(recording) == [
        ("09:00", "a", "first"),
        ("09:10", "b", "other"),
        ("09:15", "b", ""),
        ("09:20", "a", "second"),
    ]
    assert recording.entries[2].entry.deleted


def test_an_entry_known_in_its_edited_form_alone_is_there_from_its_publication():
    recording = reading(BLOG, entry("a", "09:00", "09:30", text="edited"))
    assert played(recording) == [("09:00", "a", "edited"), ("09:30", "a", "edited")]
    assert [each.entry.updated_at for each in recording.entries] == [None, NINE + timedelta(minutes=30)]


def test_a_line_without_times_is_played_with_its_older_neighbour():
    newest_first = (entry("c", "09:20"), entry("b", None), entry("a", "09:00"), entry("z", None))
    assert [line[:2] for line in played(reading(BLOG, *newest_first))] == [
        ("09:00", "z"),
        ("09:00", "a"),
        ("09:00", "b"),
        ("09:20", "c"),
    ]


def test_entries_without_any_time_are_all_there_at_once():
    recording = reading(BLOG, entry("a", None), entry("b", None))
    assert [each.at for each in recording.entries] == [NINE - timedelta(minutes=5)] * 2


@given(st.permutations(range(6)), st.booleans())
def test_the_direction_of_the_file_does_not_matter(minutes: list[int], edited: bool):
    del minutes[4:]
    lines = [entry(f"e{minute}", f"09:0{minute}") for minute in sorted(minutes)]
    if edited:
        lines.append(entry(f"e{minutes[0]}", f"09:0{minutes[0]}", "09:09", text="edited"))
    assert reading(BLOG, *lines) == reading(BLOG, *reversed(lines))


def test_the_blog_closes_when_a_later_line_says_so_and_else_at_the_end():
    entries = entry("a", "09:00"), entry("b", "09:40")
    closing = {"type": "blog", "live": False, "updated_at": "2026-03-04T09:30:00Z"}
    assert f"{reading(BLOG, *entries, closing).closes:%H:%M}" == "09:30"
    assert f"{reading(BLOG, *entries).closes:%H:%M}" == "09:40"
    assert f"{reading(BLOG | {'live': False}, *entries).closes:%H:%M}" == "09:40"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no entry"),
        (b'{"type":"blog"}', "no entry"),
        (b'{"type":"entry","id":"a"}', 'line 1: the first line must be of type "blog"'),
        (b'{"type":"blog"}\n\n{"type":"entry","id":"a",', "line 3: "),
        (b'{"type":"blog"}\n{"type":"comment"}', "line 2: "),
        (b'{"type":"blog"}\n{"type":"entry","id":""}', "line 2: an entry without an id"),
        (b'{"type":"blog"}\n{"type":"entry","id":"a","text":"\xff"}', "line 2: "),
        (
            b'{"type":"blog"}\n{"type":"entry","id":"a","published_at":"2026-03-04T09:00:00"}',
            "line 2: published_at has no zone",
        ),
        (b'{"type":"blog"}\n{"type":"entry","id":"a","published_at":"yesterday"}', "line 2: "),
        (b"[" * 5000, "line 1: "),
    ],
)
def test_what_is_no_recording_says_where_and_why(data: bytes, message: str):
    with pytest.raises(RecordingError, match="^" + message.replace("(", r"\(")):
        read_recording(data)


def test_a_file_that_is_missing_or_a_folder_is_named(tmp_path):
    for path in (tmp_path / "none.ndjson", tmp_path):
        with pytest.raises(RecordingError, match=str(path)):
            load_recording(path)


def test_the_demo_recording_shows_everything_a_live_blog_does():
    recording = load_recording(DEMO)
    lines = [each.entry for each in recording.entries]
    by_id = {line.id: line for line in lines}
    assert len(by_id) >= 60
    assert len({author for line in lines for author in line.authors}) >= 4
    assert sum(line.updated_at is not None and not line.deleted for line in lines) >= 8
    assert sum(line.deleted for line in lines) >= 2
    assert any(line.pinned for line in lines)
    assert any(line.links and not line.text for line in lines)
    assert any(line.images and not line.text for line in lines)
    assert recording.blogs[-1].blog.live is False
    assert recording.closes == recording.ends
    addresses = [link.url or "" for line in lines for link in line.links] + [
        image.url for line in lines for image in line.images
    ]
    assert addresses
    assert all(".example.org/" in address for address in addresses)


def test_the_demos_blog_leads_to_no_page_that_is_not_there():
    assert {revision.blog.next_url for revision in load_recording(DEMO).blogs} == {None}
