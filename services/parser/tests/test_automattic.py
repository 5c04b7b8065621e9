"""WordPress's Liveblog: its page, and what its endpoints answer, as the plugin writes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.parser.reading import NoLiveBlogError
from services.parser.tests.pages import NOW, TESTDATA, html, live_blog, read, update
from shared.records import Page

PAGE = (TESTDATA / "automattic.html").read_bytes()
API = "https://news.example/wp-json/liveblog/v1/77"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECONDS = int(NOON.timestamp())


def comment(name: int, **rest: Any) -> dict[str, Any]:
    return {
        "id": str(name),
        "type": "new",
        "render": "<p>The bridge at <b>Vejle</b> is closed.</p>",
        "content": "The bridge at Vejle is closed.",
        "css_classes": f"liveblog-entry liveblog-entry-class-{name}",
        "timestamp": str(SECONDS),
        "authors": [{"id": 1, "key": "ana", "name": "Ana Roth", "avatar": "<img>"}, {"name": "Ole Friis"}],
        "entry_time": str(SECONDS),
        "share_link": f"https://news.example/live/storm/#{name}",
        "key_event": False,
    } | rest


def answered(*entries: dict[str, Any], url: str = f"{API}/entries/1/2/", **rest: Any) -> Page:
    body = {"entries": list(entries), "latest_timestamp": SECONDS, "refresh_interval": 10, "pages": 3} | rest
    return read(json.dumps(body).encode(), url=url, content_type="application/json")


def test_an_entry_of_the_endpoint() -> None:
    page = answered(comment(5, key_event=True))
    [entry] = page.entries
    assert (page.blog.format, page.blog.url) == ("automattic-api", "https://news.example/live/storm/")
    assert (entry.id, entry.text, entry.key_event) == ("5", "The bridge at Vejle is closed.", True)
    assert entry.html == "<p>The bridge at <b>Vejle</b> is closed.</p>"
    assert entry.authors == ("Ana Roth", "Ole Friis")
    assert (entry.published_at, entry.updated_at) == (NOON, None)
    assert entry.url == "https://news.example/live/storm/#5"
    assert not page.complete


def test_an_edit_keeps_the_id_and_the_time_of_what_it_replaces() -> None:
    edit = comment(5, type="update", render="<p>It is open.</p>", timestamp=str(SECONDS + 600))
    [entry] = answered(comment(5), edit).entries
    assert (entry.id, entry.text, entry.published_at) == ("5", "It is open.", NOON)
    assert entry.updated_at == datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
    [named] = answered(comment(9, replaces="5", type="update", timestamp=str(SECONDS + 600))).entries
    assert named.id == "5"


def test_an_editors_command_marks_the_entry_and_is_not_part_of_it() -> None:
    command = '<p><span class="liveblog-command type-key">key</span> The bridge is closed.</p>'
    [entry] = answered(comment(5, render=command)).entries
    assert (entry.text, entry.key_event) == ("The bridge is closed.", True)
    shown = PAGE.replace(b"<p>Wind rises", command.encode()[:-4] + b"<p>Wind rises")
    second = read(shown).entries[1]
    assert (second.text.split(" ")[0], second.key_event) == ("The", True)


def test_a_deletion_is_a_tombstone_whatever_was_before() -> None:
    gone = comment(5, type="delete", render="", content="", timestamp=str(SECONDS + 900))
    [entry] = answered(comment(5), comment(5, type="update", timestamp=str(SECONDS + 600)), gone).entries
    assert (entry.id, entry.deleted) == ("5", True)


def test_pages_of_the_listing() -> None:
    first = f"{API}/get-entries/1/0-0"
    page = answered(comment(5), url=first, page=1, pages=3)
    assert page.more == (f"{API}/get-entries/2/0-0", f"{API}/get-entries/3/0-0")
    assert not page.complete
    assert answered(comment(5), url=first, page=1, pages=1).complete
    since = answered(comment(5), url=f"{API}/get-entries/1/5-{SECONDS}", page=1, pages=1)
    assert not since.complete, "newer entries than the last known one are left out of it"


def test_an_answer_without_entries_is_a_live_blog_with_nothing_new() -> None:
    assert answered(pages=False).entries == ()
    with pytest.raises(NoLiveBlogError):
        read(b'{"entries": []}', content_type="application/json")
    with pytest.raises(NoLiveBlogError):
        read(b'{"entries": [{"id": 1, "title": "Another API"}]}', content_type="application/json")


def test_the_first_versions_answer_with_the_markup_of_their_pages() -> None:
    markup = (
        f'<div id="liveblog-entry-5" class="liveblog-entry" data-timestamp="{SECONDS}"><header>'
        '<span class="liveblog-author-name">Ana Roth</span></header>'
        '<div class="liveblog-entry-text"><p>Rain.</p></div></div>'
    )
    [entry] = answered({"id": 5, "type": "new", "html": markup}).entries
    assert (entry.id, entry.text, entry.authors, entry.published_at) == ("5", "Rain.", ("Ana Roth",), NOON)


def test_the_page_shows_entries_and_says_where_to_poll() -> None:
    page = read(PAGE)
    first, second = page.entries
    assert (page.blog.live, page.blog.url) == (True, "https://news.example/live/storm/")
    assert page.poll_url == f"{API}/get-entries/1/0-0"
    assert (first.id, first.authors, first.key_event) == ("103", ("Ana Roth",), True)
    assert first.text == "The bridge at Vejle is closed.\n\nTrains turn back."
    assert first.published_at == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert first.images == (), "the author's picture is none of the entry's"
    assert (second.id, second.authors) == ("101", ("Ole Friis",))


def test_an_archived_blog_is_closed() -> None:
    assert read(PAGE.replace(b'"state":"enable"', b'"state":"archive"')).blog.live is False
    shown = PAGE[PAGE.index(b"<div id") :].replace(
        b'<div id="liveblog-entries">', b'<div id="liveblog-entries" data-is-archived="true">'
    )
    assert read(shown).blog.live is False


def test_a_page_whose_scripts_fetch_the_entries_has_them_in_json_ld_under_the_same_ids() -> None:
    script = PAGE[PAGE.index(b"<script>") : PAGE.index(b"</script>") + 9].decode()
    page = read(
        html(live_blog(update("103"), update("101")), body=script + '<div id="wpcom-liveblog-container"></div>')
    )
    assert [entry.id for entry in page.entries] == ["103", "101"]
    assert page.poll_url == f"{API}/get-entries/1/0-0"
    alone = read(f'<html><div id="wpcom-liveblog-container">{script}</div></html>'.encode(), fetched_at=NOW)
    assert (alone.entries, alone.blog.live) == ((), True)


def test_the_newest_template() -> None:
    card = (
        '<html><article id="liveblog-entry-7" class="liveblog-entry liveblog-entry-card" data-entry-id="7" '
        f'data-timestamp="{SECONDS}"><header class="liveblog-card-header">'
        '<span class="liveblog-card-author">Ana Roth</span>'
        '<time datetime="2026-03-01T12:00:00+00:00">6 hours ago</time></header>'
        '<div class="liveblog-entry-content liveblog-card-content"><p>Rain.</p></div></article></html>'
    )
    [entry] = read(card.encode()).entries
    assert (entry.id, entry.text, entry.authors, entry.published_at) == ("7", "Rain.", ("Ana Roth",), NOON)
