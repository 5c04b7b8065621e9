"""AMP's live list, as its specification lays it down."""

from __future__ import annotations

from datetime import UTC, datetime

from services.parser.tests.pages import TESTDATA, read

PAGE = (TESTDATA / "amp.html").read_bytes()


def test_items() -> None:
    page = read(PAGE)
    first, second, gone = page.entries
    assert page.blog.format == "amp"
    assert (first.id, first.title) == ("item-3", "Ferries stop")
    assert first.text == "No ferry leaves Esbjerg.\n\nIn port"
    assert first.authors == ("Ana Roth", "Ole Friis")
    assert first.published_at == datetime(2026, 3, 1, 13, 0, tzinfo=UTC)
    assert first.updated_at == datetime(2026, 3, 1, 13, 10, tzinfo=UTC)
    assert (first.images[0].url, first.images[0].caption) == ("https://news.example/ferry.jpg", "In port")
    assert second.published_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "milliseconds are read too"
    assert (gone.id, gone.deleted) == ("item-1", True)
    assert page.more == ("https://news.example/live/storm?page=2",)
    assert not page.complete


def test_a_list_that_polls_is_live() -> None:
    disabled = PAGE.replace(b"<amp-live-list ", b"<amp-live-list disabled ")
    first = disabled[: disabled.index(b"<div pagination>")] + b"</amp-live-list></body></html>"
    assert read(PAGE).blog.live is True
    assert read(disabled).blog.live is None, "it may be a later page of a list that is live"
    assert read(first).blog.live is False


def test_ids_that_change_with_each_edit_are_not_believed() -> None:
    def item(edited: int, number: str) -> bytes:
        return (
            "<html><amp-live-list><div items>"
            f'<div class="liveblog-entry" id="post{edited}" data-sort-time="1772366400">'
            f"<header class='liveblog-meta-authors'><span class='liveblog-meta-author-name'>Ana Roth</span></header>"
            f"<div class='liveblog-entry-content'><p>Wind rises.</p>{number}</div></div></div></amp-live-list></html>"
        ).encode()

    [before], [after] = (read(item(at, "")).entries for at in (1772366400, 1772370000))
    assert before.id == after.id
    assert not before.id.startswith("post")
    assert (before.text, before.authors) == ("Wind rises.", ("Ana Roth",))
    share = '<amp-social-share data-param-url="https://news.example/live/amp/single/41"></amp-social-share>'
    assert read(item(1772366400, share)).entries[0].id == "41"
