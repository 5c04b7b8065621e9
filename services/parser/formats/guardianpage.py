"""The Guardian's pages as HTML, and what its endpoint for updates answers: pieces of that HTML inside JSON."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.document import Document
from services.parser.formats.dom import Dialect, inside, read_dialect
from services.parser.formats.guardian import poll_url
from services.parser.limits import MORE_PAGES, PAGE_TAGS
from services.parser.nodes import Node, text
from services.parser.readings import DOM, Reading
from services.parser.tangles import is_tangled
from shared.records import Blog

_IS_LIVE = re.compile(r'"isLive"\s*:\s*(true|false)')
_NEWEST = re.compile(r"(?:mostRecentBlockId|data-most-recent-block)[\"'&quot;:=\s]{1,20}(block-[0-9a-f]{24})")


def _id(node: LexborNode) -> str | None:
    return (node.attributes.get("id") or "").removeprefix("block-") or None


def _is_pinned(node: LexborNode) -> bool:
    """The pinned post links to its copy on top, which has no id."""
    return node.css_first('header a[href$="#pinned-post"]') is not None or "is-pinned" in _classes(node)


def _is_key_event(node: LexborNode) -> bool:
    return bool({"is-key-event", "is-summary"} & _classes(node))


def _classes(node: LexborNode) -> set[str]:
    return set((node.attributes.get("class") or "").split())


def _older(tree: LexborHTMLParser) -> tuple[str, ...]:
    """The older pages; the newer ones stand on the left of the page's number."""
    links = tree.css("#liveblog-navigation strong ~ a, #liveblog-navigation section ~ section a")
    hrefs = [link.attributes.get("href") or "" for link in links[:MORE_PAGES]]
    number = tree.css_first("#liveblog-navigation strong")
    if number is None or number.text(strip=True) != "1":
        return ()
    return tuple(dict.fromkeys(href.partition("#")[0] for href in hrefs if "page=with" in href))


GUARDIAN_PAGE = Dialect(
    name="guardianpage",
    entry='article[id^="block-"], div.block[id^="block-"]',
    id=_id,
    title="header h2, h2.block-title",
    authors="header > div > span, .block-contributor, .byline--block",
    names_authors=True,
    url=inside('header a[href*="#block-"], a.block-time__link[href]', "href"),
    drop="header, footer, .block-time, .block-share, gu-island[name=ShareButton]",
    published=inside("header time, .block-time time, time", "datetime"),
    updated=inside("footer time, time.updated-time, .updated-time time", "datetime"),
    pinned=_is_pinned,
    key_event=_is_key_event,
    more=_older,
)


def read_guardian_page(document: Document) -> Reading | None:
    """The page, or the endpoint's answer. The page shows times to the second, with their zone."""
    if isinstance(document.json, dict):
        return _update(document.json, document)
    reading = read_dialect(document, GUARDIAN_PAGE)
    if reading is None or "guardian" not in document.text:
        return None
    live, newest = _IS_LIVE.search(document.text), _NEWEST.search(document.text)
    blog = replace(reading.blog, live=live[1] == "true" if live else None)
    if not document.url or not newest or blog.live is False:
        return replace(reading, blog=blog)
    return replace(reading, blog=blog, poll_url=poll_url(document.url, newest[1]))


def _update(answer: Node, document: Document) -> Reading | None:
    """The blocks that are newer than the one that was asked for; none where there is no news."""
    if not isinstance(answer.get("numNewBlocks"), int) or not {"timeline", "html"} & answer.keys():
        return None
    address = urlsplit(document.url or "")
    page = address._replace(path=address.path.removesuffix(".json"), query="", fragment="").geturl() or None
    asked = parse_qs(address.query).get("lastUpdate", [None])[0]
    newest = text(answer.get("mostRecentBlockId")) or asked
    markup = text(answer.get("html")) or ""
    reading = None
    if not is_tangled(markup, PAGE_TAGS):
        reading = read_dialect(document, GUARDIAN_PAGE, LexborHTMLParser(markup))
    nothing = Reading(kind=DOM, blog=Blog(url=page, format=GUARDIAN_PAGE.name), entries=())
    reading = replace(reading, blog=replace(reading.blog, url=page), more=()) if reading else nothing
    return replace(reading, poll_url=poll_url(page, newest)) if page and newest else reading
