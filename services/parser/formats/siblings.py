"""Which lists are of entries, and which look alike: teasers lead elsewhere, forums are called so, tables say little."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from selectolax.lexbor import LexborNode

from services.parser.clean import joined
from services.parser.document import Document
from services.parser.limits import ENTRIES

DEPTH = 64
"""Entries stand at most so deep in a page."""
TIMES_EACH = 3
"""Of an entry: when it was posted and when edited. What holds more is a list of entries."""
LEAST_TEXT = 40
"""Characters of an entry's own text on average: those of timetables and tables of results have fewer."""
MOST_LINKED = 0.4
"""The share of text that stands in links, beyond which a list is one of teasers."""

ROOTS = frozenset({"body", "html", "-undef"})
_OTHER = re.compile(
    r"comment(?!ar)|repl(?:y|ies)\b|disqus|forum|discussion|review|related|recommend|teaser|promo|most-?(?:read|viewed|pop)"
    r"|trending|popular|sidebar|widget|nav(?:bar|igation)?\b|menu|timetable|schedule|fixture|standings?|league|results?\b"
    r"|programme|tv-guide|listing|archive|search|carousel|newsletter|podcast|playlist|sponsor|advert|cookie|breadcrumb"
    r"|step|faq|price|product|departure|arrival|event-?list|calendar",
    re.IGNORECASE,
)


class Group(Struct, frozen=True):
    members: tuple[LexborNode, ...]
    own_text: int
    """Characters that stand in no link and are no time."""


def judged(members: list[LexborNode], times: dict[int, str], is_live: bool, document: Document) -> Group | None:
    """The group with how much it says; None where it is another kind of list."""
    if document.is_late or any(_is_other(node) for node in _with_parents(members[0])):
        return None
    whole = linked = timed = onward = 0
    for member in members[:ENTRIES]:
        inside = [times[node.mem_id] for node in member.traverse() if node.mem_id in times]
        if len(inside) > TIMES_EACH:
            return None
        length = len(words_of(member))
        whole += length
        linked += min(length, sum(len(words_of(link)) for link in member.css("a[href]")))
        timed += sum(map(len, inside))
        onward += _is_teaser(member, document)
    own = whole - linked - timed
    plain = members[0].tag in {"p", "li", "span", "strong", "em"} and not is_live
    if own < LEAST_TEXT * len(members) * (3 if not is_live else 1) or linked > whole * MOST_LINKED:
        return None
    if onward * 2 >= len(members) or plain:
        return None
    return Group(members=tuple(members[:ENTRIES]), own_text=own)


def words_of(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())


def _with_parents(node: LexborNode) -> Iterator[LexborNode]:
    above: LexborNode | None = node
    for _ in range(DEPTH):
        if above is None or above.tag in ROOTS:
            return
        yield above
        above = above.parent


def _is_other(node: LexborNode) -> bool:
    named = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
    return _OTHER.search(named) is not None and "live" not in named.lower()


def _is_teaser(member: LexborNode, document: Document) -> bool:
    """Whether its heading, or all of it, leads to another page."""
    link = member if member.tag == "a" else member.css_first("h1 a, h2 a, h3 a, h4 a, h5 a, h6 a, a h2, a h3, a h4")
    while link is not None and link.tag != "a":
        link = link.parent
    address = (link.attributes.get("href") or "").strip() if link is not None else ""
    if not address or address.startswith("#"):
        return False
    there, here = joined(document.url, address) or address, document.url or ""
    return there.partition("#")[0].partition("?")[0] != here.partition("#")[0].partition("?")[0]
