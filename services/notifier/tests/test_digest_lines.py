"""What of the withheld a digest tells: no server, plain values."""

from __future__ import annotations

from services.notifier.preferences.digest_lines import LINE_URL_CHARACTERS, NAME_CHARACTERS, is_withdrawn, line, ranked
from services.notifier.preferences.verdict import Held
from services.notifier.tests.news import enriched
from shared.messages import BlogChanged, Enrichment, EntryChanged, EntryEnriched, Passed, SourceHealth
from shared.records import Blog, Entry


def held(**rest: object) -> Held:
    return Held(**{"kind": "entry.created", "revision": 1, "at": 100.0, "urgency": 0.5} | rest)


def ferry(entry: Entry, *, blog: Blog | None = None, **rest: object) -> EntryEnriched:
    blog = blog or Blog(url="https://news.example/live", title="Storm latest")
    changed = EntryChanged(id="evt_1", source="storm", blog=blog, change="created", entry=entry, revision=1)
    return EntryEnriched(changed=changed, about=Enrichment(urgency=0.4, story_id="story-1"), **rest)


def test_the_most_urgent_come_first_and_of_these_the_newest() -> None:
    withheld = {
        "calm": held(urgency=0.1, at=900.0),
        "older": held(urgency=0.8, at=100.0),
        "b": held(urgency=0.8, at=200.0),
        "a": held(urgency=0.8, at=200.0),
    }
    assert ranked(withheld) == ["a", "b", "older", "calm"]


def test_withdrawn_is_what_nobody_was_told_of_and_is_gone() -> None:
    gone, there = enriched("x", change="deleted"), enriched("x", change="updated")
    assert is_withdrawn(held(), gone)
    assert not is_withdrawn(held(), there)
    assert not is_withdrawn(held(kind="entry.updated"), gone), "a subscriber who knows of it is told that it is gone"
    assert is_withdrawn(held(withdrawn=True), None), "where the event is no longer kept, what was noted counts"
    assert not is_withdrawn(held(), None)
    assert not is_withdrawn(held(withdrawn=True), there), "it came back"


def test_a_line_of_an_entry() -> None:
    entry = Entry(id="post-7", title="Ferries stop", text="Both piers are closed.", url="https://news.example/live#7")
    told = line(held(), ferry(entry, passed=Passed(seen=50.0)))
    assert (told.event, told.kind, told.source, told.at) == ("evt_1", "entry.created", "storm", 50.0)
    assert (told.title, told.text, told.url) == ("Ferries stop", "Both piers are closed.", entry.url)
    assert (told.blog, told.entry, told.urgency, told.story_id) == ("Storm latest", "post-7", 0.4, "story-1")


def test_a_line_is_bounded_and_an_address_is_whole_or_absent() -> None:
    address = "https://news.example/" + "y" * LINE_URL_CHARACTERS
    entry = Entry(id="p" * 2 * NAME_CHARACTERS, title="Ferries " * 90, text="Rain " * 900, url=address)
    told = line(held(), ferry(entry, blog=Blog(url=None, title="s" * 2 * NAME_CHARACTERS)))
    assert (len(told.entry or ""), len(told.blog or ""), told.url) == (NAME_CHARACTERS, NAME_CHARACTERS, None)
    assert len(told.title) <= 140
    assert len(told.text) <= 200
    assert told.at == 100.0, "an event that nobody saw the time of is as old as its being withheld"
    fits = Entry(id="p", title="t", url=address[:LINE_URL_CHARACTERS])
    assert line(held(), ferry(fits, blog=Blog(url=None))).url == fits.url
    assert line(held(), ferry(fits, blog=Blog(url=None))).blog is None


def test_lines_of_a_blog_and_of_a_source() -> None:
    blog = Blog(url="https://news.example/live", title="Storm latest", next_url="https://news.example/live-2")
    moved = line(held(kind="blog.moved"), BlogChanged(id="evt_2", source="storm", blog=blog, change="moved"))
    assert (moved.event, moved.source, moved.title, moved.url) == ("evt_2", "storm", "Live blog moved", blog.next_url)
    assert (moved.entry, moved.story_id) == (None, None)
    health = SourceHealth(id="evt_3", source="storm", url=blog.url, change="silent", since=0.0, reason="No entry.")
    assert line(held(kind="source.silent"), health).text == "No entry."
