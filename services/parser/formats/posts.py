"""Lists of posts in a page's state whose model nobody told us: objects that each have an id, a time and text.

Teasers, comments and programmes look much the same: they have addresses of their own, readers' names, or no text. And
nothing is taken where neither the list's place in the state nor the page says that it is live.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from services.parser.clean import body, joined, names, plain_line, web_url
from services.parser.document import Document
from services.parser.formats.state import values
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, JSON_DEPTH, NAME_CHARACTERS, STATE_NODES
from services.parser.nodes import Node, mapping, markup, nodes, text
from services.parser.readings import STRUCTURED, Reading
from services.parser.times import moment
from shared.records import Blog, Entry, Image

POSTS = 3
MOSTLY = 0.8
"""The share of a list's objects that must be posts."""
LEAST_TEXT = 30
"""Characters of a post on average."""
RICH_DEPTH = 8
"""How deep the text of one post may be nested."""

_IDS = ("id", "_id", "uuid", "guid", "urn", "postId", "post_id", "entryId", "entry_id", "eventId", "objectID")
_TIMES = (
    "publishedAt", "published_at", "datePublished", "publishDate", "publishedDate", "published_date", "firstPublished",
    "publicationDate", "published", "postedAt", "createdAt", "created_at", "dateCreated", "createdDate", "created",
    "pubDate", "dateTime", "datetime", "timestamp", "date", "time",
)  # fmt: skip
_EDITS = (
    "updatedAt", "updated_at", "dateModified", "modifiedAt", "modified_at", "lastUpdated", "lastModified", "updated",
    "modified",
)  # fmt: skip
_TEXTS = (
    "body",
    "content",
    "bodyHtml",
    "contentHtml",
    "articleBody",
    "html",
    "text",
    "message",
    "blocks",
    "components",
)
_TITLES = ("title", "headline", "heading")
_AUTHORS = ("authors", "author", "byline", "contributors", "creator", "writer")
_RICH = ("html", "rendered", "value", "text", "content", "body", "children", "blocks", "items", "data", "model")
_PICTURES = ("images", "image", "media", "photo", "picture")
_KEY = ("keyEvent", "isKeyEvent", "key_event", "isKeyMoment", "isBreaking", "isHighlighted", "highlighted", "important")
_PINNED = ("pinned", "isPinned", "sticky", "isSticky")
_DELETED = ("deleted", "isDeleted")
_HIDDEN_STATUS = frozenset({"draft", "submitted", "scheduled", "pending", "unpublished", "private", "trash", "comment"})
_OF_READERS = frozenset(
    {"upvotes", "downvotes", "likes", "likeCount", "replies", "replyCount", "parentId", "parent_id", "userId",
     "username", "userName", "commentId", "inReplyTo", "rating", "price", "votes"}
)  # fmt: skip
_ADDRESSES = ("url", "href", "link", "canonicalUrl", "webUrl", "permalink", "path", "uri", "shareUrl")
_OTHER_LIST = re.compile(
    r"comment(?!ar)|repl(?:y|ies)|discussion|review|related|recommend|teaser|trending|popular|most|promo|sponsor|advert"
    r"|menu|nav|footer|header|product|programme|schedule|fixture|standing|table|tag|author|video|galler|article|stor(?:y|ies)"
    r"|search|notification|faq|newsletter",
    re.IGNORECASE,
)
_LIVE_LIST = re.compile(r"live|ticker|minute", re.IGNORECASE)
_LIVE_PAGE = re.compile(
    r"\blive\b|live-?(?:blog|ticker|updates)|liveblog|ticker|as it happened|minute.by.minute|newsblog", re.IGNORECASE
)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,500})", re.IGNORECASE)


class Listing(Struct, frozen=True):
    posts: list[Node]
    said: int
    """How many characters the posts say."""


def read_posts(document: Document) -> Reading | None:
    """The list in the page's state, or in an answer of JSON, that says the most, if it is one of posts."""
    if document.json is None and not document.is_markup:
        return None
    title = _TITLE.search(document.text)
    page_is_live = _LIVE_PAGE.search(f"{title[1] if title else ''} {document.url or ''}") is not None
    best: Listing | None = None
    for value in [document.json] if document.json is not None else values(document, _TIMES):
        for listing in _listings(value, page_is_live, document):
            if best is None or listing.said > best.said:
                best = listing
    if best is None:
        return None
    blog = Blog(url=document.url, title=plain_line(title[1]) if title else None, format="posts")
    return Reading(kind=STRUCTURED, blog=blog, entries=tuple(_entries(best.posts, document)))


def _listings(value: object, page_is_live: bool, document: Document) -> Iterator[Listing]:
    """Lists of posts, however deep, by the names that lead to them."""
    waiting: list[tuple[object, tuple[str, ...]]] = [(value, ())]
    for _ in range(STATE_NODES):
        if not waiting or document.is_late:
            return
        found, path = waiting.pop()
        if len(path) > JSON_DEPTH:
            continue
        if isinstance(found, dict):
            waiting.extend((part, (*path, name)) for name, part in found.items() if isinstance(part, dict | list))
        elif isinstance(found, list):
            if (listing := _listing(found, path, page_is_live, document)) is not None:
                yield listing
            waiting.extend((part, (*path, "")) for part in found if isinstance(part, dict | list))


