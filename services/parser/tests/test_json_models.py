"""Pages that are JSON: the Guardian's model and Sourcefabric's API, with news of our own invention."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from services.parser.reading import read_page
from services.parser.tests.pages import NOW
from shared.records import Page

AT_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MS = int(AT_NOON.timestamp() * 1000)
WEB = "https://news.example/live/storm"


def read(model: object) -> Page:
    return read_page(json.dumps(model).encode(), url=None, content_type="application/json", fetched_at=NOW)


def block(name: str, **rest: Any) -> dict[str, Any]:
    text = {"_type": "model.dotcomrendering.pageElements.TextBlockElement", "html": "<p>Rain in Ribe.</p>"}
    return {"id": name, "elements": [text], "blockFirstPublished": MS, "blockLastUpdated": MS - 1000} | rest


def guardian(*blocks: dict[str, Any], pages: int = 2, **rest: Any) -> dict[str, Any]:
    return {
        "webURL": WEB,
        "headline": "Storm latest",
        "byline": "Ana Roth and Ole Friis",
        "blocks": list(blocks),
        "pagination": {"currentPage": 1, "totalPages": pages},
        "config": {"isLive": True},
    } | rest


def test_guardian_blocks() -> None:
    picture = {
        "_type": "model.dotcomrendering.pageElements.ImageBlockElement",
        "media": {"allImages": [{"url": "https://img.example/a.jpg"}]},
        "data": {"alt": "A dyke", "caption": "The dyke at Ribe"},
    }
    page = read(
        guardian(
            block("b1", title="Summary", contributors=[{"name": "Kim Dahl"}], attributes={"keyEvent": True}),
            block("b2", blockLastUpdated=MS + 60_000, elements=[picture]),
        )
    )
    first, second = page.entries
    assert (page.blog.format, page.blog.live, page.blog.authors) == ("guardian", True, ("Ana Roth", "Ole Friis"))
    assert (first.id, first.title, first.text, first.authors) == ("b1", "Summary", "Rain in Ribe.", ("Kim Dahl",))
    assert (first.published_at, first.updated_at, first.key_event) == (AT_NOON, None, True)
    assert first.url == f"{WEB}?page=with:block-b1#block-b1"
    assert second.updated_at == datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
    assert second.authors == (), "the page's byline is no entry's"
    assert (second.title, second.text, second.images[0].caption) == (None, "", "The dyke at Ribe")


def test_the_pinned_post_stands_beside_the_guardians_first_page() -> None:
    pinned = block("old", attributes={"pinned": True}, blockFirstPublished=MS - 3_600_000)
    page = read(guardian(block("b1"), pinnedPost=pinned))
    assert [(entry.id, entry.pinned) for entry in page.entries] == [("b1", False), ("old", True)]
    assert not page.complete
    assert read(guardian(block("b1"), pages=1)).complete


def post(name: str, **rest: Any) -> dict[str, Any]:
    item = {"text": "<b>Rain</b> in Ribe", "original_creator": {"display_name": "Ana Roth"}}
    return {
        "_id": f"urn:{name}",
        "post_status": "open",
        "published_date": "2026-03-01T12:00:00+00:00",
        "groups": [{"id": "root", "refs": [{"idRef": "main"}]}, {"id": "main", "refs": [{"item": item}]}],
    } | rest


def test_sourcefabric_posts_without_drafts_and_with_tombstones() -> None:
    posts = [
        post("a", sticky=True, lb_highlight=True, content_updated_date="2026-03-01T12:05:00+00:00"),
        post("draft", post_status="submitted"),
        post("gone", deleted=True),
    ]
    page = read({"_items": posts, "_meta": {"total": 3, "page": 1, "max_results": 20}})
    shown, gone = page.entries
    assert (shown.id, shown.text, shown.authors) == ("urn:a", "Rain in Ribe", ("Ana Roth",))
    assert (shown.pinned, shown.key_event) == (True, True)
    assert shown.updated_at == datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
    assert (gone.id, gone.deleted) == ("urn:gone", True)
    assert page.complete
    assert not read({"_items": posts, "_meta": {"total": 90}}).complete
