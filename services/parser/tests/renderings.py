"""How each of the other formats shows a live blog: see `histories`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from services.parser.tests.pages import URL, html, live_blog
from services.parser.tests.posts import Post, update
from services.parser.tests.states import as_json, bbc_next, bbc_stream, fragment, line, paragraph, script

SITE = "https://news.example"


def page(body: str, title: str = "Storm latest") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title></head><body><main>{body}</main></body></html>".encode()


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def uuid(post: Post) -> str:
    return f"asset:{post.number:08x}-0000-4000-8000-000000000000"


def microdata(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    items = "".join(
        '<div itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting">'
        f'<link itemprop="url" href="{URL}#{post.number}00">'
        f'<meta itemprop="datePublished" content="{post.at.isoformat()}">'
        f'<meta itemprop="dateModified" content="{post.edited_at.isoformat()}">'
        f'<h3 itemprop="headline">{escape(post.title)}</h3>'
        f'<div itemprop="articleBody"><p>{escape(post.text)}</p></div>'
        f'<span itemprop="author">{post.author}</span></div>'
        for post in posts
    )
    return page(
        '<div itemscope itemtype="https://schema.org/LiveBlogPosting"><meta itemprop="headline" content="Storm latest">'
        f'<meta itemprop="url" content="{URL}">{items}</div>'
    )


def amp(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    items = "".join(
        f'<div id="item{post.number}x" data-sort-time="{seconds(post.at)}" '
        f'data-update-time="{seconds(post.edited_at)}">'
        f"<h2>{escape(post.title)}</h2><p>{escape(post.text)}</p></div>"
        for post in posts
    )
    gone = "".join(f'<div id="item{post.number}x" data-sort-time="1" data-tombstone></div>' for post in removed)
    return page(f'<amp-live-list id="list" data-poll-interval="15000"><div items>{items}{gone}</div></amp-live-list>')


def automattic_page(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    entries = "".join(
        f'<div id="liveblog-entry-{post.number + 500}" class="liveblog-entry" data-timestamp="{seconds(post.at)}">'
        "<header>"
        f'<span class="liveblog-author-name">{post.author}</span></header><div class="liveblog-entry-text">'
        f"<p>{escape(post.title)}</p><p>{escape(post.text)}</p></div></div>"
        for post in posts
    )
    return page(f'<div id="liveblog-container"><div id="liveblog-entries">{entries}</div></div>')


def automattic_endpoint(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    entries = [
        {
            "id": str(post.number + 500),
            "type": "update" if post.edits else "new",
            "render": f"<p>{escape(post.title)}</p><p>{escape(post.text)}</p>",
            "timestamp": str(seconds(post.edited_at)),
            "entry_time": str(seconds(post.at)),
            "authors": [{"name": post.author}],
            "share_link": f"{URL}#{post.number + 500}",
        }
        for post in posts
    ]
    entries += [{"id": str(post.number + 500), "type": "delete", "render": "", "timestamp": "1"} for post in removed]
    return json.dumps({"entries": entries, "latest_timestamp": 1, "refresh_interval": 10, "pages": 3}).encode()


def cnn(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    articles = "".join(
        f'<div class="live-story-post__wrapper"><article id="h_{post.number:016x}" '
        'class="live-story-post liveStoryPost" '
        f'data-last-updated="{post.at:%Y-%m-%dT%H:%M:%S}.000Z"><header class="live-story-post__header">'
        f'<h2 class="live-story-post__headline">{escape(post.title)}</h2></header>'
        f'<p data-component-name="paragraph">{escape(post.text)}</p></article></div>'
        for post in posts
    )
    return page(f'<div class="live-story__items-container">{articles}</div>')


def express(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    """The newest in the DOM alone, as it is where JSON-LD is written later."""
    articles = "".join(
        f'<article class="live-event" id="live-{post.number}ab" data-sort-time="{seconds(post.at)}" '
        f'data-update-time="{seconds(post.edited_at)}"><time data-time="{post.at:%Y-%m-%d %H:%M:%S}">21 mins ago</time>'
        f"<h3>{escape(post.title)}</h3><mark>{post.author}</mark><p>{escape(post.text)}</p></article>"
        for post in posts
    )
    updates = (update(post, url=f"{URL}#live-{post.number}ab") for post in posts[1:])
    return html(live_blog(*updates), body=f'<div id="live-wrapper">{articles}</div>')


def guardian_page(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    blocks = "".join(
        f'<article id="block-{post.number:024x}" class="block"><header><div><a href="#x"><time '
        f'datetime="{post.at:%Y-%m-%dT%H:%M:%S}.000Z">6h ago</time></a></div><h2>{escape(post.title)}</h2></header>'
        f"<p>{escape(post.text)}</p><footer>x</footer></article>"
        for post in posts
    )
    state = '<script>window.guardian = {"config":{"isLive":true}}</script>'
    return page(f'{state}<div id="liveblog-body">{blocks}</div>')


def atom(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    entries = "".join(
        f"<entry><id>tag:news.example,2026:{post.number}</id><title>{escape(post.title)}</title>"
        f"<published>{post.at.isoformat()}</published><updated>{post.edited_at.isoformat()}</updated>"
        f'<content type="html">{escape(f"<p>{escape(post.text)}</p>")}</content></entry>'
        for post in posts
    )
    gone = "".join(f'<at:deleted-entry ref="tag:news.example,2026:{post.number}"/>' for post in removed)
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        f'xmlns:at="http://purl.org/atompub/tombstones/1.0"><id>tag:x</id><title>Storm</title>{gone}{entries}</feed>'
    ).encode()


def rss(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    items = "".join(
        f'<item><guid isPermaLink="false">storm/{post.number}</guid><title>{escape(post.title)}</title>'
        f"<pubDate>{format_datetime(post.at)}</pubDate><description>{escape(escape(post.text))}</description></item>"
        for post in posts
    )
    return f'<rss version="2.0"><channel><title>Storm</title><link>{URL}</link>{items}</channel></rss>'.encode()


def json_feed(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    items = [
        {
            "id": f"{URL}/{post.number}",
            "title": post.title,
            "content_html": f"<p>{escape(post.text)}</p>",
            "date_published": post.at.isoformat(),
            "date_modified": post.edited_at.isoformat(),
        }
        for post in posts
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Storm", "home_page_url": URL, "items": items}
    return json.dumps(feed).encode()


def bbc(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    stream = bbc_stream(
        *(
            {
                "header": {"model": {"blocks": [line("headline", post.title)]}},
                "content": {"model": {"blocks": [paragraph(fragment(post.text))]}},
                "urn": uuid(post),
                "type": "POST",
                "options": {"isBreakingNews": False},
                "dates": {
                    "firstPublished": post.at.isoformat(),
                    "lastPublished": post.edited_at.isoformat(),
                    "curated": post.at.isoformat(),
                },
                "titles": [{"title": None, "source": "primary"}],
            }
            for post in posts
        ),
        total=4,
    )
    return script(as_json(bbc_next(stream)), '<script id="__NEXT_DATA__" type="application/json">')


def unknown_state(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    listed = [
        {
            "id": f"k{post.number}x",
            "headline": post.title,
            "body": f"<p>{escape(post.text)}</p>",
            "publishedAt": post.at.isoformat(),
        }
        for post in posts
    ]
    return script(f"window.S = {as_json({'page': {'liveUpdates': listed}})};")


def structure(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    """Bare times, in the zone that the page states."""
    rows = "".join(
        f'<div class="row" id="p-{9_000 + post.number * 7}"><span>{post.at:%H:%M}</span><h3>{escape(post.title)}</h3>'
        f"<p>{escape(post.text)}</p></div>"
        for post in posts
    )
    return page(f"<h1>Storm live</h1><p>All times are GMT</p><div>{rows}</div>", title="Storm live")


def text_capture(posts: Sequence[Post], removed: Sequence[Post]) -> bytes:
    head = "Storm latest\nWhat is known\nAna Roth"
    entries = "".join(f"{post.title}\n{post.text}\n{post.author}{post.at:%d %B %Y %H:%M}\n" for post in posts)
    return f"{head}\n1 March 2026 23:45 GMT\n{entries}".encode()
