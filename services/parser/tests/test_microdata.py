"""schema.org microdata, with news of our own invention."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.parser.formats.itemprops import with_mended_quotes
from services.parser.memo import Memo
from services.parser.tests.pages import TESTDATA, read

PAGE = (TESTDATA / "microdata.html").read_bytes()
UNMARKED = (TESTDATA / "microdata-unmarked.html").read_bytes()


def test_properties_of_an_entry_and_of_its_blog() -> None:
    page = read(PAGE)
    assert page.blog.format == "microdata"
    assert (page.blog.title, page.blog.authors) == ("Flood at Ribe: the dyke holds", ("Ana Roth",))
    assert page.blog.url == "https://news.example/live/flood"
    first, second = page.entries
    assert (first.id, first.title, first.authors) == ("12", "Gates stay shut", ("Ole Friis",))
    assert first.published_at == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert first.updated_at == datetime(2026, 3, 1, 12, 20, tzinfo=UTC)
    assert first.url == "https://news.example/live/flood#12"
    assert first.images[0].url == "https://img.example/gate.jpg"
    assert (second.id, second.title, second.authors) == ("11", "First water on the quay", ("Kim Dahl",))
    assert second.text == "The quay is closed.\n\nNobody is hurt."
    assert second.updated_at is None
    assert not page.complete


def test_a_raw_quote_in_an_attribute_does_not_cut_the_body_and_what_is_shown_keeps_its_paragraphs() -> None:
    first = read(PAGE).entries[0]
    assert first.text == 'The mayor said: "We sleep in shifts." The gates stay shut.\n\nBuses run again.'
    assert 'href="https://news.example/gates"' in first.html
    shown_nowhere = PAGE.replace(b'<div class="text">', b'<div class="text">Note. ')
    assert read(shown_nowhere).entries[0].text.startswith('The mayor said: "We sleep in shifts." The gates')


@pytest.mark.parametrize(
    ("tag", "mended"),
    [
        ('<meta itemprop="a" content="He said "no" twice" />', "He said &quot;no&quot; twice"),
        ('<meta content="a 5" pipe" itemprop="b">', "a 5&quot; pipe"),
        ('<meta itemprop="a" content="fine">', None),
        ("<meta itemprop='a' content='a \"fine\" one'/>", None),
        ("<meta content=bare itemprop='a' checked>", None),
    ],
)
def test_only_broken_attributes_are_mended(tag: str, mended: str | None) -> None:
    found = with_mended_quotes(f"<p>{tag}</p>")
    assert found == f"<p>{tag}</p>" if mended is None else f'content="{mended}"' in found


def test_the_pages_own_title_and_time_on_every_entry_are_not_believed() -> None:
    def entry(number: int, minute: int) -> str:
        return (
            '<div itemtype="http://schema.org/BlogPosting" itemprop="liveBlogUpdate" itemscope="itemscope">'
            '<p itemprop="headline" content="Storm latest"></p><meta itemprop="author" content="Ana Roth">'
            f'<meta itemprop="datePublished" content="2026-03-01T12:{minute:02}:00+01:00">'
            f'<h2 itemprop="articleBody">Call number {number}.</h2></div>'
        )

    def wrapped(*entries: str) -> bytes:
        inside = "".join(entries)
        return f'<html><div itemscope itemtype="https://schema.org/LiveBlogPosting">{inside}</div></html>'.encode()

    titled = read(wrapped(*(entry(number, number) for number in range(3)))).entries
    assert {one.title for one in titled} == {None}
    assert len({one.published_at for one in titled}) == 3
    assert {one.published_at for one in read(wrapped(*(entry(number, 5) for number in range(3)))).entries} == {None}


def test_coverage_that_ended_is_not_live() -> None:
    assert read(PAGE).blog.live is True
    assert read(PAGE, fetched_at=datetime(2026, 3, 3, tzinfo=UTC)).blog.live is False


def test_without_an_address_the_element_around_an_entry_names_it() -> None:
    page = PAGE.replace(b'<meta itemprop="url" content=https://news.example/live/flood#12></meta>', b"")
    assert "12_parent" in {entry.id for entry in read(page).entries}


def test_a_wrapper_without_properties_inside() -> None:
    page = read(UNMARKED, timezone="Europe/Copenhagen")
    assert [entry.id for entry in page.entries] == ["entry-903", "entry-902", "entry-901", "entry-900"]
    assert [entry.title for entry in page.entries] == ["Over", None, None, None]
    assert page.entries[0].text == "Vejle win the final."
    assert [entry.published_at for entry in page.entries] == [
        datetime(2026, 3, 1, 16, 45, tzinfo=UTC),
        datetime(2026, 3, 1, 16, 10, tzinfo=UTC),
        None,
        datetime(2026, 2, 28, 22, 50, tzinfo=UTC),
    ]


def test_unmarked_entries_in_lists_whose_times_no_class_names() -> None:
    page = b"""<html><section itemscope itemtype="https://schema.org/LiveBlogPosting"><h1>Final</h1><ul>
    <li id="4411"><div><b>21:05</b></div><div id="t4411">Over. <a href="/x">Report</a></div></li>
    <li id="4410"><div><b>20:44</b></div><div id="t4410">A goal at 20:43.</div></li>
    <li id="4409"><div></div><div id="t4409">Welcome.</div></li></ul></section></html>"""
    found = read(page, timezone="Europe/Copenhagen", fetched_at=datetime(2026, 3, 1, 21, 0, tzinfo=UTC)).entries
    assert read(page).blog.title == "Final"
    assert [(entry.id, entry.text) for entry in found] == [
        ("4411", "Over. Report"),
        ("4410", "A goal at 20:43."),
        ("4409", "Welcome."),
    ]
    assert found[0].published_at == datetime(2026, 3, 1, 20, 5, tzinfo=UTC)
    assert found[2].published_at is None


def test_bare_times_without_a_zone_stay_unknown_and_are_said_to_be() -> None:
    page = read(UNMARKED)
    assert [entry.published_at for entry in page.entries] == [None] * 4
    assert any("zone" in doubt.reason and doubt.count == 3 for doubt in page.doubts)


def test_a_page_full_of_links_is_no_knot() -> None:
    links = b"".join(b'<li><a href="/%d">%d</a></li>' % (number, number) for number in range(1_500))
    page = PAGE.replace(b"</body>", links + b"</body>")
    assert [entry.id for entry in read(page).entries] == ["12", "11"]


def test_entries_that_did_not_change_are_the_same_objects() -> None:
    memo = Memo()
    before = read(PAGE, memo=memo).entries
    after = read(PAGE.replace(b"Nobody is hurt", b"One is hurt"), memo=memo).entries
    assert after[0] is before[0]
    assert after[1].text.endswith("One is hurt.")
