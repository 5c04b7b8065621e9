"""A live blog under the test's control: pages with JSON-LD and a tombstone for what was removed, over real HTTP."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aiohttp import web


@dataclass(frozen=True)
class Post:
    id: str
    title: str
    text: str
    published: datetime
    modified: datetime | None = None
    deleted: bool = False


@dataclass
class LiveBlog:
    name: str
    title: str = "Storm latest: ferries stop as the wind rises"
    posts: dict[str, Post] = field(default_factory=dict)
    version: int = 0

    def post(self, post_id: str, title: str, text: str, published: datetime | None = None) -> None:
        self._set(Post(post_id, title, text, published or datetime.now(UTC)))

    def edit(self, post_id: str, text: str) -> None:
        self._set(replace(self.posts[post_id], text=text, modified=datetime.now(UTC)))

    def delete(self, post_id: str) -> None:
        self._set(replace(self.posts[post_id], deleted=True))

    def _set(self, post: Post) -> None:
        self.posts[post.id] = post
        self.version += 1

    def render(self, url: str) -> str:
        live = [post for post in reversed(self.posts.values()) if not post.deleted]
        data = {
            "@context": "https://schema.org",
            "@type": "LiveBlogPosting",
            "@id": url,
            "headline": self.title,
            "liveBlogUpdate": [_update(post, url) for post in live],
        }
        gone = "".join(f'<article id="{p.id}" data-tombstone></article>' for p in self.posts.values() if p.deleted)
        shown = "".join(
            f'<article id="{p.id}"><h2>{html.escape(p.title)}</h2><p>{html.escape(p.text)}</p></article>' for p in live
        )
        script = json.dumps(data).replace("</", "<\\/")
        return (
            f"<!doctype html><html lang=en><head><title>{self.title}</title>"
            f'<script type="application/ld+json">{script}</script></head>'
            f"<body><main>{shown}{gone}</main></body></html>"
        )


def _update(post: Post, url: str) -> dict[str, str]:
    update = {
        "@type": "BlogPosting",
        "@id": f"{url}#{post.id}",
        "url": f"{url}#{post.id}",
        "headline": post.title,
        "articleBody": post.text,
        "datePublished": post.published.isoformat(),
    }
    return update | ({"dateModified": post.modified.isoformat()} if post.modified else {})


class LiveBlogs:
    """Serves blogs at /<name> with an ETag; counts how often each was asked for and how often it answered whole."""

    def __init__(self, *blogs: LiveBlog) -> None:
        self.blogs = {blog.name: blog for blog in blogs}
        self.asked = 0
        self.whole = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{name}", self.page)
        return app

    async def page(self, request: web.Request) -> web.Response:
        self.asked += 1
        blog = self.blogs.get(request.match_info["name"])
        if blog is None:
            return web.Response(status=404)
        etag = f'"{blog.name}-{blog.version}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        self.whole += 1
        url = str(request.url.with_query(None))
        return web.Response(text=blog.render(url), content_type="text/html", headers={"ETag": etag})
