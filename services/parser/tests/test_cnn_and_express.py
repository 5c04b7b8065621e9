"""CNN's two layouts and the Express's, with news of our own invention."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.parser.clean import names
from services.parser.tests.pages import TESTDATA, read


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 3, 1, hour, minute, tzinfo=UTC)


def test_cnns_layout() -> None:
    page = read((TESTDATA / "cnn.html").read_bytes())
    first, second = page.entries
    assert (page.blog.format, page.blog.title) == ("cnn", "Storm latest")
    assert (first.id, first.title, first.pinned) == ("cm1x9", "What we know", True)
    assert first.url == "https://news.example/live-news/storm?post-id=cm1x9"
    assert first.authors == ("Ana Roth", "Ole Friis")
    assert first.text == "On the coast\n\nNo ferry leaves Esbjerg.\n\nWait inside."
    assert (second.id, second.text) == ("h_0123456789abcdef", "Roads are blocked.")
    assert [entry.published_at for entry in page.entries] == [at(12, 30), at(12, 0)]


def test_cnns_older_layout_and_its_shown_times() -> None:
    page = read((TESTDATA / "cnn-older.html").read_bytes())
    assert [entry.id for entry in page.entries] == ["h_a3", "h_a2", "h_a1"]
    assert [entry.title for entry in page.entries] == ["Ferries stop", "Trees are down", "Wind rises"]
    assert [entry.published_at for entry in page.entries] == [at(16, 55), at(14, 33), at(5, 9)]
    assert page.entries[0].text == "No ferry leaves.\n\nWait inside."
    assert page.entries[0].authors == ("Ana Roth",)


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("From CNN's Ana Roth and Ole Friis", ("Ana Roth", "Ole Friis")),
        ("From CNN’s Ana Roth in Ribe", ("Ana Roth",)),
        ("By Ana Roth, CNN's Ole Friis and Kim O'Hara", ("Ana Roth", "Ole Friis", "Kim O'Hara")),
        ("Ana Roth", ("Ana Roth",)),
    ],
)
def test_bylines(line: str, people: tuple[str, ...]) -> None:
    assert names(line) == people


def test_the_express() -> None:
    page = read((TESTDATA / "express.html").read_bytes())
    first, second = page.entries
    assert page.blog.format == "jsonld+express"
    assert (first.id, first.authors, first.published_at, first.updated_at) == (
        "live-9f2", ("Ana Roth",), at(12, 40), at(12, 50),
    )  # fmt: skip
    assert (second.id, second.authors, second.key_event, second.updated_at) == ("live-9f1", (), True, None)
    assert (second.title, second.text) == ("Wind rises", "Stay at home.")
    assert first.published_at == page.blog.published_at, "the page's own time is its newest entry's, and stays that"


def test_without_counted_times_the_express_shows_how_long_ago() -> None:
    page = (TESTDATA / "express.html").read_bytes()
    bare = page[page.index(b"</head>") :].replace(b'data-sort-time="1772368800"', b'data-sort-time=""')
    found = read(b"<html>" + bare)
    assert next(entry for entry in found.entries if entry.id == "live-9f2").published_at == at(17, 39)
