"""Where readers talk about a live blog: an address that its own page leads to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from services.parser.clean import joined
from services.parser.document import Document

_LINKS = 'a[href*="#comment" i], a[href$="/comments" i], a[href$="/comments/" i]'
_LOOKED_AT = 20
_OTHER = re.compile(r"#commentar", re.IGNORECASE)


def comments_address(document: Document, url: str | None) -> str | None:
    """The forum's place on the page of the blog at `url`, or its page below that; a teaser leads to another's."""
    here = document.url or url
    if here is None or not document.is_markup:
        return None
    for link in document.tree.css(_LINKS)[:_LOOKED_AT]:
        address = joined(here, link.attributes.get("href"))
        if address and _page_of(address) == _page_of(here) and not _OTHER.search(address):
            return address
    return None


def _page_of(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.netloc.lower(), parts.path.rstrip("/").removesuffix("/comments")
