"""What is shown of a page before it is watched."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.parser.preview import SHOWN_CHARACTERS, SHOWN_ENTRIES, preview
from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import NOW, URL, html, live_blog, update
from shared.sources.preview import Preview


def shown(page: bytes, **rest: object) -> Preview:
    wanted = {"url": URL, "content_type": "text/html", "fetched_at": NOW, "timezone": None} | rest
    return preview(page, **wanted)  # type: ignore[arg-type]


def test_counts_and_the_newest_entries() -> None:
    updates = [update(str(n), datePublished=f"2026-03-01T12:0{n}:00Z") for n in range(7)]
    page = html(live_blog(*updates))
    found = shown(page, against=("robots.txt disallows it.",))
    assert (found.format, found.title, found.url, found.bytes) == ("jsonld", "Storm latest", URL, len(page))
    assert (found.entries, found.with_times) == (7, 7)
    noon = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert (found.oldest_at, found.newest_at) == (noon, noon.replace(minute=6))
    assert [entry.title for entry in found.newest] == [f"Report {n}" for n in (6, 5, 4, 3, 2)]
    assert len(found.newest) == SHOWN_ENTRIES
    assert found.doubtful[0] == "robots.txt disallows it."


def test_entries_without_times_are_counted_and_doubted() -> None:
    found = shown(html(live_blog(update("1", datePublished=None), update("2", datePublished="soon"), update("3"))))
    assert (found.entries, found.with_times, found.oldest_at) == (3, 1, found.newest_at)
    assert any("2 of 3" in doubt for doubt in found.doubtful)


def test_an_entry_without_a_title_shows_its_words_and_never_too_many() -> None:
    page = html(
        live_blog(update("1", headline=None, articleBody="Rain  in\n\nRibe. " * 40), update("2", headline="Short"))
    )
    long, short = sorted((entry.title for entry in shown(page).newest), key=len, reverse=True)
    assert long.startswith("Rain in Ribe. Rain")
    assert (len(long), long[-1], short) == (SHOWN_CHARACTERS, "…", "Short")


def test_a_page_without_a_live_blog_is_refused() -> None:
    with pytest.raises(NoLiveBlogError):
        shown(b"<html><body><p>Nothing here.</p></body></html>")
