"""schema.org LiveBlogPosting in JSON-LD scripts: an object, an array, or inside `@graph`."""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import partial

import msgspec
from msgspec import Raw

from services.parser.document import Document, half_characters, read_json
from services.parser.doubts import BROKEN_DATA, BROKEN_TEXT
from services.parser.formats.salvage import saved
from services.parser.formats.schema import Posting, Update, address_of, blog_of, entry_of, lies_of
from services.parser.limits import JSON_DEPTH, SCRIPTS
from services.parser.readings import STRUCTURED, Reading
from shared.records import Blog, Entry

LIVE_BLOG = "LiveBlogPosting"
SAMPLE = 6
"""So many entries tell whether all repeat what is the page's."""
_MARK = LIVE_BLOG.encode()
_UPDATES = "liveBlogUpdate"


class Listing(Posting, frozen=True, rename="camel"):
    """A posting with its updates undecoded: most of them are known from the last page."""

    live_blog_update: list[Raw] = msgspec.field(default_factory=list)


_object = msgspec.json.Decoder(dict[str, Raw]).decode
_array = msgspec.json.Decoder(list[Raw]).decode
_posting = msgspec.json.Decoder(Listing).decode
_update = msgspec.json.Decoder(Update).decode


def read_jsonld(document: Document) -> Reading | None:
    """The page's live blog; of several postings those that are of the same blog, and not teasers of another."""
    if not document.is_markup:
        return None
    postings = list(_postings(document))
    if not postings:
        return None
    main = max(postings, key=lambda posting: len(posting.live_blog_update))
    blog = blog_of(main, document, "jsonld")
    updates = _of_one_blog(postings, blog, document)
    entries = _entries(updates, _lies(updates, main, blog), document)
    return Reading(kind=STRUCTURED, blog=blog, entries=tuple(entries))


def _of_one_blog(postings: list[Listing], blog: Blog, document: Document) -> list[Raw]:
    ours = (blog.url or "").partition("#")[0]
    return [
        update
        for posting in postings
        if len(postings) == 1 or (address_of(posting, document) or ours).partition("#")[0] == ours
        for update in posting.live_blog_update
    ]


def _postings(document: Document) -> Iterator[Listing]:
    read_to = 0
    for script in document.tree.css('script[type*="ld+json" i]')[:SCRIPTS]:
        source = script.text(deep=True) or ""
        if LIVE_BLOG in source:
            whole, read_to = document.cut_out(source, read_to)
            found = _read(source, whole, document)
            if found is None:
                document.clock.doubts[BROKEN_DATA] += 1
                found = _saved(source, document)
            yield from found


def _read(source: str, whole: bytes, document: Document) -> list[Listing] | None:
    """None where it cannot be read."""
    try:
        return list(_found(whole, JSON_DEPTH))
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        found = list(_found(_mended(source), JSON_DEPTH))
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
        return None
    if broken := half_characters(source):
        document.clock.doubts[BROKEN_TEXT] += broken
    return found


def _saved(source: str, document: Document) -> list[Listing]:
    posting = saved(source, document)
    try:
        return [_posting(msgspec.json.encode(posting))] if posting else []
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
        return []


def _mended(source: str) -> bytes:
    """The JSON of a script without what stands around it, and without the damage that `read_json` forgives."""
    text = source.strip().removeprefix("//").strip().removeprefix("<![CDATA[").removeprefix("<!--")
    text = text.rstrip().removesuffix("-->").removesuffix("]]>").rstrip().removesuffix("//").rstrip().rstrip(";")
    if (value := read_json(text)) is None:
        raise ValueError("This is no JSON.")
    return msgspec.json.encode(value)


def _found(source: bytes, depth: int) -> Iterator[Listing]:
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


def _as_posting(source: bytes) -> Listing:
    try:
        return _posting(source)
    except msgspec.ValidationError:  # one update alone, not in a list
        fields = _object(source)
        return _posting(msgspec.json.encode({**fields, _UPDATES: [fields[_UPDATES]]}))


def _types(named: object) -> list[str]:
    kinds = named if isinstance(named, list) else [named]
    return [kind.rpartition("/")[2].rpartition(":")[2] for kind in kinds if isinstance(kind, str)]


def _entries(updates: list[Raw], lies: frozenset[str], document: Document) -> Iterator[Entry]:
    by = " ".join(("jsonld", *sorted(lies)))
    entries = document.entries(by, map(bytes, updates), partial(_entry, document, lies))
    return (entry for entry in entries if entry.id or entry.title or entry.text or entry.html or entry.images)


def _lies(updates: list[Raw], posting: Posting, blog: Blog) -> frozenset[str]:
    try:
        sample = [_update(bytes(raw)) for raw in updates[:: max(1, len(updates) // SAMPLE)]]
    except (msgspec.DecodeError, RecursionError):
        return frozenset()
    return lies_of(posting, blog, sample)


def _entry(document: Document, lies: Container[str], markup: bytes) -> Entry:
    try:
        return entry_of(_update(markup), document, lies)
    except (msgspec.DecodeError, RecursionError):
        return Entry(id="")
