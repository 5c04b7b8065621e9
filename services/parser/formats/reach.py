"""Live blogs of Reach's titles (Mirror, Express and local ones): true authors and key events stand in the DOM alone."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from services.parser.document import Document
from services.parser.formats.dom import Dialect, number, read_dialect
from services.parser.readings import Reading


def _is_key_event(node: LexborNode) -> bool:
    return node.attributes.get("data-type") == "key-event"


REACH = Dialect(
    name="reach",
    entry="div.live-event-entry[id]",
    title=".entry-content > h3",
    body=".entry-content",
    authors=".entry-info mark",
    names_authors=True,
    no_authors=frozenset({"key event"}),
    published=number("data-post-time"),
    updated=number("data-last-modified-time"),
    key_event=_is_key_event,
    exact=True,
)


def read_reach(document: Document) -> Reading | None:
    """Times are milliseconds since the epoch. Only the newest entries are here, the page loads the others later."""
    return read_dialect(document, REACH)
