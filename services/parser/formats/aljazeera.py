"""Al Jazeera's GraphQL: a live blog's shell, whose `children` are the ids of its entries, and the entries one by one.

The same posts stand in the page's Apollo state, where one refers to another by `__ref`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from functools import partial
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

from selectolax.lexbor import LexborHTMLParser

from services.parser.clean import body, joined, plain_line, web_url
from services.parser.document import Document
from services.parser.formats.dom import images
from services.parser.limits import AUTHORS, BODY_CHARACTERS, BODY_TAGS, ENTRIES, MORE_PAGES, NAME_CHARACTERS
from services.parser.nodes import Node, at, mapping, markup, nodes, text, walk
from services.parser.readings import MODEL, Reading
from services.parser.tangles import is_tangled
from shared.records import Blog, Entry, Image

_BLOG, _ENTRY = "liveblog", "liveblog-update"
_ENTRY_QUERY = "LiveBlogUpdateQuery"
ID_DIGITS = 18


def read_aljazeera(document: Document) -> Reading | None:
    if not isinstance(document.json, dict) or "liveblog" not in document.text:
        return None
    return aljazeera_value(document.json, document)


def aljazeera_value(value: object, document: Document) -> Reading | None:
    """Times carry no zone and are UTC. Complete where every child of the shell is here."""
    shell: Node = {}
    posts: dict[str, Node] = {}
    for node in walk(value):
        kind = node.get("postType")
        if kind == _ENTRY and isinstance(node.get("id"), str | int) and "content" in node:
            posts.setdefault(str(node["id"]), node)
        elif not shell and (kind == _BLOG or "childrenMeta" in node) and isinstance(node.get("children"), list):
            shell = node
    if not posts and not shell:
        return None
    children = _children(shell)
    order = {name: number for number, name in enumerate(children)}
    listed = sorted(posts, key=lambda name: order.get(name, -1))
    entries = tuple(_entries([posts[name] for name in listed], value, document))
    return Reading(
        kind=MODEL,
        blog=_blog(shell, next(iter(posts.values()), {}), document),
        entries=entries,
        complete=bool(children) and len(children) <= ENTRIES and set(children) <= posts.keys(),
        more=tuple(_more([name for name in children if name not in posts], document)),
    )


def _children(shell: Node) -> list[str]:
    """The ids of a blog's entries; its two lists of them may be of different moments."""
    described = [node.get("id") for node in nodes(shell.get("childrenMeta"))]
    listed = [*described, *shell.get("children", ())]
    return list(dict.fromkeys(str(name) for name in listed if isinstance(name, str | int)))


def _more(missing: list[str], document: Document) -> Iterator[str]:
    """Where the entries are that a shell only names: the same endpoint, asked for one entry."""
    parts = urlsplit(document.url or "")
    if not parts.path.endswith("/graphql"):
        return
    others = [pair for pair in parse_qsl(parts.query) if pair[0] not in {"operationName", "variables"}]
    for name in missing[:MORE_PAGES]:
        if not name.isdecimal() or len(name) > ID_DIGITS:
            continue
        asked = {"postID": int(name), "postType": _ENTRY, "preview": "", "isAmp": False}
        query = urlencode([*others, ("operationName", _ENTRY_QUERY), ("variables", json.dumps(asked))])
        if url := web_url(parts._replace(query=query).geturl()):
            yield url


def _blog(shell: Node, entry: Node, document: Document) -> Blog:
    """The shell's word; of an entry alone only the address, which all entries share."""
    clock, live = document.clock, shell.get("isLive")
    return Blog(
        url=joined(document.url, shell.get("link") or entry.get("link")),
        title=plain_line(shell.get("title")),
        description=plain_line(shell.get("excerpt"), 2_000),
        published_at=clock.instant(text(shell.get("date")), zone=UTC),
        updated_at=clock.instant(text(shell.get("modified_gmt")), zone=UTC),
        live=live if isinstance(live, bool) else None,
        format="aljazeera",
    )


def _entries(posts: list[Node], state: object, document: Document) -> Iterator[Entry]:
    for post in posts[:ENTRIES]:
        if document.is_late:
            return
        authors = tuple(_authors(post, state))
        whole = markup([post, authors])
        yield document.entry("aljazeera", whole, partial(_entry, post, authors, document))


def _entry(post: Node, authors: tuple[str, ...], document: Document) -> Entry:
    published = document.clock.instant(text(post.get("date")), zone=UTC)
    updated = document.clock.instant(text(post.get("modified_gmt")), zone=UTC)
    plain, safe = body(post.get("content"), document.url)
    name, link = str(post["id"]), joined(document.url, post.get("link"))
    return Entry(
        id=name,
        title=plain_line(post.get("title")) if post.get("shouldDisplayTitle") is not False else None,
        text=plain,
        html=safe,
        authors=authors,
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        url=f"{urldefrag(link).url}?update={name}" if link else None,
        images=_images(post.get("content"), document.url or ""),
    )


def _authors(post: Node, state: object) -> Iterator[str]:
    """The names that the page shows: it may be told to show none."""
    if post.get("showAuthor") is False:
        return
    written = (post.get("writeInAuthor"), at(post, "writeInCoAuthor", "name"))
    named = nodes(post.get("author"))[:AUTHORS]
    known = (mapping(mapping(state).get(str(author.get("__ref")))) or author for author in named)
    for name in (*(author.get("name") for author in known), *written):
        if line := plain_line(name, NAME_CHARACTERS):
            yield line


def _images(content: object, base: str) -> tuple[Image, ...]:
    source = content[:BODY_CHARACTERS] if isinstance(content, str) else ""
    if "<img" not in source or is_tangled(source, BODY_TAGS):
        return ()
    root = LexborHTMLParser(source).body
    return tuple(images(root, base)) if root is not None else ()
