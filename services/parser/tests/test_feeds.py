"""Atom, RSS and JSON Feed, with news of our own invention."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from services.parser.limits import ENTRIES
from services.parser.memo import Memo
from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import TESTDATA, read

ATOM = (TESTDATA / "atom.xml").read_bytes()
RSS = (TESTDATA / "rss.xml").read_bytes()
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def feed(page: bytes, **rest: Any) -> Any:
    return read(page, **({"content_type": "application/xml"} | rest))


def test_atom() -> None:
    page = feed(ATOM)
    first, second, gone = page.entries
    assert (page.blog.format, page.blog.title, page.blog.description) == ("atom", "Storm & flood", "As it happens")
    assert page.blog.url == "https://news.example/live/storm"
    assert page.more == ("https://news.example/live/storm.atom?page=2",)
    assert (first.id, first.title, first.authors) == ("tag:news.example,2026:storm/3", "Ferries stop", ("Ana Roth",))
    assert first.text == "No ferry leaves Esbjerg & Rømø.\n\nWait inside."
    assert first.html == "<p>No ferry leaves <b>Esbjerg</b> &amp; Rømø.</p><p>Wait&nbsp;inside.</p>"
    assert (first.published_at, first.updated_at) == (NOON, datetime(2026, 3, 1, 12, 10, tzinfo=UTC))
    assert first.url == "https://news.example/live/storm#3"
    assert first.images[0].url == "https://img.example/ferry.jpg"
    assert (second.title, second.text, second.authors) == (None, "Wind rises.", ()), "the feed's author is no entry's"
    assert (second.published_at, second.updated_at) == (datetime(2026, 3, 1, 11, 0, tzinfo=UTC), None)
    assert "alert" not in second.html
    assert (gone.id, gone.deleted) == ("tag:news.example,2026:storm/2", True)
    assert not page.complete


def test_a_feed_that_says_so_is_complete() -> None:
    said = b'<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/><entry>'
    page = ATOM.replace(b"<entry>", said, 1)
    assert feed(page).complete
    assert not feed(page[: page.rindex(b"<entry>") + 40]).complete, "a cut feed proves nothing"


def test_an_entry_posted_again_is_not_deleted() -> None:
    again = ATOM.replace(b'ref="tag:news.example,2026:storm/2"', b'ref="tag:news.example,2026:storm/1"')
    assert not any(entry.deleted for entry in feed(again).entries)


def test_rss() -> None:
    page = feed(RSS)
    first, second = page.entries
    assert (page.blog.format, page.blog.title) == ("rss", "Storm")
    assert page.more == ("https://news.example/live/storm.rss?page=2",)
    assert (first.id, first.url) == ("storm-3", "https://news.example/live/storm#3")
    assert first.text == "No ferry leaves Esbjerg.\n\nWait inside."
    assert first.authors == ("Ana Roth", "Ole Friis")
    assert (first.published_at, first.updated_at) == (NOON, datetime(2026, 3, 1, 12, 10, tzinfo=UTC))
    assert first.images[0].url == "https://img.example/ferry.jpg"
    assert second.id == second.url == "https://news.example/live/storm#2"
    assert (second.title, second.text, second.authors) == (None, "Rain & wind in Ribe", ("Kim Dahl",))


def test_rss_in_the_charset_that_it_declares() -> None:
    page = RSS.decode().replace("No ferry", "Ærø: no ferry").encode("iso-8859-1")
    assert feed(page).entries[0].text.startswith("Ærø: no ferry")


def test_a_charset_that_does_not_exist_is_none() -> None:
    declared = b'encoding="' + b"9" * 400 + b'"'
    assert len(feed(RSS.replace(b'encoding="ISO-8859-1"', declared)).entries) == 2


def test_rss_1_lists_its_items_beside_the_channel() -> None:
    page = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://news.example/rss"><title>Storm</title>
    <link>https://news.example/live/storm</link></channel><item rdf:about="https://news.example/live/storm#1">
    <title>Wind</title><link>https://news.example/live/storm#1</link><description>Wind rises.</description>
    <dc:date>2026-03-01T13:00:00+01:00</dc:date><dc:creator>Ana Roth</dc:creator></item></rdf:RDF>"""
    [entry] = feed(page).entries
    assert (entry.id, entry.title, entry.text) == ("https://news.example/live/storm#1", "Wind", "Wind rises.")
    assert (entry.published_at, entry.authors) == (NOON, ("Ana Roth",))


