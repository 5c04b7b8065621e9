"""schema.org LiveBlogPosting in JSON-LD scripts: an object, an array, or inside `@graph`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote, urldefrag

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from services.parser.clean import body, joined, plain_line, web_url
from services.parser.document import Document, read_json
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, JSON_DEPTH, NAME_CHARACTERS, SCRIPTS
from services.parser.nodes import Node, mapping
from services.parser.readings import STRUCTURED, Reading
from shared.records import Blog, Entry, Image

LIVE_BLOG = "LiveBlogPosting"
_MARK = LIVE_BLOG.encode()
_UPDATES = "liveBlogUpdate"
_FAR_URL = re.compile(r"https?:|/|#", re.IGNORECASE)
_BY = re.compile(r"^by\s+", re.IGNORECASE)
_object = msgspec.json.Decoder(dict[str, Raw]).decode
_array = msgspec.json.Decoder(list[Raw]).decode
_value = msgspec.json.Decoder().decode


class Posting(msgspec.Struct, frozen=True):
    """A LiveBlogPosting: its own fields, and its updates undecoded, since most of them are known from the last page."""

    fields: Node
    updates: list[Raw]


def read_jsonld(document: Document) -> Reading | None:
    if LIVE_BLOG not in document.text or not document.is_markup:
        return None
    postings = list(_postings(document))
    if not postings:
        return None
    main = max(postings, key=lambda posting: len(posting.updates))
    blog = _blog(main.fields, document)
    same = [posting for posting in postings if _is_of(posting, blog, document)]
    entries = list(_entries([update for posting in same for update in posting.updates], document))
    return Reading(kind=STRUCTURED, blog=blog, entries=tuple(_without_lies(entries, blog)))


def _is_of(posting: Posting, blog: Blog, document: Document) -> bool:
    """Whether a page's further posting is of the same blog, and not a teaser of another."""
    address = _url_of(posting.fields, document)
    return address is None or blog.url is None or urldefrag(address).url == urldefrag(blog.url).url


def _postings(document: Document) -> Iterator[Posting]:
    for script in document.tree.css('script[type*="ld+json" i]')[:SCRIPTS]:
        source = script.text(deep=True) or ""
        if LIVE_BLOG in source:
            yield from _found(_json_of(source), JSON_DEPTH)


def _json_of(source: str) -> bytes:
    """The JSON of a script as bytes that decode: comments around it, a trailing semicolon, raw newlines in strings and
    other damage that `read_json` forgives are mended."""
    text = source.strip().removeprefix("//").strip().removeprefix("<![CDATA[").removeprefix("<!--")
    text = text.rstrip().removesuffix("-->").removesuffix("]]>").rstrip().removesuffix("//").rstrip().rstrip(";")
    try:
        return bytes(msgspec.json.decode(text, type=Raw))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:
        return msgspec.json.encode(read_json(text))
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
        return b"null"


def _found(source: bytes | Raw, depth: int) -> Iterator[Posting]:
    """Postings anywhere in arrays, `@graph` and nested objects; only what holds one is decoded, and only so far."""
    raw = bytes(source).lstrip()
    if depth == 0 or _MARK not in raw:
        return
    try:
        fields = _object(raw) if raw[:1] == b"{" else {}
        parts: list[Raw] = list(fields.values()) if fields else _array(raw)
        if fields and LIVE_BLOG in _types(fields):
            yield _posting(fields)
            return
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return
    for part in parts:
        yield from _found(part, depth - 1)


def _types(fields: dict[str, Raw]) -> list[str]:
    kinds = _value(fields.get("@type", b"null"))
    named = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rpartition("/")[2].rpartition(":")[2] for kind in named if isinstance(kind, str)]


def _posting(fields: dict[str, Raw]) -> Posting:
    updates = bytes(fields.pop(_UPDATES, b"[]")).strip()
    listed = _array(updates) if updates[:1] == b"[" else [Raw(updates)]
    return Posting(fields={name: _value(value) for name, value in fields.items()}, updates=listed[:ENTRIES])


