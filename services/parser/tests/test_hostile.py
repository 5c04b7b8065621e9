"""Pages made to crash, stall or flood whoever reads them: each is bounded, and what can be saved of it is."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st

from services.parser import document, doubts
from services.parser.limits import BODY_CHARACTERS, ENTRIES, PAGE_BYTES
from services.parser.memo import Memo
from services.parser.reading import NoLiveBlogError
from services.parser.tests.fuzz import check, play, seeds
from services.parser.tests.pages import html, live_blog, read, update

SEEDS = list(seeds())
STALLING = {
    "tags that do not close": lambda: update("a1", articleBody="<a" * 100_000),
    "nested div": lambda: update("a1", articleBody="<div>" * 40_000 + "x"),
    "nested list": lambda: update("a1", articleBody="<ul><li>" * 20_000 + "x"),
    "nested formatting": lambda: update("a1", articleBody="".join(f"<b id={n}><p>" for n in range(10_000))),
    "white space": lambda: update("a1", articleBody="\n \r" * 60_000 + "x"),
    "placeholders": lambda: update("a1", articleBody="[[a" * 60_000 + "x"),
    "entities": lambda: update("a1", articleBody="&amp;" * 40_000 + "x"),
    "an address without end": lambda: update("a1", url="http://[" + "a" * 100_000),
    "a number without end": lambda: update("a1", datePublished=10**400),
    "half a character": lambda: update("a1", **{"@id": "https://news.example/y#a\ud800b"}),
}


@pytest.mark.parametrize("make", STALLING.values(), ids=STALLING)
def test_an_entry_made_to_stall_is_read_within_its_time(make: Callable[[], dict[str, object]]) -> None:
    started = time.process_time()
    page = read(html(live_blog(make(), update("b2", headline="The other"))))
    assert time.process_time() - started < 2.0
    assert "The other" in [entry.title for entry in page.entries]
    assert all(len(entry.text) <= BODY_CHARACTERS for entry in page.entries)


@pytest.mark.parametrize(
    "body",
    ["<div>" * 600_000, "<b id=x><p>" * 200_000, "<ul><li>" * 200_000, "<article id=z data-tombstone>" * 100_000],
)
def test_a_knotted_page_still_gives_its_embedded_data(body: str) -> None:
    started = time.process_time()
    page = read(html(live_blog(update("a1"), update("b2")), body=body))
    assert time.process_time() - started < 2.0
    assert [entry.id for entry in page.entries] == ["a1", "b2"]
    assert doubts.TANGLED in {doubt.reason for doubt in page.doubts}


def test_more_entries_than_we_read_are_said_to_be() -> None:
    page = read(html(live_blog(*({"headline": f"Report {n}"} for n in range(ENTRIES + 5)))))
    assert len(page.entries) == ENTRIES
    assert doubts.TOO_MANY in {doubt.reason for doubt in page.doubts}


def test_a_page_larger_than_we_read_is_cut_and_said_to_be() -> None:
    page = read(html(live_blog(update("a7"))) + b" " * PAGE_BYTES)
    assert [doubt.reason for doubt in page.doubts] == [doubts.TOO_LARGE]


DEEP = '{"@type": "LiveBlogPosting", "about": ' + "[" * 10_000 + "]" * 10_000 + "}"


@pytest.mark.parametrize("damaged", [DEEP, '{"@type": "LiveBlogPosting", "headline": "cut o'])
def test_data_that_cannot_be_read_is_named_and_the_rest_is_read(damaged: str) -> None:
    script = f'<script type="application/ld+json">{damaged}</script>'
    page = read(html(live_blog(update("a7")), body=script))
    assert [entry.id for entry in page.entries] == ["a7"]
    assert {doubt.reason: doubt.count for doubt in page.doubts} == {doubts.BROKEN_DATA: 1}


def test_damaged_characters_are_counted() -> None:
    whole = html(live_blog(update("a7", headline="Caf§§s")), body="<p>" + "é" * 40)
    page = read(whole.replace(rb"\u00a7", b"\xff").replace("§".encode(), b"\xff"))
    assert page.entries[0].title == "Caf\ufffd\ufffds"
    assert {doubt.reason: doubt.count for doubt in page.doubts} == {doubts.BROKEN_TEXT: 2}


def test_two_entries_with_one_id_are_two_and_named() -> None:
    page = read(html(live_blog(update("a7", headline="The one"), update("a7", headline="The other"))))
    assert sorted(entry.title or "" for entry in page.entries) == ["The one", "The other"]
    assert {doubt.reason: doubt.count for doubt in page.doubts} == {doubts.NO_ID: 2}


def test_what_is_doubtful_is_counted() -> None:
    page = read(
        html(
            live_blog(
                {"headline": "One", "datePublished": "2026-03-01T12:00:00"},
                {"headline": "Two", "datePublished": "9999-12-31T00:00:00Z"},
                {"headline": "Three", "datePublished": "a while back"},
                update("a7"),
            )
        )
    )
    assert {doubt.reason: doubt.count for doubt in page.doubts} == {
        doubts.NO_ZONE: 1,
        doubts.IMPLAUSIBLE: 1,
        doubts.UNREADABLE: 1,
        doubts.NO_TIME: 3,
        doubts.NO_ID: 3,
    }


@pytest.mark.parametrize("charset", ["undefined", "unicode_escape", "punycode", "zlib", "no-such"])
def test_a_charset_that_is_none_is_passed_over(charset: str) -> None:
    [entry] = read(html(live_blog(update("a7"))), content_type=f"text/html; charset={charset}").entries
    assert entry.title == "Report a7"


@pytest.mark.parametrize("text", [b"a\n" * 500_000, b"Tt\nAna Roth1 March 2026 14:30\n" * 50_000, b"T x" * 1_000_000])
def test_text_without_end_is_read_within_its_time(text: bytes) -> None:
    started = time.process_time()
    try:
        page = read(text, content_type="text/plain")
    except NoLiveBlogError:
        page = None
    assert time.process_time() - started < 4.0
    assert page is None or len(page.entries) <= ENTRIES


@given(st.integers(0, 10**9))
@settings(max_examples=250, deadline=None)
def test_damaged_pages_are_read_or_refused(seed: int) -> None:
    play(seed, SEEDS)


def test_the_undamaged_pages_are_live_blogs() -> None:

    assert all(check(page, content_type, Memo()) for page, content_type in SEEDS)


class Ticking:
    """A clock that moves on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.parametrize(("page", "content_type"), SEEDS)
def test_a_page_whose_time_runs_out_anywhere_is_read_in_part_and_says_so(
    page: bytes, content_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = read(page, content_type=content_type).entries
    counts = set()
    for seconds in (*range(30), 10_000):
        monkeypatch.setattr(document, "time", Ticking())
        monkeypatch.setattr(document, "READING_SECONDS", float(seconds))
        try:
            found = read(page, content_type=content_type)
        except NoLiveBlogError:
            counts.add(0)
            continue
        counts.add(len(found.entries))
        if found.entries != whole:
            assert doubts.TOO_SLOW in {doubt.reason for doubt in found.doubts}
            assert len(found.entries) <= len(whole)
    assert len(whole) in counts
