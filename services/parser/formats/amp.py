"""AMP's live list: `<amp-live-list>` with its items, each with an id that must never change, and its pagination."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.document import Document
from services.parser.formats.dom import Dialect, attribute, number, read_dialect
from services.parser.limits import MORE_PAGES
from services.parser.readings import Reading

_BY_ITS_EDIT = re.compile(r"post[0-9]{9,11}")
_SHARED_AS = re.compile(r"(?:/single/|[?&]liveblog_id=|#)([0-9]{1,18})\b")


def _id(node: LexborNode) -> str | None:
    """The item's id. WordPress's Liveblog names items by the time of their last edit: there the number that the entry
    is shared under counts, or nothing."""
    own = node.attributes.get("id") or ""
    if not (_BY_ITS_EDIT.fullmatch(own) and "liveblog-entry" in (node.attributes.get("class") or "").split()):
        return own
    for link in node.css("amp-social-share[data-param-url], a[href]"):
        address = attribute("data-param-url", "href")(link) or ""
        if found := _SHARED_AS.search(address):
            return found[1]
    return None


def _is_deleted(node: LexborNode) -> bool:
    return "data-tombstone" in node.attributes


def _live(tree: LexborHTMLParser) -> bool | None:
    """A list that polls is live; one that does not is closed, unless it is a later page of one that does."""
    lists = tree.css("amp-live-list")
    if any("disabled" not in one.attributes for one in lists):
        return True
    return None if tree.css_first("amp-live-list > [pagination] a[href]") else False


def _more(tree: LexborHTMLParser) -> tuple[str, ...]:
    """Where the pagination leads further on, nearest first."""
    links = tree.css(
        'amp-live-list > [pagination] a[rel~="next"], amp-live-list > [pagination] a[class*="next" i], '
        'amp-live-list > [pagination] a[title="Next" i]'
    )
    found = dict.fromkeys(href for link in links if (href := link.attributes.get("href")))
    return tuple(found)[:MORE_PAGES]


AMP = Dialect(
    name="amp",
    entry="amp-live-list > [items] > [id]",
    id=_id,
    title="h1, h2, h3, h4",
    authors='[itemprop="author"], [rel~="author"], .byline, .author, .liveblog-meta-author-name',
    published=number("data-sort-time"),
    updated=number("data-update-time"),
    shown="time, amp-timeago, .liveblog-entry-aside",
    deleted=_is_deleted,
    drop="amp-social-share, amp-ad, amp-sticky-ad, .liveblog-meta-authors",
    exact=True,
    live=_live,
    more=_more,
)


def read_amp(document: Document) -> Reading | None:
    """Times are seconds (or milliseconds) since the epoch. New entries come with the page itself, polled again."""
    return read_dialect(document, AMP)