def _blog(node: Node, document: Document) -> Blog:
    clock = document.clock
    return Blog(
        url=_url_of(node, document) or document.url,
        title=plain_line(_text(node.get("headline")) or _text(node.get("name"))),
        description=plain_line(_text(node.get("description")), 2_000),
        authors=_names(node.get("author")),
        published_at=clock.instant(_text(node.get("datePublished"))),
        updated_at=clock.instant(_text(node.get("dateModified"))),
        live=_live(node, document),
        comments_url=web_url(_text(node.get("discussionUrl"))),
        format="jsonld",
    )


def _live(node: Node, document: Document) -> bool | None:
    """Whether the coverage goes on; an end that lies ahead says that it does, since publishers move it along."""
    end = document.clock.instant(_text(node.get("coverageEndTime")))
    if end is not None:
        return end > document.clock.fetched_at
    return True if node.get("coverageStartTime") else None


def _entries(updates: list[Raw], document: Document) -> Iterator[Entry]:
    for raw in updates[:ENTRIES]:
        if document.is_late:
            return
        markup = bytes(raw)
        entry = document.memo.entry("jsonld", markup, document.clock, partial(_entry, markup, document))
        if entry.id or entry.title or entry.text or entry.html or entry.images:
            yield entry


def _entry(markup: bytes, document: Document) -> Entry:
    try:
        node = mapping(_value(markup))
    except (msgspec.DecodeError, RecursionError):
        return Entry(id="")
    text, html = body(_text(node.get("articleBody")) or _text(node.get("text")))
    published = document.clock.instant(_moment(node.get("datePublished")))
    modified = document.clock.instant(_moment(node.get("dateModified")))
    edited = modified is not None and (published is None or modified > published)
    return Entry(
        id=_own_id(node, document) or "",
        title=plain_line(_text(node.get("headline")) or _text(node.get("name"))),
        text=text,
        html=html,
        authors=_names(node.get("author")),
        published_at=published,
        updated_at=modified if edited else None,
        url=_url_of(node, document),
        images=tuple(_images(node.get("image"))),
    )


def _without_lies(entries: list[Entry], blog: Blog) -> list[Entry]:
    """Without the page's own headline and dates, its byline or its picture, where they are repeated on every entry."""
    if len(entries) > 1 and all(
        entry.title == blog.title and entry.published_at == blog.published_at for entry in entries
    ):
        entries = [replace(entry, title=None, published_at=None, updated_at=None) for entry in entries]
    if len(entries) > 1 and len(blog.authors) > 1 and all(entry.authors == blog.authors for entry in entries):
        entries = [replace(entry, authors=()) for entry in entries]
    if len(entries) > 2 and entries[0].images and all(entry.images == entries[0].images for entry in entries):
        entries = [replace(entry, images=()) for entry in entries]
    return entries


def _own_id(node: Node, document: Document) -> str | None:
    """What the page calls the entry: the fragment of its address, or its `@id` or `identifier`."""
    for name in ("@id", "url", "identifier", "mainEntityOfPage"):
        value = _text(node.get(name)) or _text(mapping(node.get(name)).get("@id"))
        if not value:
            continue
        base, _, fragment = value.partition("#")
        if fragment:
            return unquote(fragment)
        if base.rstrip("/") != (document.url or "").rstrip("/"):
            return value
    return None


def _url_of(node: Node, document: Document) -> str | None:
    for name in ("url", "@id", "mainEntityOfPage"):
        value = _text(node.get(name)) or _text(mapping(node.get(name)).get("@id"))
        if value and _FAR_URL.match(value.strip()) and (url := joined(document.url, value)):
            return url
    return None


def _names(value: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in value if isinstance(value, list) else [value]:
        name = plain_line(node if isinstance(node, str) else _text(mapping(node).get("name")), NAME_CHARACTERS)
        if name:
            found[_BY.sub("", name)] = None
    return tuple(found)[:AUTHORS]


def _images(value: object) -> Iterator[Image]:
    for node in (value if isinstance(value, list) else [value])[:IMAGES]:
        if url := web_url(node if isinstance(node, str) else _text(mapping(node).get("url"))):
            about = mapping(node)
            yield Image(
                url=url,
                alt=plain_line(_text(about.get("name")) or _text(about.get("description"))),
                caption=plain_line(_text(about.get("caption")), 1_000),
            )


def _moment(value: object) -> str | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)


def _text(value: object) -> str | None:
    """A string, also out of `{"@value": …}` or a list of one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else None