def test_json_feed() -> None:
    answer = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Storm",
        "home_page_url": "https://news.example/live/storm",
        "next_url": "https://news.example/feed.json?page=2",
        "expired": True,
        "authors": [{"name": "The Example"}],
        "items": [
            {
                "id": "3",
                "url": "https://news.example/live/storm#3",
                "title": "Ferries stop",
                "content_html": "<p>No ferry leaves.</p>",
                "date_published": "2026-03-01T13:00:00+01:00",
                "date_modified": "2026-03-01T12:10:00Z",
                "authors": [{"name": "Ana Roth"}],
                "image": "https://img.example/ferry.jpg",
            },
            {"id": 2, "content_text": "5 < 7 in Ribe\n\nWait.", "author": {"name": "Ole Friis"}},
        ],
    }
    page = feed(json.dumps(answer).encode(), content_type="application/feed+json")
    first, second = page.entries
    assert (page.blog.format, page.blog.live, page.blog.url) == ("jsonfeed", False, "https://news.example/live/storm")
    assert page.more == ("https://news.example/feed.json?page=2",)
    assert (first.id, first.text, first.authors) == ("3", "No ferry leaves.", ("Ana Roth",))
    assert (first.published_at, first.updated_at) == (NOON, datetime(2026, 3, 1, 12, 10, tzinfo=UTC))
    assert (second.id, second.text, second.authors) == ("2", "5 < 7 in Ribe\n\nWait.", ("Ole Friis",))


def test_pictures_in_the_text_and_beside_it_are_listed_once() -> None:
    picture = b'<p>No ferry leaves Esbjerg.</p><img src="https://img.example/ferry.jpg"><img src="/b.jpg" alt="B">'
    images = feed(RSS.replace(b"<p>No ferry leaves Esbjerg.</p>", picture)).entries[0].images
    assert [(image.url, image.alt) for image in images] == [
        ("https://img.example/ferry.jpg", None),
        ("https://news.example/b.jpg", "B"),
    ]


def test_entities_are_not_expanded_and_nothing_outside_is_read() -> None:
    bomb = b"<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    outside = b"<!DOCTYPE rss [<!ENTITY secret SYSTEM 'file:///etc/hostname'>]>"
    for declared in (bomb, outside):
        page = (
            b"<?xml version='1.0'?>"
            + declared
            + b"<rss><channel><item><title>&b;&secret;</title></item></channel></rss>"
        )
        with pytest.raises(NoLiveBlogError):
            feed(page)


def test_what_can_be_saved_of_a_broken_feed_is() -> None:
    cut = RSS[: RSS.index(b"Rain &amp;amp;")]
    assert [entry.id for entry in feed(cut).entries] == ["storm-3"]
    bare = RSS.replace(b"Rain &amp;amp; wind", b"Rain & wind \x01 of &eacute;t&eacute;")
    assert feed(bare).entries[1].text == "Rain & wind of été in Ribe"


def test_depth_count_and_size_are_bounded() -> None:
    started = time.monotonic()
    deep = b"<rss><channel>" + b"<item>" * 100_000
    many = b"<rss><channel>" + b"<item><guid>x</guid><title>y</title></item>" * 80_000
    for page in (deep, b"<feed>" + b"<a b='1'>" * 500_000):
        try:
            feed(page)
        except NoLiveBlogError:
            continue
    assert len(feed(many).entries) <= ENTRIES
    assert time.monotonic() - started < 20


def test_entries_that_did_not_change_are_the_same_objects() -> None:
    memo = Memo()
    before = feed(ATOM, memo=memo).entries
    after = feed(ATOM.replace(b"Wind rises", b"Wind falls"), memo=memo).entries
    assert after[0] is before[0]
    assert after[1].text == "Wind falls."
