"""The Guardian's page model: `blocks`, the pinned post beside them, a page of several."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

from services.parser.clean import body, names, plain_line, web_url
from services.parser.document import Document
from services.parser.formats.guardianelements import images, links, markup_of
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, LINKS, NAME_CHARACTERS
from services.parser.nodes import Node, at, mapping, markup, nodes, text, walk
from services.parser.readings import MODEL, Reading
from shared.records import Blog, Entry


def read_guardian(document: Document) -> Reading | None:
    """The page's model as its `.json` address gives it."""
    if not isinstance(document.json, dict) or '"webURL"' not in document.text:
        return None
    return guardian_value(document.json, document)


def guardian_value(value: object, document: Document) -> Reading | None:
    """Times are milliseconds since the epoch. The listing is complete only where there is one page of it."""
    model = next((node for node in walk(value) if isinstance(node.get("blocks"), list) and "webURL" in node), None)
    if model is None:
        return None
    blog = _blog(model, document)
    pages = mapping(model.get("pagination"))
    return Reading(
        kind=MODEL,
        exact=True,
        blog=blog,
        entries=tuple(_entries(model, blog.url, document)),
        complete=pages.get("totalPages", 1) == 1 and len(model["blocks"]) < ENTRIES and not _filtered(model),
        more=tuple(_more(pages, blog.url, document)),
        poll_url=_poll_url(model, blog) if pages.get("currentPage", 1) == 1 else None,
    )


def poll_url(page: str, block: str) -> str:
    """What came after a block, by the address of the blog."""
    return f"{urldefrag(page).url.partition('?')[0]}.json?{urlencode({'lastUpdate': block, 'isLivePage': 'true'})}"


def _filtered(model: Node) -> bool:
    """Whether the reader asked for key events alone."""
    return model.get("filterKeyEvents") is True


def _poll_url(model: Node, blog: Blog) -> str | None:
    newest = text(model.get("mostRecentBlockId")) or next(
        (f"block-{block.get('id')}" for block in _blocks(model)), None
    )
    return poll_url(blog.url, newest) if blog.url and newest and blog.live is not False else None


def _more(pages: Node, url: str | None, document: Document) -> Iterator[str]:
    """The pages of older blocks, asked for as this page was: the model's address stays the model's."""
    asked = urlsplit(document.url or url or "")
    kept = [pair for pair in parse_qsl(asked.query) if pair[0] != "page"]
    for query in dict.fromkeys(text(pages.get(name)) for name in ("older", "oldest")):
        wanted = dict(parse_qsl((query or "").removeprefix("?"))).get("page")
        address = asked._replace(query=urlencode([*kept, ("page", wanted)], safe=":"), fragment="") if wanted else None
        if address and (found := web_url(address.geturl())):
            yield found


def _blog(model: Node, document: Document) -> Blog:
    live = at(model, "config", "isLive")
    byline = plain_line(model.get("byline") or at(model, "author", "byline"), NAME_CHARACTERS * 4)
    return Blog(
        url=web_url(model.get("webURL")) or document.url,
        title=plain_line(model.get("headline") or model.get("webTitle")),
        description=plain_line(model.get("standfirst"), 2_000),
        authors=names(byline) if byline else (),
        published_at=document.clock.instant(text(model.get("webPublicationDate"))),
        live=live if isinstance(live, bool) else None,
        comments_url=_comments(model),
        format="guardian",
    )


def _comments(model: Node) -> str | None:
    address = web_url(model.get("webURL"))
    return f"{urldefrag(address).url}#comments" if address and model.get("isCommentable") is True else None


def _blocks(model: Node) -> list[Node]:
    return [block for block in nodes(model["blocks"])[:ENTRIES] if text(block.get("id"))]


def _entries(model: Node, url: str | None, document: Document) -> Iterator[Entry]:
    """The blocks, and the pinned post where it is not among them."""
    blocks = _blocks(model)
    pinned = [block for block in nodes([model.get("pinnedPost")]) if text(block.get("id"))]
    listed = {block["id"] for block in blocks}
    stuck = {block["id"] for block in pinned}
    for block in [*blocks, *(block for block in pinned if block["id"] not in listed)]:
        if document.is_late:
            return
        is_pinned = block["id"] in stuck
        whole = markup([block, is_pinned])
        yield document.entry("guardian", whole, partial(_entry, block, is_pinned, url, document))


def _entry(block: Node, is_pinned: bool, url: str | None, document: Document) -> Entry:
    published = _time(block, document, "blockFirstPublished", "firstPublished", "blockCreatedOn", "createdOn")
    updated = _time(block, document, "blockLastUpdated", "lastUpdated")
    elements = nodes(block.get("elements"))
    plain, safe = body(markup_of(elements), document.url)
    flags = mapping(block.get("attributes"))
    name = block["id"].removeprefix("block-")
    return Entry(
        id=name,
        title=plain_line(block.get("title")),
        text=plain,
        html=safe,
        authors=tuple(_authors(block)),
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        url=f"{urldefrag(url).url.partition('?')[0]}?page=with:block-{name}#block-{name}" if url else None,
        # The page lists summaries among its key events.
        key_event=flags.get("keyEvent") is True or flags.get("summary") is True,
        pinned=is_pinned or flags.get("pinned") is True,
        links=tuple(links(elements))[:LINKS],
        images=tuple(images(elements))[:IMAGES],
    )


def _time(block: Node, document: Document, *fields: str) -> datetime | None:
    return next((found for name in fields if (found := document.clock.instant(block.get(name)))), None)


def _authors(block: Node) -> Iterator[str]:
    for contributor in nodes(block.get("contributors"))[:AUTHORS]:
        if name := plain_line(contributor.get("name"), NAME_CHARACTERS):
            yield name
