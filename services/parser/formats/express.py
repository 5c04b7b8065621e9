"""The Express's live blogs: ids and times stand in the DOM, the words in JSON-LD too."""

from __future__ import annotations

from services.parser.document import Document
from services.parser.formats.dom import Dialect, number, read_dialect
from services.parser.readings import Reading

EXPRESS = Dialect(
    name="express",
    entry='[id^="live-"][data-sort-time]',
    title="h1, h2, h3, h4",
    authors="mark, .author, .byline",
    names_authors=True,
    no_authors=frozenset({"key event"}),
    published=number("data-sort-time"),
    updated=number("data-update-time"),
    shown="[data-time], time",
    key_event=lambda node: node.attributes.get("data-type") == "key-event",
    drop="button, [class*=share], [class*=social]",
    exact=True,
)


def read_express(document: Document) -> Reading | None:
    """Times are seconds since the epoch; the naive `data-time` beside them and its "21 mins ago" are not needed."""
    if not document.is_markup or document.tree.css_first(EXPRESS.entry) is None or "<amp-live-list" in document.text:
        return None
    return read_dialect(document, EXPRESS)
