"""Entries that a page marks up in its DOM, read by a dialect: where each publisher's pages keep what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.clean import body, joined, names, plain_line
from services.parser.clock import Clock
from services.parser.document import Document
from services.parser.limits import AUTHORS, BODY_TAGS, IMAGES, LINKS, NAME_CHARACTERS, NESTING
from services.parser.readings import DOM, Reading
from services.parser.tangles import is_tangled
from shared.records import Blog, Entry, Image, Link


def attribute(*names: str) -> Callable[[LexborNode], str | None]:
    """Reads the first of these attributes that the entry's element has."""

    def read(node: LexborNode) -> str | None:
        return next((value for name in names if (value := node.attributes.get(name))), None)

    return read


def inside(selector: str, *names: str) -> Callable[[LexborNode], str | None]:
    """The same of the first element within that the selector names."""
    read_attribute = attribute(*names)

    def read(node: LexborNode) -> str | None:
        found = node.css_first(selector)
        return read_attribute(found) if found is not None else None

    return read


def number(*names: str) -> Callable[[LexborNode], int | str | None]:
    """The same for counts since the epoch."""
    read_text = attribute(*names)

    def read(node: LexborNode) -> int | str | None:
        text = (read_text(node) or "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else text or None

    return read


def first(*readers: Callable[[LexborNode], int | str | None]) -> Callable[[LexborNode], int | str | None]:
    """What the first of these readers finds."""

    def read(node: LexborNode) -> int | str | None:
        return next((value for reader in readers if (value := reader(node)) is not None), None)

    return read


def distinct(root: LexborNode | LexborHTMLParser, selector: str) -> list[LexborNode]:
    """What matches, once each: a list of selectors gives what several of them match several times."""
    found = {node.mem_id: node for node in root.css(selector)} if selector else {}
    return list(found.values())


def _nothing(_: LexborNode) -> None:
    return None


class Dialect(Struct, frozen=True, kw_only=True):
    """How a publisher's pages mark up their entries. Selectors are CSS, within an entry's element.

    `published` and `updated` give what `Clock.instant` reads; `shown` the time as it is shown, read where `published`
    gives nothing.
    """

    name: str
    entry: str
    id: Callable[[LexborNode], str | None] = attribute("id")
    title: str = ""
    body: str = ""
    """All that matches, in order; the title, authors and time within are left out."""
    authors: str = ""
    published: Callable[[LexborNode], int | str | None] = _nothing
    updated: Callable[[LexborNode], int | str | None] = _nothing
    shown: str = ""
    url: Callable[[LexborNode], str | None] = _nothing
    key_event: Callable[[LexborNode], bool] = lambda node: False
    pinned: Callable[[LexborNode], bool] = lambda node: False
    deleted: Callable[[LexborNode], bool] = lambda node: False
    no_authors: frozenset[str] = frozenset()
    """What stands in the author's place without being one ("KEY EVENT"), in lower case."""
    card: str = ""
    """Link cards: their anchor's text and address, and what their first paragraph says."""
    caption: str = "figcaption"
    """Of a picture, within its figure; no part of the body where it stands elsewhere."""
    figure: str = "figure"
    drop: str = ""
    """What stands within the body and is no part of it, such as buttons to share it."""
    names_authors: bool = False
    """Whether entries without a name here have no author: their JSON-LD carries the page's byline."""
    exact: bool = False
    live: Callable[[LexborHTMLParser], bool | None] = lambda tree: None
    next_url: Callable[[LexborHTMLParser], str | None] = lambda tree: None
    more: Callable[[LexborHTMLParser], tuple[str, ...]] = lambda tree: ()


def read_dialect(document: Document, dialect: Dialect, tree: LexborHTMLParser | None = None) -> Reading | None:
    """The page's entries by a dialect; None where it holds none. `tree` is that of a part of the page, if only that is
    to be read."""
    if tree is None and not document.is_markup:
        return None
    return read_nodes(document, dialect, not_within_others(distinct(tree or document.tree, dialect.entry)), tree)


def read_nodes(
    document: Document, dialect: Dialect, nodes: list[LexborNode], tree: LexborHTMLParser | None = None
) -> Reading | None:
    """The same where the entries' elements are known already."""
    if not nodes:
        return None
    tree = tree or document.tree
    base, inferred = document.url or "", document.clock.inferred
    markups = (node.html or "" for node in nodes)
    entries = list(document.entries(dialect.name, markups, partial(read_entry, document.clock, dialect, base)))
    if dialect.shown:
        entries = _with_shown_times(entries, nodes, document, dialect)
    found_next = dialect.next_url(tree)
    return Reading(
        kind=DOM,
        blog=Blog(
            url=None,
            title=page_title(document.tree) if document.is_markup else None,
            live=dialect.live(tree),
            next_url=joined(base, found_next),
            format=dialect.name,
        ),
        entries=tuple(entries),
        inferred=document.clock.inferred > inferred,
        exact=dialect.exact,
        names_authors=dialect.names_authors,
        more=tuple(url for more in dialect.more(tree) if (url := joined(base, more))),
    )


def read_entry(clock: Clock, dialect: Dialect, base: str, markup: str) -> Entry:
    """One element's entry; read from a copy, since what is no part of the body is taken out of it."""
    copy = LexborHTMLParser(markup).body if not is_tangled(markup, BODY_TAGS) else None
    node = copy.child if copy is not None else None
    if node is None:
        return Entry(id="")
    published = clock.instant(dialect.published(node))
    updated = clock.instant(dialect.updated(node))
    heading = node.css_first(dialect.title) if dialect.title else None
    title = heading.html if heading is not None else None
    authors = _authors(node, dialect)
    links = _cards(node, dialect, base)
    own_id, own_url = dialect.id(node), dialect.url(node)
    flags = dialect.key_event(node), dialect.pinned(node), dialect.deleted(node)
    if heading is not None:
        heading.decompose()
    for selector in (dialect.authors, dialect.shown, dialect.card, dialect.drop):
        for gone in _outermost(node, selector) if selector else ():
            gone.decompose()
    shown_images = tuple(images(node, base, dialect.figure, dialect.caption))
    if dialect.figure != "figure":
        for figure in node.css(dialect.figure):
            figure.decompose()
    text, html = body("".join(part.html or "" for part in _outermost(node, dialect.body)), base)
    return Entry(
        id=(own_id or "").strip(),
        title=plain_line(title) if title else None,
        text=text,
        html=html,
        authors=authors,
        published_at=published,
        updated_at=updated if updated and published and updated > published else None,
        url=joined(base, own_url),
        key_event=flags[0],
        pinned=flags[1],
        deleted=flags[2],
        links=links,
        images=shown_images,
    )


def page_title(tree: LexborHTMLParser) -> str | None:
    """What the page's heading says, or what it calls itself where it is shared."""
    if (heading := tree.css_first("h1")) is not None and (title := plain_line(heading.text(separator=" "))):
        return title
    shared = tree.css_first('meta[property="og:title"]')
    return plain_line(shared.attributes.get("content")) if shared is not None else None


def not_within_others(nodes: list[LexborNode]) -> list[LexborNode]:
    """Without those that lie in another of them: an entry is not made of entries."""
    names = {node.mem_id for node in nodes}
    return [node for node in nodes if not _is_within(node, names)]


def _is_within(node: LexborNode, names: set[int]) -> bool:
    above = node.parent
    for _ in range(NESTING):
        if above is None:
            break
        if above.mem_id in names:
            return True
        above = above.parent
    return False


def _with_shown_times(
    entries: list[Entry], nodes: list[LexborNode], document: Document, dialect: Dialect
) -> list[Entry]:
    """With the times that stand beside the entries, for those whose markup carries none. They are read together: a bare
    "14:30" is told from yesterday's by its neighbours."""
    texts: list[str | None] = []
    for entry, node in zip(entries, nodes, strict=False):
        found = node.css_first(dialect.shown) if entry.published_at is None else None
        texts.append(found.text(separator=" ") if found is not None else None)
    times = document.clock.shown(texts)
    return [
        replace(entry, published_at=at) if at is not None else entry for entry, at in zip(entries, times, strict=True)
    ]


def _outermost(node: LexborNode, selector: str) -> list[LexborNode]:
    """What matches and lies in nothing else that does."""
    if not selector:
        return [node]
    matches = distinct(node, selector)
    chosen: list[LexborNode] = []
    taken: set[int] = set()
    for match in matches:
        above = match.parent
        while above is not None and above.mem_id != node.mem_id and above.mem_id not in taken:
            above = above.parent
        if above is None or above.mem_id not in taken:
            chosen.append(match)
            taken.add(match.mem_id)
    return chosen


def _authors(node: LexborNode, dialect: Dialect) -> tuple[str, ...]:
    if not dialect.authors:
        return ()
    lines = (plain_line(found.html, NAME_CHARACTERS * 4) for found in distinct(node, dialect.authors))
    found = dict.fromkeys(name for line in lines if line for name in names(line))
    return tuple(name for name in found if name.casefold() not in dialect.no_authors)[:AUTHORS]


def _cards(node: LexborNode, dialect: Dialect, base: str) -> tuple[Link, ...]:
    return tuple(link_card(card, base) for card in distinct(node, dialect.card)[:LINKS])


def link_card(card: LexborNode, base: str) -> Link:
    anchor = card if card.tag == "a" else card.css_first("a")
    summary = card.css_first("p")
    return Link(
        url=joined(base, anchor.attributes.get("href")) if anchor is not None else None,
        title=plain_line(anchor.text(separator=" ")) if anchor is not None else None,
        summary=plain_line(summary.text(separator=" "), 1_000) if summary is not None else None,
    )


def pictures(markup: str, base: str) -> tuple[Image, ...]:
    """The images of a body that came as markup of its own."""
    if "<img" not in markup or is_tangled(markup, BODY_TAGS):
        return ()
    root = LexborHTMLParser(markup).body
    return tuple(images(root, base)) if root is not None else ()


def images(node: LexborNode, base: str, figure: str = "figure", caption_within: str = "figcaption") -> Iterator[Image]:
    figures = {found.mem_id for found in node.css(figure)}
    for picture in distinct(node, "img, amp-img")[:IMAGES]:
        source = picture.attributes.get("src") or picture.attributes.get("data-src") or ""
        if url := joined(base, source):
            around = _around(picture, figures)
            caption = around.css_first(caption_within) if around is not None else None
            yield Image(
                url=url,
                alt=plain_line(picture.attributes.get("alt")),
                caption=plain_line(caption.text(separator=" "), 1_000) if caption is not None else None,
            )


def _around(node: LexborNode, figures: set[int]) -> LexborNode | None:
    """The nearest of the figures that it stands in."""
    above = node.parent
    while above is not None and above.mem_id not in figures:
        above = above.parent
    return above
