"""Feeds as live blogs: Atom (RFC 4287, with the tombstones of RFC 6721 and the paging of RFC 5005), RSS 2.0 and 1.0."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from services.parser.clean import body, joined, plain_line
from services.parser.document import Document
from services.parser.formats.dom import pictures
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, ITEM_PROPERTIES, NAME_CHARACTERS
from services.parser.readings import MODEL, Reading
from services.parser.xmltree import Element, Reader, read_xml
from shared.records import Blog, Entry, Image

ATOM = "http://www.w3.org/2005/Atom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_HISTORY = "http://purl.org/syndication/history/1.0"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_DUBLIN_TERMS = "http://purl.org/dc/terms/"
_MEDIA = "http://search.yahoo.com/mrss/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RSS = ("", "http://purl.org/rss/1.0/", "http://backend.userland.com/rss2")

_BEGINS = re.compile(r"\s*(?:<\?xml\b|<!--|<!DOCTYPE\s+(?:rss|rdf)|<(?:\w{1,20}:)?(?:rss|feed|RDF)\b)", re.IGNORECASE)
_ROOT = re.compile(r"<(?:\w{1,20}:)?(?:rss|feed|RDF)[\s>]")
_ROOT_WITHIN = 5_000
_MAIL_AND_NAME = re.compile(r"[^\s@()]+@[^\s@()]+\s*\((?P<name>[^()]+)\)")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+")


def read_feed(document: Document) -> Reading | None:
    if not _BEGINS.match(document.text) or not _ROOT.search(document.text[:_ROOT_WITHIN]):
        return None
    source = read_xml(document.text)
    root = source.root
    if root is None:
        return None
    if root.name == "feed" and root.namespace in {ATOM, ""}:
        return _read_atom(root, source, document)
    if root.name == "rss" or (root.name == "RDF" and root.namespace == _RDF):
        return _read_rss(root, source, document)
    return None


def _read_atom(feed: Element, source: Reader, document: Document) -> Reading:
    entries = [*_made(feed.all("entry"), source, document, _atom_entry), *_tombstones(feed)]
    return Reading(
        kind=MODEL,
        blog=Blog(
            url=_link(feed, document, "alternate") or document.url,
            title=_line(feed.first("title")),
            description=plain_line(_markup(feed.first("subtitle")), 2_000),
            authors=_people(feed),
            updated_at=_time(feed, document, ("updated", ATOM)),
            format="atom",
        ),
        entries=tuple(entries),
        complete=source.whole and feed.first("complete", _HISTORY) is not None and not document.is_late,
        more=_more(feed, document),
    )


def _atom_entry(entry: Element, document: Document) -> Entry:
    raw = _markup(entry.first("content", ATOM, "")) or _markup(entry.first("summary", ATOM, "")) or ""
    words, markup = body(raw, document.url)
    return dated(
        Entry(
            id=_said(entry.first("id", ATOM, "")) or "",
            title=_line(entry.first("title", ATOM, "")),
            text=words,
            html=markup,
            authors=_people(entry),
            url=_link(entry, document, "alternate"),
            images=_images(entry, raw, document),
        ),
        _time(entry, document, ("published", ATOM), ("published", "")),
        _time(entry, document, ("updated", ATOM), ("updated", "")),
    )


def _read_rss(root: Element, source: Reader, document: Document) -> Reading:
    channel = root.first("channel") or root
    items = [*channel.all("item"), *(root.all("item") if channel is not root else [])]
    return Reading(
        kind=MODEL,
        blog=Blog(
            url=joined(document.url, _said(channel.first("link", *_RSS))) or document.url,
            title=_line(channel.first("title", *_RSS)),
            description=plain_line(_said(channel.first("description", *_RSS)), 2_000),
            authors=_creators(channel),
            published_at=_time(channel, document, ("pubDate", *_RSS)),
            updated_at=_time(channel, document, ("lastBuildDate", *_RSS), ("date", _DUBLIN_CORE)),
            format="rss",
        ),
        entries=(*_made(items, source, document, _rss_item), *_tombstones(channel)),
        complete=source.whole and channel.first("complete", _HISTORY) is not None and not document.is_late,
        more=_more(channel, document),
    )


def _rss_item(item: Element, document: Document) -> Entry:
    guid, link = item.first("guid", *_RSS), _said(item.first("link", *_RSS))
    name = _said(guid) or item.attributes.get(f"{_RDF} about", "").strip() or link or ""
    is_address = guid is not None and guid.attributes.get("isPermaLink", "true").lower() == "true"
    raw = _said(item.first("encoded", _CONTENT)) or _said(item.first("description", *_RSS)) or ""
    words, markup = body(raw, document.url)
    return dated(
        Entry(
            id=name,
            title=_line(item.first("title", *_RSS)),
            text=words,
            html=markup,
            authors=_creators(item),
            url=joined(document.url, link) or (joined(None, name) if is_address else None),
            images=_images(item, raw, document),
        ),
        _time(item, document, ("pubDate", *_RSS), ("date", _DUBLIN_CORE), ("created", _DUBLIN_TERMS)),
        _time(item, document, ("updated", ATOM), ("modified", _DUBLIN_TERMS)),
    )


def _made(items: list[Element], source: Reader, document: Document, make: Any) -> Iterator[Entry]:
    for item in items[:ENTRIES]:
        if document.is_late:
            return
        yield document.entry("feed", source.markup(item), partial(make, item, document))


def dated(entry: Entry, published: Any, updated: Any) -> Entry:
    """With its times: what was never said to be published was so when it was last updated."""
    edited = updated is not None and published is not None and updated > published
    return replace(entry, published_at=published or updated, updated_at=updated if edited else None)


def _tombstones(feed: Element) -> Iterator[Entry]:
    """Deleted entries: one that is listed again was posted again."""
    listed = {_said(entry.first("id")) for entry in feed.all("entry")}
    for gone in feed.all("deleted-entry", _TOMBSTONES)[:ENTRIES]:
        name = gone.attributes.get("ref", "").strip()
        if name and name not in listed:
            yield Entry(id=name, deleted=True)


def _said(element: Element | None) -> str | None:
    return (element.text.strip() or None) if element is not None else None


def _markup(element: Element | None) -> str | None:
    """The content of an Atom text construct as HTML."""
    if element is None:
        return None
    kind = element.attributes.get("type", "text").lower()
    if kind == "xhtml" or (kind.endswith("xml") and any(isinstance(part, Element) for part in element.parts)):
        inner = element.first("div")
        return (inner or element).markup
    if kind in {"html", "text/html"}:
        return _said(element)
    return html.escape(element.text, quote=False) if kind.startswith("text") else None


def _line(element: Element | None) -> str | None:
    if element is None:
        return None
    return plain_line(element.markup if element.attributes.get("type") == "xhtml" else element.text)


def _time(element: Element, document: Document, *names: tuple[str, ...]) -> Any:
    """The first of these that stands there: each a local name and its namespaces."""
    for name, *namespaces in names:
        if said := _said(element.first(name, *namespaces)):
            return document.clock.instant(said)
    return None


def _link(element: Element, document: Document, relation: str) -> str | None:
    for link in element.all("link", ATOM, ""):
        if link.attributes.get("rel", "alternate") == relation:
            return joined(document.url, link.attributes.get("href"))
    return None


def _more(element: Element, document: Document) -> tuple[str, ...]:
    """Older parts of the feed: the next page, or the archive before this one."""
    found = (
        joined(document.url, link.attributes.get("href"))
        for relation in ("next", "prev-archive")
        for link in element.all("link", ATOM)
        if link.attributes.get("rel") == relation
    )
    return tuple(dict.fromkeys(url for url in found if url))[:2]


def _people(element: Element) -> tuple[str, ...]:
    """Who wrote it: an entry's own authors, never those of the feed."""
    people = [*element.all("author", ATOM, ""), *element.all("contributor", ATOM, "")][:AUTHORS]
    found = [plain_line(_said(person.first("name")), NAME_CHARACTERS) for person in people]
    return tuple(dict.fromkeys(name for name in found if name)) or _creators(element)


