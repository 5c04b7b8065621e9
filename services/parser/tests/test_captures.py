"""Captured pages that are handed to developers beside the project: read from there, copied nowhere."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.parser.reading import read_page
from shared.records import Page

CAPTURES = Path(__file__).parents[4] / "shared" / "fixtures"


def captured(name: str, content_type: str, url: str | None = None) -> Page:
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"the captured page {name} is not beside the project")
    fetched_at = datetime(2026, 11, 1, tzinfo=UTC) if url else datetime(2024, 12, 22, 11, 0, tzinfo=UTC)
    return read_page(path.read_bytes(), url=url, content_type=content_type, fetched_at=fetched_at)


def test_the_independent_copied_as_text() -> None:
    page = captured("independent/page.txt", "text/plain")
    assert page.blog.authors == ("Tom Watling", "Stuti Mishra")
    assert page.blog.updated_at == datetime(2024, 12, 22, 10, 12, tzinfo=UTC)
    assert Counter(entry.authors for entry in page.entries) == {("Holly Evans",): 1, ("Tom Watling",): 9}
    assert [entry.published_at for entry in page.entries] == [
        datetime(2024, 12, 21, 1, 0, tzinfo=UTC),
        datetime(2024, 12, 21, 1, 0, tzinfo=UTC),
        datetime(2024, 12, 21, 0, 0, tzinfo=UTC),
        *(datetime(2024, 12, 20, hour, 0, tzinfo=UTC) for hour in (23, 22, 21, 20, 19, 18, 17)),
    ]
    assert all(len(entry.links) == 1 and entry.links[0].summary for entry in page.entries)
    assert [bool(entry.text) for entry in page.entries] == [True] + 9 * [False]
    whole = " ".join(f"{entry.title} {entry.text}" for entry in page.entries)
    assert "support" not in whole.lower()
    assert "commenting" not in whole


def test_reach_json_ld_and_dom() -> None:
    page = captured("mirror-reach/TheMirror_2024_08_05.html", "text/html")
    assert len(page.entries) == len({entry.id for entry in page.entries}) == 428
    assert page.entries[0].id == "751105"
    assert page.entries[0].published_at == datetime(2024, 8, 5, 20, 0, 18, 921000, tzinfo=UTC)
    assert page.blog.format == "jsonld+reach"
    assert Counter(entry.authors for entry in page.entries) == {
        (): 407,  # the byline of the page is no entry's author, nor is "KEY EVENT"
        ("Antony Clements-Thrower",): 10,
        ("Joseph Gamp",): 8,
        ("Sophie Bateman",): 3,
    }
    assert sum(entry.key_event for entry in page.entries) == 9
    assert sum(entry.updated_at is not None for entry in page.entries) == 88
    assert sum(not entry.text for entry in page.entries) == 18
    assert not any("&quot;" in entry.text or "&lt;" in entry.text for entry in page.entries)


def test_repubblica_json_ld_and_dom() -> None:
    page = captured("repubblica/Repubblica.it-Israele-Hamas.html", "text/html")
    assert len(page.entries) == len({entry.id for entry in page.entries}) == 79
    assert page.entries[0].published_at == datetime(2023, 11, 2, 15, 56, 32, tzinfo=UTC)
    assert {entry.id for entry in page.entries} == {f"419364605_event{number}" for number in range(1, 80)}
    assert not any("[[" in entry.text or "&ldquo;" in (entry.title or "") for entry in page.entries)


def test_ndtv_microdata() -> None:
    page = captured("ndtv/sports.ndtv.com-Cricket-World-Cup.html", "text/html")
    assert [entry.id for entry in page.entries] == [str(number) for number in range(80, 40, -1)]
    assert page.entries[0].published_at == datetime(2023, 11, 2, 15, 36, 52, tzinfo=UTC)
    assert page.entries[-1].published_at == datetime(2023, 11, 2, 10, 30, 24, tzinfo=UTC)
    assert all(entry.title and entry.text and entry.updated_at is None for entry in page.entries)
    assert {entry.authors for entry in page.entries} == {("NDTV Sports",)}
    assert page.entries[1].text.endswith('World Cups)," said Shami.'), "a raw quote ends the attribute too soon"
    assert not any(entry.images for entry in page.entries), "all have one and the same default picture"
    assert not page.complete, "the older half is not on the page"
    assert page.blog.live is False


def test_the_guardians_page_model() -> None:
    page = captured("guardian-dcr/Live.json", "application/json")
    assert len(page.entries) == 13
    assert all(len(entry.id) == 24 for entry in page.entries)
    assert Counter(entry.authors for entry in page.entries) == {(): 10, ("Natalie Grover",): 3}
    assert page.entries[0].title == "Summary"
    assert [entry.title for entry in page.entries[1:]] == [None] * 12
    assert page.entries[0].published_at == datetime(2021, 2, 19, 19, 30, 3, tzinfo=UTC)
    assert sum(entry.updated_at is not None for entry in page.entries) == 4
    assert [entry.title for entry in page.entries if entry.key_event] == ["Summary"]
    assert [len(entry.images) for entry in page.entries].count(1) == 3
    assert [link.url for entry in page.entries for link in entry.links] == [
        "https://www.youtube.com/watch?v=XmP56yBy-18"
    ]
    assert (page.complete, page.blog.live, page.poll_url) == (False, False, None)
    assert [url.rpartition("-")[2] for url in page.more] == ["603006048f08c3cb92a5ca64", "602fd0c48f08ad21ea600275"]


def test_sourcefabrics_api_without_its_draft() -> None:
    page = captured("sourcefabric/livebridge_posts.json", "application/json")
    assert len(page.entries) == 14
    assert all(entry.id.startswith("urn:newsml:") and entry.text and entry.authors for entry in page.entries)


AJE = "https://www.aljazeera.com/graphql"


def test_al_jazeeras_entry_that_moves_the_blog_to_the_next_day() -> None:
    page = captured("aje/LiveBlogUpdateQuery--4514963.json", "application/json", AJE)
    (entry,) = page.entries
    assert (entry.id, entry.title, entry.authors) == ("4514963", "Our coverage continues", ())
    assert entry.published_at == datetime(2026, 4, 22, 23, 59, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 4, 23, 0, 0, 50, tzinfo=UTC)
    assert len(entry.images) == 1
    assert page.blog.next_url is not None
    assert page.blog.next_url.startswith("https://www.aljazeera.com/news/liveblog/2026/4/23/")
    assert page.blog.live is False


def test_al_jazeeras_shell() -> None:
    page = captured("aje/ArchipelagoSingleLiveBlogQuery--shell-excerpt.json", "application/json", AJE)
    assert (page.entries, page.complete, page.blog.live) == ((), False, True)
    assert page.blog.published_at == datetime(2026, 4, 22, tzinfo=UTC)
