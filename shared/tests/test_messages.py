from __future__ import annotations

import msgspec
import pytest
from msgspec import Struct

from shared.messages import (
    EntryChanged,
    MalformedMessageError,
    SourceHealth,
    UnknownMessageError,
    decode,
    encode,
    event_id,
)
from shared.records import Blog, Entry


def changed() -> EntryChanged:
    return EntryChanged(
        id=event_id("storm", "post-1", 1),
        source="storm",
        blog=Blog(url="https://news.example/live/storm"),
        change="created",
        entry=Entry(id="post-1", text="The bridge at Vejle is closed."),
        revision=1,
    )


def test_a_message_comes_back_as_it_went() -> None:
    assert decode(encode(changed())) == changed()


def test_a_field_of_a_newer_version_is_ignored() -> None:
    newer = msgspec.msgpack.decode(encode(changed())) | {"mood": "calm"}
    assert decode(msgspec.msgpack.encode(newer)) == changed()


def test_a_kind_of_change_of_a_newer_version_is_a_message_all_the_same() -> None:
    health = SourceHealth(id="h", source="storm", url="u", change="throttled", since=1.0)
    assert decode(encode(health)) == health


def test_a_tag_of_a_newer_version_waits() -> None:
    class Newer(Struct, tag="entry.translated"):
        id: str

    with pytest.raises(UnknownMessageError, match="translated"):
        decode(msgspec.msgpack.encode(Newer(id="1")))


@pytest.mark.parametrize("body", [b"", b"xx", msgspec.msgpack.encode({"type": "entry.changed"}), b"\x81\xa1a"])
def test_bytes_that_are_no_message_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        decode(body)


def test_an_event_id_is_the_same_for_the_same_parts_and_keeps_parts_apart() -> None:
    assert event_id("a", "b", 1) == event_id("a", "b", 1)
    assert event_id("ab", "", 1) != event_id("a", "b", 1)