def _creators(element: Element) -> tuple[str, ...]:
    found = [_said(creator) for creator in element.all("creator", _DUBLIN_CORE)]
    found = found or [_named(_said(author) or "") for author in element.all("author", *_RSS)]
    names = (plain_line(name, NAME_CHARACTERS) for name in found[:AUTHORS])
    return tuple(dict.fromkeys(name for name in names if name))


def _named(author: str) -> str | None:
    """RSS gives an address for mail, with the name in brackets."""
    if found := _MAIL_AND_NAME.fullmatch(author):
        return found["name"]
    return None if _MAIL.fullmatch(author) else author


def _images(element: Element, raw: str, document: Document) -> tuple[Image, ...]:
    return once((*_media(element, document), *pictures(raw, document.url or "")))


def once(images: tuple[Image, ...]) -> tuple[Image, ...]:
    return tuple({image.url: image for image in reversed(images)}.values())[::-1][:IMAGES]


def _media(element: Element, document: Document) -> Iterator[Image]:
    groups = [element, *element.all("group", _MEDIA)]
    for node in [node for group in groups for node in group.parts if isinstance(node, Element)][:ITEM_PROPERTIES]:
        about = node.attributes
        is_media = node.namespace == _MEDIA and node.name in {"content", "thumbnail"}
        is_enclosure = node.name == "enclosure" or (node.name == "link" and about.get("rel") == "enclosure")
        of_image = about.get("type", "").startswith("image/") or about.get("medium") == "image"
        if not (of_image or (is_media and node.name == "thumbnail")) or not (is_media or is_enclosure):
            continue
        if url := joined(document.url, about.get("url") or about.get("href")):
            yield Image(url=url, caption=plain_line(_said(node.first("description", _MEDIA)), 1_000))
