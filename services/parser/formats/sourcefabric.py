"""The API of Sourcefabric's Live Blog: posts under `_items`, each a package whose main group holds its items."""

from __future__ import annotations

import html
from collections.abc import Iterator

from services.parser.clean import body, plain_line, web_url
from services.parser.document import Document
from services.parser.limits import ENTRIES, IMAGES, NAME_CHARACTERS
from services.parser.nodes import Node, mapping
from services.parser.readings import MODEL, Reading
from shared.records import Blog, Entry, Image

PUBLIC = "open"
"""A post of another status (`submitted`, `draft`, `comment`) was never shown to readers."""


def read_sourcefabric(document: Document) -> Reading | None:
    """Only what readers were shown, and tombstones of it. Complete where one page holds all posts."""
    answer = document.json
    if not isinstance(answer, dict) or not isinstance(answer.get("_items"), list):
        return None
    posts = [post for post in answer["_items"] if isinstance(post, dict) and "groups" in post and "_id" in post]
    if not posts and answer["_items"]:
        return None
    entries = [_entry(post, document) for post in posts[:ENTRIES] if post.get("post_status") == PUBLIC]
    total = mapping(answer.get("_meta")).get("total")
    return Reading(
        kind=MODEL,
        blog=Blog(url=document.url, format="sourcefabric"),
        entries=tuple(entries),
        complete=isinstance(total, int) and total == len(answer["_items"]),
    )


def _entry(post: Node, document: Document) -> Entry:
    published = document.clock.instant(post.get("published_date"))
    updated = document.clock.instant(post.get("content_updated_date"))
    items = list(_items(post))
    text, markup = body("".join(_markup(items)))
    return Entry(
        id=str(post["_id"]),
        title=plain_line(post.get("headline")),
        text=text,
        html=markup,
        authors=tuple(_authors(post, items)),
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        key_event=post.get("lb_highlight") is True or post.get("highlight") is True,
        pinned=post.get("sticky") is True,
        deleted=post.get("deleted") is True,
        images=tuple(_images(items))[:IMAGES],
    )


def _items(post: Node) -> Iterator[Node]:
    groups = post["groups"] if isinstance(post["groups"], list) else []
    for group in groups:
        if mapping(group).get("id") == "main":
            references = mapping(group).get("refs")
            for reference in references if isinstance(references, list) else []:
                if item := mapping(mapping(reference).get("item")):
                    yield item


def _markup(items: list[Node]) -> Iterator[str]:
    for item in items:
        if isinstance(text := item.get("text"), str) and text.strip():
            yield text if "<" in text else f"<p>{html.escape(text, quote=False)}</p>"


def _authors(post: Node, items: list[Node]) -> Iterator[str]:
    """The name that the blog shows; an account's short sign-off is none."""
    for holder in (post, *items):
        for field in ("publisher", "original_creator", "syndicated_creator"):
            name = plain_line(mapping(holder.get(field)).get("display_name"), NAME_CHARACTERS)
            if name:
                yield name
                return


def _images(items: list[Node]) -> Iterator[Image]:
    for item in items:
        meta = mapping(item.get("meta"))
        renditions = mapping(mapping(meta.get("media")).get("renditions"))
        for size in ("viewImage", "baseImage", "original", "thumbnail"):
            if url := web_url(mapping(renditions.get(size)).get("href")):
                yield Image(url=url, caption=plain_line(meta.get("caption"), 1_000))
                break