def _listing(found: list[object], path: tuple[str, ...], page_is_live: bool, document: Document) -> Listing | None:
    objects = [node for node in found[:ENTRIES] if isinstance(node, dict)]
    if len(objects) < POSTS or not _is_live_place(path, objects, page_is_live):
        return None
    posts = [node for node in objects if _is_post(node, document)]
    if len(posts) < POSTS or len(posts) < MOSTLY * len(found[:ENTRIES]):
        return None
    if len({str(_first(node, _IDS)) for node in posts}) < len(posts):
        return None
    said = sum(len(_rich(_first(node, _TEXTS), RICH_DEPTH)) for node in posts)
    return Listing(posts=posts, said=said) if said >= LEAST_TEXT * len(posts) else None


def _is_live_place(path: tuple[str, ...], objects: list[Node], page_is_live: bool) -> bool:
    named = [name for name in path if name]
    kinds = [kind for node in objects[:POSTS] if (kind := text(node.get("__typename") or node.get("type")))]
    if named and _OTHER_LIST.search(named[-1]) and not _LIVE_LIST.search(named[-1]):
        return False
    return page_is_live or any(_LIVE_LIST.search(name) for name in (*named, *kinds))


def _is_post(node: Node, document: Document) -> bool:
    at = _first(node, _TIMES)
    return (
        isinstance(_first(node, _IDS), str | int)
        and isinstance(at, str | int | float)
        and moment(at) is not None
        and bool(_rich(_first(node, _TEXTS), RICH_DEPTH).strip())
        and not _OF_READERS & node.keys()
        and not _leads_away(node, document)
    )


def _leads_away(node: Node, document: Document) -> bool:
    """Whether the object is an article of its own: its address is another page's."""
    address = next((said for name in _ADDRESSES if (said := text(node.get(name)))), None)
    if text(node.get("slug")) and address is None:
        return True
    if address is None or address.startswith(("#", "?")):
        return False
    there = (joined(document.url, address) or address).partition("#")[0].partition("?")[0].rstrip("/")
    here = (document.url or "").partition("#")[0].partition("?")[0].rstrip("/")
    return not (here and there.startswith(here)) and not ("#" in address and not here)


def _first(node: Node, fields: tuple[str, ...]) -> object:
    return next((node[name] for name in fields if node.get(name)), None)


def _rich(value: object, depth: int) -> str:
    """The HTML of a text, of a list of its paragraphs, or of a tree of them."""
    if isinstance(value, str):
        return value
    if depth == 0:
        return ""
    if isinstance(value, list):
        parts = (_rich(part, depth - 1) for part in value[:ENTRIES])
        return "".join(
            part if part.lstrip()[:1] == "<" else f"<p>{html.escape(part, False)}</p>" for part in parts if part
        )
    if isinstance(value, dict):
        return next((said for name in _RICH if value.get(name) and (said := _rich(value[name], depth - 1))), "")
    return ""


def _entries(posts: list[Node], document: Document) -> Iterator[Entry]:
    for post in posts:
        if document.is_late:
            return
        if str(post.get("status", "")).casefold() not in _HIDDEN_STATUS and post.get("published") is not False:
            yield document.entry("posts", markup(post), partial(_entry, post, document))


def _entry(post: Node, document: Document) -> Entry:
    published = document.clock.instant(_first(post, _TIMES))
    edited = _first(post, _EDITS)
    updated = document.clock.instant(edited) if isinstance(edited, str | int | float) else None
    plain, safe = body(_rich(_first(post, _TEXTS), RICH_DEPTH), document.url)
    address = next((said for name in _ADDRESSES if (said := text(post.get(name)))), None)
    return Entry(
        id=str(_first(post, _IDS)),
        title=plain_line(_rich(_first(post, _TITLES), RICH_DEPTH)),
        text=plain,
        html=safe,
        authors=tuple(_authors(_first(post, _AUTHORS)))[:AUTHORS],
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        url=joined(document.url, address),
        key_event=any(post.get(name) is True for name in _KEY),
        pinned=any(post.get(name) is True for name in _PINNED),
        deleted=any(post.get(name) is True for name in _DELETED),
        images=tuple(_images(_first(post, _PICTURES)))[:IMAGES],
    )


def _authors(value: object) -> Iterator[str]:
    if isinstance(value, str) and (line := plain_line(value, NAME_CHARACTERS * 4)):
        yield from names(line)
    for author in value if isinstance(value, list) else [value]:
        name = (
            author if isinstance(author, str) else _first(mapping(author), ("name", "displayName", "fullName", "title"))
        )
        if isinstance(value, list | dict) and (line := plain_line(name, NAME_CHARACTERS)):
            yield line


def _images(value: object) -> Iterator[Image]:
    if url := web_url(value):
        yield Image(url=url)
    for picture in nodes(value):
        if url := next((found for name in ("url", "src", "href") if (found := web_url(picture.get(name)))), None):
            alt = plain_line(picture.get("alt") or picture.get("altText"))
            yield Image(url=url, alt=alt, caption=plain_line(picture.get("caption"), 1_000))
