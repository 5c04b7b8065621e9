"""What only a page's DOM says of its entries: tombstones, pins, key events, link cards, whether the blog is live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.clean import plain_line, web_url
from services.parser.document import Document
from services.parser.limits import ENTRIES, LINKS
from shared.records import Entry, Link


class Marks(Struct, frozen=True, kw_only=True):
    """Marks by the id of the element that carries them."""

    removed: Sequence[str] = ()
    pinned: frozenset[str] = frozenset()
    key_events: frozenset[str] = frozenset()
    cards: Mapping[str, tuple[Link, ...]] = {}
    live: bool | None = None
    next_url: str | None = None
    comments_url: str | None = None

    def applied(self, entry: Entry) -> Entry:
        if entry.id not in self.pinned and entry.id not in self.key_events and entry.id not in self.cards:
            return entry
        return replace(
            entry,
            pinned=entry.pinned or entry.id in self.pinned,
            key_event=entry.key_event or entry.id in self.key_events,
            links=entry.links or self.cards.get(entry.id, ()),
        )

    def tombstones(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Of what is gone; an entry that the page lists all the same is not."""
        listed = {entry.id for entry in entries}
        return tuple(Entry(id=name, deleted=True) for name in self.removed if name not in listed)


def read_marks(document: Document) -> Marks:
    """What the DOM marks; empty where the page marks nothing, at the cost of a search in its text."""
    text = document.text
    if not any(sign in text for sign in ("data-tombstone", "data-pinned", "data-key-event", "data-live", "link-card")):
        return Marks()
    tree = document.tree
    base = document.url or ""
    return Marks(
        removed=_ids(tree, "[data-tombstone]"),
        pinned=frozenset(_ids(tree, "[data-pinned]")),
        key_events=frozenset(_ids(tree, "[data-key-event]")),
        cards=_cards(tree, base),
        live=_live(tree),
        next_url=_href(tree, "a[rel~=next]", base),
        comments_url=_href(tree, "a.comments", base),
    )


def _ids(tree: LexborHTMLParser, selector: str) -> list[str]:
    found = (node.attributes.get("id") for node in tree.css(selector)[:ENTRIES])
    return list(dict.fromkeys(name for name in found if name))


def _cards(tree: LexborHTMLParser, base: str) -> dict[str, tuple[Link, ...]]:
    cards: dict[str, tuple[Link, ...]] = {}
    for node in tree.css("article[id] .link-card")[: ENTRIES * 2]:
        owner = _owner(node)
        if owner and len(cards.get(owner, ())) < LINKS:
            cards[owner] = (*cards.get(owner, ()), _card(node, base))
    return cards


def _card(node: LexborNode, base: str) -> Link:
    anchor, summary = node.css_first("a"), node.css_first("p")
    return Link(
        url=web_url(urljoin(base, anchor.attributes.get("href") or "")) if anchor else None,
        title=plain_line(anchor.text()) if anchor else None,
        summary=plain_line(summary.text(), 1_000) if summary else None,
    )


def _owner(node: LexborNode) -> str | None:
    parent = node.parent
    while parent is not None and parent.tag != "article":
        parent = parent.parent
    return parent.attributes.get("id") if parent is not None else None


def _live(tree: LexborHTMLParser) -> bool | None:
    node = tree.css_first("[data-live]")
    said = (node.attributes.get("data-live") or "").lower() if node else ""
    return {"true": True, "false": False}.get(said)


def _href(tree: LexborHTMLParser, selector: str, base: str) -> str | None:
    node = tree.css_first(selector)
    return web_url(urljoin(base, node.attributes.get("href") or "")) if node else None
