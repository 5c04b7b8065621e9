"""JSON Feed 1.1, and 1, as a live blog."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from services.parser.clean import body, joined, plain_body, plain_line
from services.parser.document import Document
from services.parser.formats.dom import pictures
from services.parser.formats.feeds import dated, once
from services.parser.limits import AUTHORS, ENTRIES, NAME_CHARACTERS
from services.parser.nodes import Node, mapping, nodes, text
from services.parser.readings import MODEL, Reading
from shared.records import Blog, Entry, Image


def read_json_feed(document: Document) -> Reading | None:
    feed = mapping(document.json)
    version = feed.get("version")
    if not isinstance(version, str) or "jsonfeed.org/version" not in version or not isinstance(feed.get("items"), list):
        return None
    further = joined(document.url, feed.get("next_url"))
    return Reading(
        kind=MODEL,
        blog=Blog(
            url=joined(document.url, feed.get("home_page_url")) or document.url,
            title=plain_line(feed.get("title")),
            description=plain_line(feed.get("description"), 2_000),
            authors=_people(feed),
            live=False if feed.get("expired") is True else None,
            format="jsonfeed",
        ),
        entries=tuple(_items(nodes(feed["items"])[:ENTRIES], document)),
        more=(further,) if further else (),
    )


def _items(items: list[Node], document: Document) -> Iterator[Entry]:
    for item in items:
        if document.is_late:
            return
        try:
            markup = msgspec.json.encode(item)
        except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
            continue
        yield document.entry("jsonfeed", markup, partial(_item, item, document))


def _item(item: Node, document: Document) -> Entry:
    said = text(item.get("content_html"))
    plain = text(item.get("content_text")) or text(item.get("summary")) or ""
    words, markup = body(said, document.url) if said else plain_body(plain)
    name = item.get("id")
    images = (joined(document.url, item.get(field)) for field in ("image", "banner_image"))
    return dated(
        Entry(
            id=str(name) if isinstance(name, int | float) and not isinstance(name, bool) else text(name) or "",
            title=plain_line(item.get("title")),
            text=words,
            html=markup,
            authors=_people(item),
            url=joined(document.url, item.get("url")) or joined(document.url, item.get("external_url")),
            images=once((*(Image(url=url) for url in images if url), *pictures(said or "", document.url or ""))),
        ),
        document.clock.instant(text(item.get("date_published"))),
        document.clock.instant(text(item.get("date_modified"))),
    )


def _people(node: Node) -> tuple[str, ...]:
    """Version 1.1 names several `authors`, version 1 one `author`."""
    people = nodes(node.get("authors")) or nodes(node.get("author"))
    found = (plain_line(person.get("name"), NAME_CHARACTERS) for person in people[:AUTHORS])
    return tuple(dict.fromkeys(name for name in found if name))
