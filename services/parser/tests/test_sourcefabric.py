"""Sourcefabric's API: pages of posts, what was withdrawn or not yet shown, and the blog itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from services.parser.tests.pages import read
from services.parser.tests.states import as_json, script
from services.parser.tests.test_json_models import post
from shared.records import Page

API = "https://api.example/api/client_blogs/56c5b34120dc360081f8e518/posts"


def answer(*posts: dict[str, Any], url: str = f"{API}?max_results=2&page=1", **meta: Any) -> Page:
    listing = {"_items": list(posts), "_meta": {"page": 1, "max_results": 2, "total": len(posts)} | meta}
    return read(json.dumps(listing).encode(), url=url, content_type="application/json")


def test_what_readers_were_never_shown_is_left_out_and_what_was_withdrawn_is_a_tombstone() -> None:
    page = answer(
        post("shown"),
        post("draft", post_status="draft"),
        post("comment", post_status="comment"),
        post("scheduled", published_date="2026-03-01T19:00:00+00:00"),
        post("withdrawn", post_status="draft", unpublished_date="2026-03-01T12:30:00+00:00"),
        post("deleted", deleted=True),
    )
    assert [(entry.id, entry.deleted) for entry in page.entries] == [
        ("urn:shown", False), ("urn:withdrawn", True), ("urn:deleted", True),
    ]  # fmt: skip


def test_the_order_that_editors_drag_is_not_the_order_of_times() -> None:
    early = post("early", order=99.5, published_date="2026-03-01T08:00:00+00:00")
    assert [entry.id for entry in answer(early, post("late", order=0.25)).entries] == ["urn:late", "urn:early"]


def test_further_pages() -> None:
    page = answer(post("a"), post("b"), total=5)
    assert page.more == (f"{API}?max_results=2&page=2", f"{API}?max_results=2&page=3")
    assert not page.complete
    assert not answer(post("a"), page=2, total=1).complete
    assert answer(post("a"), total=1).complete
    assert answer(post("a"), total="many").more == ()


def test_what_an_item_embeds() -> None:
    item = {
        "text": "<div>Look</div>",
        "item_type": "embed",
        "meta": {"original_url": "https://video.example/1", "title": "The dyke", "description": "At Ribe"},
        "commenter": "Ana Roth",
    }
    groups = [{"id": "main", "refs": [{"item": item}]}]
    entry = answer(post("a", groups=groups)).entries[0]
    assert (entry.links[0].url, entry.links[0].title, entry.authors) == (
        "https://video.example/1", "The dyke", ("Ana Roth",),
    )  # fmt: skip


BLOG = {
    "_id": "56c5b34120dc360081f8e518",
    "title": "Storm latest",
    "description": "<p>What is known</p>",
    "blog_status": "closed",
    "public_url": "https://news.example/live/storm",
    "start_date": "2026-03-01T08:00:00+00:00",
}


def test_the_blog_itself_leads_to_its_posts() -> None:
    page = read(json.dumps(BLOG).encode(), url=API.removesuffix("/posts"), content_type="application/json")
    assert (page.blog.title, page.blog.description, page.blog.live) == ("Storm latest", "What is known", False)
    assert (page.blog.url, page.more, page.entries) == (BLOG["public_url"], (API,), ())
    assert page.blog.published_at == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    assert not page.complete


def test_the_posts_that_an_embedded_blog_carries() -> None:
    state = {"blog": BLOG | {"blog_status": "open"}, "api_response": {"_items": [post("a")], "_meta": {"total": 1}}}
    page = read(script(f"window.LB = {as_json(state)};"))
    assert (page.blog.format, page.blog.title, page.blog.live) == ("sourcefabric", "Storm latest", True)
    assert [entry.id for entry in page.entries] == ["urn:a"]
