"""Live blogs that are posted to, edited and deleted from, rendered as each format would show them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from html import escape
from typing import Any

from msgspec import Struct

from services.parser.tests import renderings
from services.parser.tests.pages import URL, html, live_blog
from services.parser.tests.posts import Post, in_ms, update


class Format(Struct, frozen=True, kw_only=True):
    """`render` takes the posts that are listed, in the page's order, and those that were removed."""

    render: Callable[[Sequence[Post], Sequence[Post]], bytes]
    content_type: str = "text/html; charset=utf-8"
    identifier: Callable[[Post], str] | None = None
    """The id that an entry must come out with; None where the page gives none that is stable."""
    tombstones: bool = False
    complete: bool = False
    """The page proves that it lists everything, so it is never cut."""
    titles: bool = True
    """It knows titles; where it does not, they stand at the head of the text."""
    url: str = URL
    least: int = 1
    """Of fewer entries a page of this kind is not taken for a live blog."""
    newest_first: bool = False
    """Its times are bare, so that their order must be that of the posts."""


def jsonld(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    gone = "".join(f'<article id="{post.number}00" data-tombstone></article>' for post in removed)
    pinned = "".join(f'<article id="{post.number}00" data-pinned></article>' for post in posts if post.pinned)
    return html(live_blog(*(update(post, url=f"{URL}#{post.number}00") for post in posts)), body=gone + pinned)


def jsonld_positional(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    return html(live_blog(*(update(post, url=f"{URL}#post{at}") for at, post in enumerate(posts, 1))))


def jsonld_without_ids(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    return html(live_blog(*(update(post) for post in posts)))


def reach(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    """All in JSON-LD under the page's byline, the first three in the DOM with their authors."""
    byline = [{"@type": "Person", "name": name} for name in ("Ana Roth", "Ole Friis", "Kim Dahl")]
    updates = (update(post, url=f"{URL}#7{post.number:05}", author=byline) for post in posts)
    shown = "".join(
        f'<div class="live-event-entry" id="7{post.number:05}" data-type="default" data-post-time="{in_ms(post.at)}" '
        f'data-last-modified-time="{in_ms(post.edited_at)}"><div class="entry-info"><mark>{post.author}</mark></div>'
        f'<div class="entry-content"><h3>{escape(post.title)}</h3><p>{escape(post.text)}</p></div></div>'
        for post in posts[:3]
    )
    return html(live_blog(*updates, author=byline), body=shown)


def repubblica(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    """Ids in the DOM alone, and a false Z on its times."""
    shown = "".join(
        f'<section class="liveblog__post" id="4193_event{post.number}"><time class="liveblog__post__pubdate" '
        f'datetime="{post.at + timedelta(hours=1):%Y-%m-%dT%H:%MZ}">x</time><div class="liveblog__post__content">'
        f'<h2 class="liveblog__post__title"><p>{escape(post.title)}</p></h2><p>{escape(post.text)}</p></div></section>'
        for post in posts
    )
    return html(live_blog(*(update(post) for post in posts)), body=shown)


def guardian(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    element = "model.dotcomrendering.pageElements.TextBlockElement"
    blocks = [
        {
            "id": f"{post.number:024x}",
            "title": escape(post.title),
            "elements": [{"_type": element, "html": f"<p>{escape(post.text)}</p>"}],
            "blockCreatedOn": in_ms(post.at),
            "blockFirstPublished": in_ms(post.at),
            "blockLastUpdated": in_ms(post.edited_at),
            "attributes": {"pinned": post.pinned, "keyEvent": False, "summary": False},
            "contributors": [{"name": post.author}],
        }
        for post in posts
    ]
    page = {"currentPage": 1, "totalPages": 4}
    model = {
        "webURL": URL,
        "headline": "Storm latest",
        "blocks": blocks,
        "pagination": page,
        "config": {"isLive": True},
    }
    return json.dumps(model).encode()


def sourcefabric(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    def item(post: Post) -> dict[str, Any]:
        return {
            "_id": f"urn:newsml:blog:{post.number}",
            "headline": escape(post.title),
            "groups": [
                {"id": "main", "refs": [{"item": {"text": f"<p>{escape(post.text)}</p>", "item_type": "text"}}]}
            ],
            "published_date": post.at.isoformat(),
            "content_updated_date": post.edited_at.isoformat(),
            "post_status": "open",
            "deleted": post.deleted,
            "sticky": post.pinned,
        }

    items = [item(post) for post in (*posts, *removed)]
    return json.dumps({"_items": items, "_meta": {"page": 1, "total": 10_000}}).encode()


FORMATS = {
    "jsonld": Format(render=jsonld, identifier=lambda post: f"{post.number}00", tombstones=True),
    "jsonld, positional ids": Format(render=jsonld_positional),
    "jsonld, no ids": Format(render=jsonld_without_ids),
    "reach": Format(render=reach, identifier=lambda post: f"7{post.number:05}"),
    "repubblica": Format(render=repubblica, identifier=lambda post: f"4193_event{post.number}"),
    "guardian": Format(render=guardian, content_type="application/json", identifier=lambda post: f"{post.number:024x}"),
    "sourcefabric": Format(
        render=sourcefabric,
        content_type="application/json",
        identifier=lambda post: f"urn:newsml:blog:{post.number}",
        tombstones=True,
    ),
    "microdata": Format(render=renderings.microdata, identifier=lambda post: f"{post.number}00"),
    "amp": Format(render=renderings.amp, identifier=lambda post: f"item{post.number}x", tombstones=True),
    "automattic": Format(
        render=renderings.automattic_page, identifier=lambda post: f"{post.number + 500}", titles=False
    ),
    "automattic-api": Format(
        render=renderings.automattic_endpoint,
        content_type="application/json",
        identifier=lambda post: f"{post.number + 500}",
        tombstones=True,
        titles=False,
        url=f"{renderings.SITE}/wp-json/liveblog/v1/77/entries/1/2/",
    ),
    "cnn": Format(render=renderings.cnn, identifier=lambda post: f"h_{post.number:016x}"),
    "express": Format(render=renderings.express, identifier=lambda post: f"live-{post.number}ab"),
    "guardian's page": Format(render=renderings.guardian_page, identifier=lambda post: f"{post.number:024x}"),
    "atom": Format(
        render=renderings.atom,
        content_type="application/atom+xml",
        identifier=lambda post: f"tag:news.example,2026:{post.number}",
        tombstones=True,
    ),
    "rss": Format(
        render=renderings.rss, content_type="application/rss+xml", identifier=lambda post: f"storm/{post.number}"
    ),
    "json feed": Format(
        render=renderings.json_feed,
        content_type="application/feed+json",
        identifier=lambda post: f"{URL}/{post.number}",
    ),
    "bbc": Format(render=renderings.bbc, identifier=renderings.uuid),
    "unknown state": Format(render=renderings.unknown_state, identifier=lambda post: f"k{post.number}x", least=3),
    "structure": Format(
        render=renderings.structure,
        identifier=lambda post: f"p-{9_000 + post.number * 7}",
        least=3,
        newest_first=True,
    ),
    "text capture": Format(render=renderings.text_capture, content_type="text/plain", newest_first=True),
}
