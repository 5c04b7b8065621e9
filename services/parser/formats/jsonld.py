"""schema.org LiveBlogPosting in JSON-LD scripts: an object, an array, or inside `@graph`."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import partial
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Raw

from services.parser.clean import body, joined, plain_line, plain_name, web_url
from services.parser.clock import Clock
from services.parser.document import Document, read_json
from services.parser.limits import AUTHORS, IMAGES, JSON_DEPTH, SCRIPTS
from services.parser.nodes import mapping
from services.parser.readings import STRUCTURED, Reading
from shared.records import Blog, Entry, Image

LIVE_BLOG = "LiveBlogPosting"
SAMPLE = 6
"""So many entries tell whether all repeat what is the page's."""
_MARK = LIVE_BLOG.encode()
_FAR_URL = re.compile(r"https?:|/|#", re.IGNORECASE)
_BY = re.compile(r"^by\s+", re.IGNORECASE)
_UPDATES = "liveBlogUpdate"


class Posting(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of a LiveBlogPosting. Its updates stay undecoded: most of them are known from the last page."""

    type: Any = msgspec.field(name="@type", default=None)
    id: Any = msgspec.field(name="@id", default=None)
    url: Any = None
    main_entity_of_page: Any = None
    headline: Any = None
    name: Any = None
    description: Any = None
    author: Any = None
    date_published: Any = None
    date_modified: Any = None
    coverage_start_time: Any = None
    coverage_end_time: Any = None
    discussion_url: Any = None
    live_blog_update: list[Raw] = []


class Update(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of one of its updates, mostly a BlogPosting."""

    id: Any = msgspec.field(name="@id", default=None)
    url: Any = None
    identifier: Any = None
    main_entity_of_page: Any = None
    headline: Any = None
    name: Any = None
    article_body: Any = None
    text: Any = None
    author: Any = None
    date_published: Any = None
    date_modified: Any = None
    image: Any = None


_object = msgspec.json.Decoder(dict[str, Raw]).decode
_array = msgspec.json.Decoder(list[Raw]).decode
_posting = msgspec.json.Decoder(Posting).decode
_update = msgspec.json.Decoder(Update).decode


def read_jsonld(document: Document) -> Reading | None:
    """The page's live blog; of several postings those that are of the same blog, and not teasers of another."""
    if not document.is_markup:
        return None
    postings = list(_postings(document))
    if not postings:
        return None
    main = max(postings, key=lambda posting: len(posting.live_blog_update))
    blog = _blog(main, document)
    updates = _of_one_blog(postings, blog, document)
    entries = _entries(updates, _lies(updates, main, blog), document)
    return Reading(kind=STRUCTURED, blog=blog, entries=tuple(entries))


def _of_one_blog(postings: list[Posting], blog: Blog, document: Document) -> list[Raw]:
    ours = (blog.url or "").partition("#")[0]
    return [
        update
        for posting in postings
        if len(postings) == 1 or (_address(posting, document) or ours).partition("#")[0] == ours
        for update in posting.live_blog_update
    ]


def _postings(document: Document) -> Iterator[Posting]:
    for script in document.tree.css('script[type*="ld+json" i]')[:SCRIPTS]:
        source = script.text(deep=True) or ""
        if LIVE_BLOG in source:
            yield from _read(source)


def _read(source: str) -> list[Posting]:
    try:
        return list(_found(source.encode("utf-8", "replace"), JSON_DEPTH))
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return list(_found(_mended(source), JSON_DEPTH))
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
        return []


def _mended(source: str) -> bytes:
    """The JSON of a script without what stands around it, and without the damage that `read_json` forgives."""
    text = source.strip().removeprefix("//").strip().removeprefix("<![CDATA[").removeprefix("<!--")
    text = text.rstrip().removesuffix("-->").removesuffix("]]>").rstrip().removesuffix("//").rstrip().rstrip(";")
    return msgspec.json.encode(read_json(text))


def _found(source: bytes, depth: int) -> Iterator[Posting]:
    """Postings anywhere in arrays, `@graph` and nested objects; only what holds one is decoded, and only so far."""
    if depth == 0 or _MARK not in source:
        return
    if source.lstrip()[:1] != b"{":
        parts = _array(source)
    elif LIVE_BLOG in _types((posting := _as_posting(source)).type):
        yield posting
        return
    else:
        parts = list(_object(source).values())
    for part in parts:
        if bytes(part)[:1] in {b"{", b"["}:
            yield from _found(bytes(part), depth - 1)


def _as_posting(source: bytes) -> Posting:
    try:
        return _posting(source)
    except msgspec.ValidationError:  # one update alone, not in a list
        fields = _object(source)
        return _posting(msgspec.json.encode({**fields, _UPDATES: [fields[_UPDATES]]}))


def _types(named: object) -> list[str]:
    kinds = named if isinstance(named, list) else [named]
    return [kind.rpartition("/")[2].rpartition(":")[2] for kind in kinds if isinstance(kind, str)]


def _blog(posting: Posting, document: Document) -> Blog:
    clock = document.clock
    return Blog(
        url=_address(posting, document) or document.url,
        title=plain_line(_text(posting.headline) or _text(posting.name)),
        description=plain_line(_text(posting.description), 2_000),
        authors=_names(posting.author),
        published_at=clock.instant(_moment(posting.date_published)),
        updated_at=clock.instant(_moment(posting.date_modified)),
        live=_live(posting, clock),
        comments_url=web_url(_text(posting.discussion_url)),
        format="jsonld",
    )


def _live(posting: Posting, clock: Clock) -> bool | None:
    """Whether the coverage goes on; an end that lies ahead says that it does, since publishers move it along."""
    end = clock.instant(_moment(posting.coverage_end_time))
    if end is not None:
        return end > clock.fetched_at
    return True if posting.coverage_start_time else None


def _entries(updates: list[Raw], lies: frozenset[str], document: Document) -> Iterator[Entry]:
    by = " ".join(("jsonld", *sorted(lies)))
    entries = document.entries(by, map(bytes, updates), partial(_entry, document, lies))
    return (entry for entry in entries if entry.id or entry.title or entry.text or entry.html or entry.images)


def _lies(updates: list[Raw], posting: Posting, blog: Blog) -> frozenset[str]:
    """What a publisher repeats on every entry instead of the entry's own: the page's headline with its dates, its
    byline of several people, one picture. Told by a sample from all over the list."""
    try:
        sample = [_update(bytes(raw)) for raw in updates[:: max(1, len(updates) // SAMPLE)]]
    except (msgspec.DecodeError, RecursionError):
        return frozenset()
    if len(sample) < 2:
        return frozenset()
    ours = _text(posting.headline), posting.date_published
    signs = {
        "headline": all((_text(one.headline), one.date_published) == ours for one in sample),
        "byline": len(blog.authors) > 1 and all(_names(one.author) == blog.authors for one in sample),
        "image": len(sample) > 2 and all(one.image and one.image == sample[0].image for one in sample),
    }
    return frozenset(name for name, is_lie in signs.items() if is_lie)


def _entry(document: Document, lies: Container[str], markup: bytes) -> Entry:
    try:
        update = _update(markup)
    except (msgspec.DecodeError, RecursionError):
        return Entry(id="")
    text, html = body(_text(update.article_body) or _text(update.text), document.url)
    published = modified = None
    if "headline" not in lies:
        published = document.clock.instant(_moment(update.date_published))
        modified = document.clock.instant(_moment(update.date_modified))
    edited = modified is not None and (published is None or modified > published)
    return Entry(
        id=_own_id(update, document) or "",
        title=None if "headline" in lies else plain_line(_text(update.headline) or _text(update.name)),
        text=text,
        html=html,
        authors=() if "byline" in lies else _names(update.author),
        published_at=published,
        updated_at=modified if edited else None,
        url=_address(update, document),
        images=() if "image" in lies else tuple(_images(update.image)),
    )


def _own_id(update: Update, document: Document) -> str | None:
    """What the page calls the entry: the fragment of its address, or its `@id` or `identifier`."""
    for value in (update.id, update.url, update.identifier, update.main_entity_of_page):
        if value is None:
            continue
        if not (named := _text(value) or _text(mapping(value).get("@id"))):
            continue
        base, _, fragment = named.partition("#")
        if fragment:
            return unquote(fragment)
        if base.rstrip("/") != (document.url or "").rstrip("/"):
            return named
    return None


def _address(of: Posting | Update, document: Document) -> str | None:
    for value in (of.url, of.id, of.main_entity_of_page):
        if value is None:
            continue
        named = _text(value) or _text(mapping(value).get("@id"))
        if named and _FAR_URL.match(named.strip()) and (url := joined(document.url, named)):
            return url
    return None


def _names(value: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in value if isinstance(value, list) else [value]:
        name = plain_name((node if isinstance(node, str) else _text(mapping(node).get("name"))) or "")
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
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else None
