"""la Repubblica's live blogs: ids stand in the DOM alone, whose times claim to be UTC and are Rome's."""

from __future__ import annotations

from services.parser.document import Document
from services.parser.formats.dom import Dialect, inside, read_dialect
from services.parser.readings import Reading

REPUBBLICA = Dialect(
    name="repubblica",
    entry="section.liveblog__post[id]",
    title=".liveblog__post__title",
    body=".liveblog__post__content",
    published=inside("time.liveblog__post__pubdate", "datetime"),
)


def read_repubblica(document: Document) -> Reading | None:
    """The false zone of its times shows beside the page's JSON-LD: the merge sets them right."""
    return read_dialect(document, REPUBBLICA)
