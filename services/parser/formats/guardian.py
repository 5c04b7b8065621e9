"""The Guardian's page model as JSON: `blocks`, the pinned post beside them, a page of several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag

from services.parser.clean import body, plain_line, web_url
from services.parser.document import Document
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, NAME_CHARACTERS
from services.parser.nodes import Node, mapping, nodes
from services.parser.readings import MODEL, Reading
from shared.records import Blog, Entry, Image

_ELEMENT = "model.dotcomrendering.pageElements."


def read_guardian(document: Document) -> Reading | None:
    """Times are milliseconds since the epoch. The listing is complete only where there is one page of it."""
    model = document.json
    if not isinstance(model, dict) or not isinstance(model.get("blocks"), list) or "webURL" not in model:
        return None
    blocks = [*nodes([model.get("pinnedPost")]), *nodes(model["blocks"])]
    url = web_url(model.get("webURL")) or document.url
    entries = {entry.id: entry for entry in (_entry(block, url, document) for block in blocks[:ENTRIES]) if entry.id}
    pages = mapping(model.get("pagination")).get("totalPages", 1)
    return Reading(kind=MODEL, blog=_blog(model, url, document), entries=tuple(entries.values()), complete=pages == 1)


def _blog(model: Node, url: str | None, document: Document) -> Blog:
    live = mapping(model.get("config")).get("isLive")
    byline = plain_line(model.get("byline") or mapping(model.get("author")).get("byline"), NAME_CHARACTERS * 4)
    return Blog(
        url=url,
        title=plain_line(model.get("headline") or model.get("webTitle")),
        description=plain_line(model.get("standfirst"), 2_000),
        authors=tuple(name.strip() for name in (byline or "").replace(" and ", ", ").split(",") if name.strip()),
        published_at=document.clock.instant(model.get("webPublicationDate")),
        live=live if isinstance(live, bool) else None,
        format="guardian",
    )


def _entry(block: Node, url: str | None, document: Document) -> Entry:
    def time(name: str) -> Any:
        return document.clock.instant(block.get(name))

    published = time("blockFirstPublished") or time("blockCreatedOn")
    updated = time("blockLastUpdated")
    elements = nodes(block.get("elements"))
    text, html = body("".join(_markup(elements)))
    flags = mapping(block.get("attributes"))
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
    for contributor in nodes(block.get("contributors"))[:AUTHORS]:
        if name := plain_line(contributor.get("name"), NAME_CHARACTERS):
            yield name


def _images(elements: list[Node]) -> Iterator[Image]:
    for element in elements:
        if element.get("_type") != f"{_ELEMENT}ImageBlockElement":
            continue
        pictures = nodes(mapping(element.get("media")).get("allImages"))
        about = mapping(element.get("data"))
        if url := next((url for picture in pictures if (url := web_url(picture.get("url")))), None):
            yield Image(url=url, alt=plain_line(about.get("alt")), caption=plain_line(about.get("caption"), 1_000))
