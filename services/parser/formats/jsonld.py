"""schema.org LiveBlogPosting in JSON-LD scripts: an object, an array, or inside `@graph`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any, TypeAlias
from urllib.parse import unquote, urldefrag, urljoin

import msgspec
from msgspec.structs import replace

from services.parser.clean import body, plain_line, web_url
from services.parser.document import Document
from services.parser.formats.dom import Marks, read_marks
from services.parser.identity import content_id, usable_ids
from services.parser.limits import AUTHORS, ENTRIES, GRAPH_NODES, IMAGES, NAME_CHARACTERS, SCRIPTS
from services.parser.times import named_zone, parse_iso
from shared.records import Blog, Entry, Image, Page

Node: TypeAlias = dict[str, Any]
LIVE_BLOG = "LiveBlogPosting"
_RAW_CONTROL = re.compile(r"[\x00-\x1f]")


def read_jsonld(document: Document) -> Page | None:
    """The live blog that the page's JSON-LD describes, with what only its DOM knows: pins, key events, tombstones."""
    if not document.is_markup:
        return None
    postings = list(_live_blogs(document))
    if not postings:
        return None
    zone = named_zone(document.timezone)
    marks = read_marks(document)
    blog = _blog(postings[0], document, marks, zone)
    updates = [update for posting in postings for update in _nodes(posting.get("liveBlogUpdate"))][:ENTRIES]
    entries = _entries(updates, blog, document, zone)
    return Page(blog=blog, entries=(*(marks.applied(entry) for entry in entries), *marks.tombstones(entries)))


def _live_blogs(document: Document) -> Iterator[Node]:
    scripts = document.tree.css('script[type^="application/ld+json"]')[:SCRIPTS]
    for script in scripts:
        source = script.text(deep=True) or ""
        if LIVE_BLOG in source:
            yield from _of_type(_load(source), LIVE_BLOG)


def _load(source: str) -> object:
    """The JSON of a script; raw newlines in strings and a trailing semicolon, which some ship, are forgiven."""
    text = source.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:
        return json.loads(_RAW_CONTROL.sub(" ", text), strict=False)
    except (ValueError, RecursionError):
        return None


def _of_type(data: object, kind: str) -> Iterator[Node]:
    """Nodes of a type anywhere in arrays, `@graph` and nested objects, without recursion and within a bound."""
    waiting, seen = [data], 0
    while waiting and seen < GRAPH_NODES:
        node = waiting.pop(0)
        seen += 1
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if kind in _types(node):
                yield node
            else:
                waiting.extend(value for value in node.values() if isinstance(value, dict | list))


def _types(node: Node) -> list[str]:
    kinds = node.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _blog(node: Node, document: Document, marks: Marks, zone: tzinfo | None) -> Blog:
    def time(name: str) -> datetime | None:
        return parse_iso(node.get(name), zone=zone, fetched_at=document.fetched_at)

    return Blog(
        url=_url_of(node, document) or document.url,
        title=plain_line(_text(node.get("headline")) or _text(node.get("name"))),
        description=plain_line(_text(node.get("description")), 2_000),
        authors=_names(node.get("author")),
        published_at=time("datePublished"),
        updated_at=time("dateModified"),
        live=marks.live if marks.live is not None else _live(node, document, zone),
        next_url=marks.next_url,
        comments_url=web_url(_text(node.get("discussionUrl"))) or marks.comments_url,
        format="jsonld",
    )


def _live(node: Node, document: Document, zone: tzinfo | None) -> bool | None:
    """Whether the coverage goes on; an end that lies ahead says that it does, since publishers move it along."""
    end = parse_iso(node.get("coverageEndTime"), zone=zone, fetched_at=document.fetched_at)
    if end is not None:
        return end > document.fetched_at
    return True if node.get("coverageStartTime") else None


def _entries(updates: list[Node], blog: Blog, document: Document, zone: tzinfo | None) -> list[Entry]:
    entries = [_entry(update, document, zone) for update in updates]
    if _repeats_the_page(entries, blog):
        entries = [replace(entry, title=None, published_at=None, updated_at=None) for entry in entries]
    if _is_byline([entry.authors for entry in entries], blog.authors):
        entries = [replace(entry, authors=()) for entry in entries]
    ids = usable_ids([_own_id(update, document) for update in updates], entries)
    identified = [replace(e, id=own or content_id(e)) for e, own in zip(entries, ids, strict=True)]
    return list({entry.id: entry for entry in reversed(identified)}.values())[::-1]


def _entry(node: Node, document: Document, zone: tzinfo | None) -> Entry:
    text, html = body(_text(node.get("articleBody")) or _text(node.get("text")))
    published = parse_iso(node.get("datePublished"), zone=zone, fetched_at=document.fetched_at)
    modified = parse_iso(node.get("dateModified"), zone=zone, fetched_at=document.fetched_at)
    edited = modified is not None and (published is None or modified > published)
    return Entry(
        id="",
        title=plain_line(_text(node.get("headline"))),
        text=text,
        html=html,
        authors=_names(node.get("author")),
        published_at=published,
        updated_at=modified if edited else None,
        url=_url_of(node, document),
        images=tuple(_images(node.get("image"))),
    )


def _repeats_the_page(entries: list[Entry], blog: Blog) -> bool:
    """Some publishers give every entry the page's own headline and dates."""
    return len(entries) > 1 and all(
        entry.title == blog.title and entry.published_at == blog.published_at for entry in entries
    )


def _is_byline(authors: list[tuple[str, ...]], page: tuple[str, ...]) -> bool:
    """Whether the entries' authors are only the page's byline of several people, repeated on each."""
    return len(authors) > 1 and len(page) > 1 and all(names == page for names in authors)


def _own_id(node: Node, document: Document) -> str | None:
    """What the page calls the entry: the fragment of its address, or its `@id` or `identifier`."""
    for name in ("@id", "url", "identifier", "mainEntityOfPage"):
        value = _text(node.get(name)) or _text(_mapping(node.get(name)).get("@id"))
        if not value:
            continue
        base, fragment = urldefrag(value)
        if fragment:
            return unquote(fragment)
        if base.rstrip("/") != (document.url or "").rstrip("/"):
            return value
    return None


def _url_of(node: Node, document: Document) -> str | None:
    for name in ("url", "@id", "mainEntityOfPage"):
        value = _text(node.get(name)) or _text(_mapping(node.get(name)).get("@id"))
        if value and (value.startswith(("http", "/", "#"))):
            return web_url(urljoin(document.url or "", value))
    return None


def _names(value: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in value if isinstance(value, list) else [value]:
        name = plain_line(node if isinstance(node, str) else _text(_mapping(node).get("name")), NAME_CHARACTERS)
        if name:
            found[re.sub(r"^by\s+", "", name, flags=re.IGNORECASE)] = None
    return tuple(found)[:AUTHORS]


def _images(value: object) -> Iterator[Image]:
    for node in (value if isinstance(value, list) else [value])[:IMAGES]:
        if url := web_url(node if isinstance(node, str) else _text(_mapping(node).get("url"))):
            about = _mapping(node)
            yield Image(
                url=url,
                alt=plain_line(_text(about.get("name")) or _text(about.get("description"))),
                caption=plain_line(_text(about.get("caption")), 1_000),
            )


def _nodes(value: object) -> list[Node]:
    return [node for node in (value if isinstance(value, list) else [value]) if isinstance(node, dict)]


def _mapping(value: object) -> Node:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """A string, also out of `{"@value": …}` or a list of one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else None
