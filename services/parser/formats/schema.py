"""What schema.org calls a posting, out of its properties, in whichever syntax a page wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urldefrag

from msgspec.structs import replace

from services.parser.clean import body, joined, plain_line, web_url
from services.parser.document import Document
from services.parser.limits import AUTHORS, IMAGES, NAME_CHARACTERS
from services.parser.nodes import Node, mapping, text
from shared.records import Blog, Entry, Image

_FAR_URL = re.compile(r"https?:|/|#", re.IGNORECASE)
_BY = re.compile(r"^by\s+", re.IGNORECASE)


def blog_of(node: Node, document: Document, name: str) -> Blog:
    """The blog of a LiveBlogPosting's properties; `name` is the format's."""
    address = url_of(node, document) or document.url
    return Blog(
        url=urldefrag(address).url if address else None,
        title=plain_line(text(node.get("headline")) or text(node.get("name"))),
        description=plain_line(text(node.get("description")), 2_000),
        authors=names_of(node.get("author")),
        published_at=document.clock.instant(text(node.get("datePublished"))),
        updated_at=document.clock.instant(text(node.get("dateModified"))),
        live=_live(node, document),
        comments_url=web_url(text(node.get("discussionUrl"))),
        format=name,
    )


def entry_of(node: Node, document: Document) -> Entry:
    """The entry of a BlogPosting's properties."""
    words, html = body(text(node.get("articleBody")) or text(node.get("text")))
    published = document.clock.instant(text(node.get("datePublished")))
    modified = document.clock.instant(text(node.get("dateModified")))
    edited = modified is not None and (published is None or modified > published)
    return Entry(
        id=id_of(node, document) or "",
        title=plain_line(text(node.get("headline")) or text(node.get("name"))),
        text=words,
        html=html,
        authors=names_of(node.get("author")),
        published_at=published,
        updated_at=modified if edited else None,
        url=url_of(node, document),
        images=tuple(_images(node.get("image"))),
    )


def without_lies(entries: list[Entry], blog: Blog) -> list[Entry]:
    """Without the page's own headline and dates, its byline or its picture, where they are repeated on every entry."""
    if len(entries) < 2:
        return entries
    one_title = len({entry.title for entry in entries}) == 1
    one_time = len({entry.published_at for entry in entries}) == 1
    if one_title and (entries[0].title == blog.title or len(entries) > 2):
        entries = [replace(entry, title=None) for entry in entries]
    if one_time and (entries[0].published_at == blog.published_at or len(entries) > 2):
        entries = [replace(entry, published_at=None, updated_at=None) for entry in entries]
    if len(blog.authors) > 1 and all(entry.authors == blog.authors for entry in entries):
        entries = [replace(entry, authors=()) for entry in entries]
    if len(entries) > 2 and entries[0].images and all(entry.images == entries[0].images for entry in entries):
        entries = [replace(entry, images=()) for entry in entries]
    return entries


def id_of(node: Node, document: Document) -> str | None:
    """What the page calls the entry: the fragment of its address, or its `@id` or `identifier`."""
    for name in ("@id", "url", "identifier", "mainEntityOfPage"):
        value = text(node.get(name)) or text(mapping(node.get(name)).get("@id"))
        if not value:
            continue
        base, _, fragment = value.partition("#")
        if fragment:
            return unquote(fragment)
        if name != "mainEntityOfPage" and base.rstrip("/") != (document.url or "").rstrip("/"):
            return value
    return None


def url_of(node: Node, document: Document) -> str | None:
    for name in ("url", "@id", "mainEntityOfPage"):
        value = text(node.get(name)) or text(mapping(node.get(name)).get("@id"))
        if value and _FAR_URL.match(value.strip()) and (url := joined(document.url, value)):
            return url
    return None


def names_of(value: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in value if isinstance(value, list) else [value]:
        name = plain_line(node if isinstance(node, str) else text(mapping(node).get("name")), NAME_CHARACTERS)
        if name:
            found[_BY.sub("", name)] = None
    return tuple(found)[:AUTHORS]


def _live(node: Node, document: Document) -> bool | None:
    """Whether the coverage goes on; an end that lies ahead says that it does, since publishers move it along."""
    end = document.clock.instant(text(node.get("coverageEndTime")))
    if end is not None:
        return end > document.clock.fetched_at
    return True if node.get("coverageStartTime") else None


def _images(value: object) -> Iterator[Image]:
    for node in (value if isinstance(value, list) else [value])[:IMAGES]:
        about = mapping(node)
        if url := web_url(node if isinstance(node, str) else text(about.get("url")) or text(about.get("contentUrl"))):
            yield Image(
                url=url,
                alt=plain_line(text(about.get("name")) or text(about.get("description"))),
                caption=plain_line(text(about.get("caption")), 1_000),
            )
