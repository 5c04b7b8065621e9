"""The BBC's live pages: a stream of posts, each a tree of text blocks, in the page's data or where the page polls."""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qsl, quote, urldefrag, urlencode, urlsplit

from services.parser.clean import body, joined, names, plain_line, web_url
from services.parser.document import Document
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, JSON_DEPTH, LINKS, MORE_PAGES, NAME_CHARACTERS, STATE_NODES
from services.parser.nodes import Node, at, mapping, markup, nodes, text, walk
from services.parser.readings import MODEL, Reading
from shared.records import Blog, Entry, Image, Link

_POLLED = "stream?"
"""What the page calls the container that it polls; the query behind it is the endpoint's."""
_CONTAINERS = "/wc-data/container/"
_PICTURES = "https://ichef.bbci.co.uk/ace/ws/800/"
_ELEMENTS = {
    "paragraph": "p", "unorderedList": "ul", "orderedList": "ol", "listItem": "li", "heading": "h3", "headline": "h3",
    "subheadline": "h3", "blockquote": "blockquote", "quote": "blockquote",
}  # fmt: skip
_OF_PAGES = frozenset({"liveTextStream", "startDateTime", "endDateTime", "description", "seo", "summaryPoints"})
_ATTRIBUTES = {"bold": "b", "italic": "i"}
_NOT_TEXT = frozenset({"image", "video", "audio", "media", "social", "embed", "contributor", "rawImage", "altText"})


def read_bbc(document: Document) -> Reading | None:
    """The endpoint's answer, or the page's data alone."""
    if not isinstance(document.json, dict) or '"urn"' not in document.text:
        return None
    return bbc_value(document.json, document)


def bbc_value(value: object, document: Document) -> Reading | None:
    """Times carry their zone. The listing is complete where it is the only page of it."""
    streams: list[Node] = []
    pages: list[Node] = []
    query: str | None = None
    for node in walk(value):
        if _is_stream(node):
            streams.append(node)
        if isinstance(node.get("isLive"), bool) and text(node.get("title")):
            pages.append(node)
        query = query or next((key for key in node if key.startswith(_POLLED) and "liveTextStreamId=" in key), None)
    if not streams:
        return None
    stream = max(streams, key=lambda found: len(found["results"]))
    # Promotions of other live pages carry the flag too, but not what makes a page.
    page: Node = max(pages, key=lambda found: len(_OF_PAGES & found.keys()), default={})
    blog = _blog(page, document)
    entries = tuple(_entries(stream["results"], blog.url, document))
    index, total = at(stream, "page", "index"), at(stream, "page", "total")
    return Reading(
        kind=MODEL,
        blog=blog,
        entries=entries,
        complete=index == 1 and total == 1 and len(stream["results"]) <= ENTRIES,
        more=tuple(_more(index, total, document)),
        poll_url=joined(document.url, _CONTAINERS + query) if query and index == 1 and blog.live is not False else None,
    )


def _is_stream(node: Node) -> bool:
    """A list of posts, and not of the promotions that have addresses and no content."""
    results = node.get("results")
    return isinstance(results, list) and any(
        isinstance(post, dict)
        and isinstance(post.get("urn"), str)
        and isinstance(post.get("dates"), dict)
        and ("content" in post or "header" in post)
        for post in results[:ENTRIES]
    )


def _blog(page: Node, document: Document) -> Blog:
    """`page` is empty where no part of the data is one."""
    clock = document.clock
    address = document.url if document.url and _CONTAINERS not in document.url else None
    return Blog(
        url=urldefrag(address).url if address else None,
        title=plain_line(page.get("title")) or plain_line(at(page, "seo", "seoTitle")),
        description=plain_line(page.get("description"), 2_000),
        published_at=clock.instant(text(at(page, "seo", "datePublished")) or text(page.get("startDateTime"))),
        updated_at=clock.instant(text(at(page, "seo", "dateModified"))),
        live=page.get("isLive"),
        format="bbc",
    )


def _more(index: object, total: object, document: Document) -> Iterator[str]:
    """`?page=2` of a page; of the endpoint its own `pageNumber`."""
    if not isinstance(index, int) or not isinstance(total, int) or not document.url:
        return
    parts = urlsplit(urldefrag(document.url).url)
    name = "pageNumber" if _CONTAINERS in parts.path else "page"
    others = [pair for pair in parse_qsl(parts.query) if pair[0] not in {name, "post"}]
    for number in range(index + 1, min(total, index + MORE_PAGES) + 1):
        if url := web_url(parts._replace(query=urlencode([*others, (name, str(number))])).geturl()):
            yield url


def _entries(results: list[object], url: str | None, document: Document) -> Iterator[Entry]:
    for post in nodes(results[:ENTRIES]):
        if document.is_late:
            return
        yield document.entry("bbc", markup(post), partial(_entry, post, url, document))


