"""What any page's DOM may mark of its entries: tombstones, pins, key events, link cards, whether the blog is live."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.clean import joined
from services.parser.document import Document
from services.parser.formats.dom import link_card
from services.parser.limits import ENTRIES, LINKS
from services.parser.readings import DOM, Reading
from shared.records import Blog, Entry, Link

_ANY = "[data-tombstone],[data-pinned],[data-key-event],[data-live],.link-card"


def read_marks(document: Document) -> Reading | None:
    """Marks by the id of the element that carries them."""
    if not document.is_markup or document.tree.css_first(_ANY) is None:
        return None
    tree = document.tree
    pinned, key_events = set(_ids(tree, "[data-pinned]")), set(_ids(tree, "[data-key-event]"))
    removed, cards = _ids(tree, "[data-tombstone]"), _cards(tree, document.url or "")
    marked = dict.fromkeys([*pinned, *key_events, *cards, *removed])
    return Reading(
        kind=DOM,
        marks=True,
        blog=Blog(
            url=None,
            live=_live(tree),
            next_url=_href(tree, "[data-live] a[rel~=next]", document.url),
            comments_url=_href(tree, "a.comments", document.url),
            format="marks",
        ),
        entries=tuple(
            Entry(
                id=name,
                pinned=name in pinned,
                key_event=name in key_events,
                deleted=name in removed,
                links=cards.get(name, ()),
            )
            for name in marked
        ),
    )


def _ids(tree: LexborHTMLParser, selector: str) -> dict[str, None]:
    found = (node.attributes.get("id") for node in tree.css(selector)[:ENTRIES])
    return dict.fromkeys(name for name in found if name)


def _cards(tree: LexborHTMLParser, base: str) -> dict[str, tuple[Link, ...]]:
    cards: dict[str, tuple[Link, ...]] = {}
    for node in tree.css("article[id] .link-card")[: ENTRIES * 2]:
        owner = _owner(node)
        if owner and len(cards.get(owner, ())) < LINKS:
            cards[owner] = (*cards.get(owner, ()), link_card(node, base))
    return cards


def _owner(node: LexborNode) -> str | None:
    above = node.parent
    while above is not None and above.tag != "article":
        above = above.parent
    return above.attributes.get("id") if above is not None else None


def _live(tree: LexborHTMLParser) -> bool | None:
    node = tree.css_first("[data-live]")
    said = (node.attributes.get("data-live") or "").lower() if node is not None else ""
    return {"true": True, "false": False}.get(said)


def _href(tree: LexborHTMLParser, selector: str, base: str | None) -> str | None:
    node = tree.css_first(selector)
    return joined(base, node.attributes.get("href")) if node is not None else None
