"""The Guardian's page model as JSON: `blocks`, the pinned post beside them, a page of several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import urldefrag

from services.parser.clean import body, plain_line, web_url
from services.parser.document import Document
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, NAME_CHARACTERS
from services.parser.times import parse_iso
from shared.records import Blog, Entry, Image, Page

Node: TypeAlias = dict[str, Any]
_ELEMENT = "model.dotcomrendering.pageElements."


def read_guardian(document: Document) -> Page | None:
    """Times are milliseconds since the epoch. The listing is complete only where there is one page of it."""
    model = document.json
    if not isinstance(model, dict) or not isinstance(model.get("blocks"), list) or "webURL" not in model:
        return None
    blocks = [*_nodes([model.get("pinnedPost")]), *_nodes(model["blocks"])]
    url = web_url(model.get("webURL")) or document.url
    entries = {entry.id: entry for entry in (_entry(block, url, document) for block in blocks[:ENTRIES]) if entry.id}
    pages = _mapping(model.get("pagination")).get("totalPages", 1)
    return Page(blog=_blog(model, url, document), entries=tuple(entries.values()), complete=pages == 1)


def _blog(model: Node, url: str | None, document: Document) -> Blog:
    live = _mapping(model.get("config")).get("isLive")
    byline = plain_line(model.get("byline") or _mapping(model.get("author")).get("byline"), NAME_CHARACTERS * 4)
    return Blog(
        url=url,
        title=plain_line(model.get("headline") or model.get("webTitle")),
        description=plain_line(model.get("standfirst"), 2_000),
        authors=tuple(name.strip() for name in (byline or "").replace(" and ", ", ").split(",") if name.strip()),
        published_at=parse_iso(model.get("webPublicationDate"), zone=None, fetched_at=document.fetched_at),
        live=live if isinstance(live, bool) else None,
        format="guardian",
    )


def _entry(block: Node, url: str | None, document: Document) -> Entry:
    def time(name: str) -> Any:
        return parse_iso(block.get(name), zone=None, fetched_at=document.fetched_at)

    published = time("blockFirstPublished") or time("blockCreatedOn")
    updated = time("blockLastUpdated")
    elements = _nodes(block.get("elements"))
    text, html = body("".join(_markup(elements)))
    flags = _mapping(block.get("attributes"))
    name = block.get("id") if isinstance(block.get("id"), str) else ""
    return Entry(
        id=name or "",
        title=plain_line(block.get("title")),
        text=text,
        html=html,
        authors=tuple(_authors(block)),
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        url=f"{urldefrag(url).url}?page=with:block-{name}#block-{name}" if url and name else None,
        key_event=flags.get("keyEvent") is True,
        pinned=flags.get("pinned") is True,
        images=tuple(_images(elements))[:IMAGES],
    )


def _markup(elements: list[Node]) -> Iterator[str]:
    """The text of an entry: its paragraphs, subheadings, quotations and embedded posts, in order."""
    for element in elements:
        if isinstance(html := element.get("html"), str):
            yield html


def _authors(block: Node) -> Iterator[str]:
    for contributor in _nodes(block.get("contributors"))[:AUTHORS]:
        if name := plain_line(contributor.get("name"), NAME_CHARACTERS):
            yield name


def _images(elements: list[Node]) -> Iterator[Image]:
    for element in elements:
        if element.get("_type") != f"{_ELEMENT}ImageBlockElement":
            continue
        pictures = _nodes(_mapping(element.get("media")).get("allImages"))
        about = _mapping(element.get("data"))
        if url := next((url for picture in pictures if (url := web_url(picture.get("url")))), None):
            yield Image(url=url, alt=plain_line(about.get("alt")), caption=plain_line(about.get("caption"), 1_000))


def _nodes(value: object) -> list[Node]:
    return [node for node in value if isinstance(node, dict)] if isinstance(value, list) else []


def _mapping(value: object) -> Node:
    return value if isinstance(value, dict) else {}