def _entry(post: Node, url: str | None, document: Document) -> Entry:
    instant = document.clock.instant
    dates = mapping(post.get("dates"))
    published = instant(text(dates.get("firstPublished")) or text(dates.get("curated")))
    updated = instant(text(dates.get("lastPublished")))
    headings = nodes(at(post, "header", "model", "blocks"))
    blocks = nodes(at(post, "content", "model", "blocks"))
    titles = [title for block in headings if block.get("type") != "contributor" and (title := _line(block))]
    title = titles[0] if titles else next(_texts(post.get("titles"), "title"), None)
    said = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in titles[1:]) + "".join(map(_markup, blocks))
    plain, safe = body(said or next(_texts(post.get("descriptions"), "text"), None), document.url)
    name = text(post.get("urn")) or ""
    return Entry(
        id=name,
        title=title,
        text=plain,
        html=safe,
        authors=tuple(dict.fromkeys(_authors([*headings, *blocks])))[:AUTHORS],
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        url=f"{url.partition('?')[0]}?post=asset%3A{quote(name.rpartition(':')[2])}#post" if url and name else None,
        key_event=at(post, "options", "isBreakingNews") is True,
        links=tuple(_links(post, blocks, url))[:LINKS],
        images=tuple(_images(post, blocks))[:IMAGES],
    )


def _texts(value: object, name: str) -> Iterator[str]:
    return (line for node in nodes(value) if (line := plain_line(node.get(name))))


def _children(block: Node) -> list[Node]:
    return nodes(at(block, "model", "blocks"))


def _line(block: Node) -> str | None:
    """The words of a block in one line."""
    return plain_line(" ".join(part for node in walk(block) if (part := _own_text(node))))


def _own_text(node: Node) -> str | None:
    """A paragraph repeats its fragments' words: what has words and no further parts."""
    model = mapping(node.get("model"))
    return text(model.get("text")) if not nodes(model.get("blocks")) else None


def _markup(block: Node) -> str:
    return "".join(_parts(block, JSON_DEPTH, [STATE_NODES]))


def _parts(block: Node, depth: int, left: list[int]) -> Iterator[str]:
    """A block's HTML. `left` counts down the blocks that are still looked at."""
    kind = block.get("type")
    left[0] -= 1
    if depth == 0 or left[0] < 0 or kind in _NOT_TEXT:
        return
    tags = [_ELEMENTS[kind]] if isinstance(kind, str) and kind in _ELEMENTS else []
    marks = at(block, "model", "attributes")
    tags += [_ATTRIBUTES[mark] for mark in (marks if isinstance(marks, list) else ()) if mark in ("bold", "italic")]
    address = web_url(at(block, "model", "locator")) if kind in {"urlLink", "link"} else None
    yield "".join(f"<{tag}>" for tag in tags)
    yield f'<a href="{html.escape(address)}">' if address else ""
    children = _children(block)
    for child in children:
        yield from _parts(child, depth - 1, left)
    words = at(block, "model", "text")
    if not children and isinstance(words, str):
        yield html.escape(words, quote=False)
    yield "</a>" if address else ""
    yield "".join(f"</{tag}>" for tag in reversed(tags))


def _authors(headings: list[Node]) -> Iterator[str]:
    for block in headings:
        if block.get("type") == "contributor":
            name = plain_line(at(block, "model", "name"), NAME_CHARACTERS) or _line(block)
            if name:
                yield from names(name[:NAME_CHARACTERS])


def _links(post: Node, blocks: list[Node], url: str | None) -> Iterator[Link]:
    """What a post as a whole leads to, and the posts of others that it shows."""
    if address := joined(url, at(post, "link", "url") or at(post, "link", "path")):
        yield Link(
            url=address,
            title=next(_texts(post.get("titles"), "title"), None),
            summary=next(_texts(post.get("descriptions"), "text"), None),
        )
    for block in blocks:
        if block.get("type") == "social" and (address := web_url(at(block, "model", "source"))):
            yield Link(url=address)


def _images(post: Node, blocks: list[Node]) -> Iterator[Image]:
    for image in nodes(post.get("images")):
        if address := web_url(image.get("url")) or web_url(image.get("originalUrl")):
            yield Image(url=address, alt=plain_line(image.get("altText")))
    for block in blocks:
        if block.get("type") == "image":
            parts = {str(part.get("type")): part for part in _children(block)}
            if address := _picture(mapping(mapping(parts.get("rawImage")).get("model"))):
                alt, caption = mapping(parts.get("altText")), mapping(parts.get("caption"))
                yield Image(url=address, alt=_line(alt), caption=_line(caption))


def _picture(model: Node) -> str | None:
    """A picture's address: its own, or the picture server's by where the picture came from."""
    locator, origin = model.get("locator"), model.get("originCode")
    if own := web_url(model.get("url")) or web_url(model.get("src")) or web_url(locator):
        return own
    if isinstance(locator, str) and isinstance(origin, str):
        return web_url(f"{_PICTURES}{quote(origin)}/{quote(locator.lstrip('/'))}")
    return None
