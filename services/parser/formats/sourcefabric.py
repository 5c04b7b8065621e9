"""The API of Sourcefabric's Live Blog: posts under `_items`, each a package whose main group holds its items, and the
blog itself, which holds no posts."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.parser.clean import body, joined, plain_line, web_url
from services.parser.document import Document
from services.parser.limits import ENTRIES, IMAGES, LINKS, MORE_PAGES, NAME_CHARACTERS
from services.parser.nodes import Node, at, mapping, markup, nodes, text, walk
from services.parser.readings import MODEL, Reading
from shared.records import Blog, Entry, Image, Link

PUBLIC = "open"
"""A post of another status (`submitted`, `draft`, `comment`) is not shown to readers."""
AHEAD = timedelta(minutes=2)
"""A post whose time lies further ahead is scheduled, and not shown yet."""
_POSTS_PATH = "/posts"


def read_sourcefabric(document: Document) -> Reading | None:
    """What the API answered: a page of posts, or a blog."""
    answer = document.json
    if not isinstance(answer, dict):
        return None
    if isinstance(answer.get("blog_status"), str) and text(answer.get("title")) and "_items" not in answer:
        return Reading(kind=MODEL, blog=_blog(answer, document), entries=(), more=tuple(_posts_of(document)))
    return _listing(answer, {}, document)


def sourcefabric_value(value: object, document: Document) -> Reading | None:
    """A page of posts anywhere in the state of a page, and the blog beside it."""
    listings: list[Node] = []
    blog: Node = {}
    for node in walk(value):
        if isinstance(node.get("_items"), list):
            listings.append(node)
        elif not blog and isinstance(node.get("blog_status"), str):
            blog = node
    readings = (_listing(listing, blog, document) for listing in listings)
    return max((reading for reading in readings if reading), key=lambda reading: len(reading.entries), default=None)


def _listing(answer: Node, blog: Node, document: Document) -> Reading | None:
    """Only what readers were shown, and tombstones of it. Complete where one page holds all posts."""
    items = answer.get("_items")
    if not isinstance(items, list):
        return None
    posts = [post for post in nodes(items) if isinstance(post.get("groups"), list) and text(post.get("_id"))]
    if not posts and items:
        return None
    meta = mapping(answer.get("_meta"))
    return Reading(
        kind=MODEL,
        blog=_blog(blog, document),
        entries=tuple(_entries(posts[:ENTRIES], document)),
        complete=meta.get("page", 1) == 1 and meta.get("total") == len(items) and len(items) <= ENTRIES,
        more=tuple(_more(answer, document)),
    )


def _blog(blog: Node, document: Document) -> Blog:
    instant, status = document.clock.instant, blog.get("blog_status")
    return Blog(
        url=web_url(blog.get("public_url")) or web_url(blog.get("main_page_url")) or document.url,
        title=plain_line(blog.get("title")),
        description=plain_line(blog.get("description"), 2_000),
        published_at=instant(text(blog.get("start_date")) or text(blog.get("_created"))),
        updated_at=instant(text(at(blog, "last_updated_post", "_updated"))),
        live=status == PUBLIC if isinstance(status, str) else None,
        format="sourcefabric",
    )


def _posts_of(document: Document) -> Iterator[str]:
    """Where a blog's posts are: below the blog's own address."""
    parts = urlsplit(document.url or "")
    if url := web_url(parts._replace(path=parts.path.rstrip("/") + _POSTS_PATH, query="", fragment="").geturl()):
        yield url


def _more(answer: Node, document: Document) -> Iterator[str]:
    """The API's further pages: `page` counts from 1, `max_results` are on each."""
    page, size, total = (at(answer, "_meta", name) for name in ("page", "max_results", "total"))
    if not all(isinstance(number, int) and number > 0 for number in (page, size, total)) or not document.url:
        return
    parts = urlsplit(document.url)
    others = [pair for pair in parse_qsl(parts.query) if pair[0] != "page"]
    last = -(-total // size)
    for number in range(page + 1, min(last, page + MORE_PAGES) + 1):
        if url := web_url(parts._replace(query=urlencode([*others, ("page", str(number))])).geturl()):
            yield url


def _entries(posts: list[Node], document: Document) -> Iterator[Entry]:
    for post in posts:
        if document.is_late:
            return
        if not _was_shown(post):
            continue
        entry = document.entry("sourcefabric", markup(post), partial(_entry, post, document))
        if entry.published_at is None or entry.published_at <= document.clock.fetched_at + AHEAD:
            yield entry


def _was_shown(post: Node) -> bool:
    """Whether readers see the post, or saw it before it was withdrawn."""
    return post.get("post_status", PUBLIC) == PUBLIC or post.get("unpublished_date") is not None


def _entry(post: Node, document: Document) -> Entry:
    instant = document.clock.instant
    published = instant(text(post.get("published_date")) or text(post.get("firstcreated")))
    updated = instant(text(post.get("content_updated_date")))
    items = list(_items(post))
    plain, safe = body("".join(_markup(items)), document.url)
    return Entry(
        id=str(post["_id"]),
        title=plain_line(post.get("headline")),
        text=plain,
        html=safe,
        authors=tuple(_authors(post, items)),
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        key_event=post.get("lb_highlight") is True or post.get("highlight") is True,
        pinned=post.get("sticky") is True,
        deleted=post.get("deleted") is True or post.get("post_status", PUBLIC) != PUBLIC,
        links=tuple(_links(items))[:LINKS],
        images=tuple(_images(items))[:IMAGES],
    )


def _items(post: Node) -> Iterator[Node]:
    for group in nodes(post["groups"]):
        if group.get("id") == "main":
            for reference in nodes(group.get("refs")):
                if item := mapping(reference.get("item")):
                    yield item


def _markup(items: list[Node]) -> Iterator[str]:
    for item in items:
        if (said := text(item.get("text"))) is not None:
            yield said if "<" in said else f"<p>{html.escape(said, quote=False)}</p>"


def _authors(post: Node, items: list[Node]) -> Iterator[str]:
    """The name that the blog shows; an account's short sign-off is none."""
    for holder in (post, *items):
        for field in ("publisher", "original_creator", "syndicated_creator"):
            if name := plain_line(mapping(holder.get(field)).get("display_name"), NAME_CHARACTERS):
                yield name
                return
        for field in ("commenter", "author_name"):
            if name := plain_line(holder.get(field), NAME_CHARACTERS):
                yield name
                return


def _links(items: list[Node]) -> Iterator[Link]:
    """What an item embeds from elsewhere."""
    for item in items:
        meta = mapping(item.get("meta"))
        if url := joined("", meta.get("original_url")) or joined("", meta.get("url")):
            summary = plain_line(meta.get("description"), 1_000)
            yield Link(url=url, title=plain_line(meta.get("title")), summary=summary)


def _images(items: list[Node]) -> Iterator[Image]:
    for item in items:
        meta = mapping(item.get("meta"))
        renditions = mapping(at(meta, "media", "renditions"))
        for size in ("viewImage", "baseImage", "original", "thumbnail"):
            if url := web_url(mapping(renditions.get(size)).get("href")):
                yield Image(url=url, caption=plain_line(meta.get("caption"), 1_000))
                break
