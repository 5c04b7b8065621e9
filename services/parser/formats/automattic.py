"""Pages of WordPress's Liveblog plugin (Automattic): what they show, and where their scripts get it from."""

from __future__ import annotations

import json
import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.clean import joined, web_url
from services.parser.document import Document
from services.parser.formats.dom import (
    Dialect,
    attribute,
    first,
    inside,
    number,
    page_title,
    read_dialect,
)
from services.parser.nodes import Node, mapping
from services.parser.readings import DOM, Reading
from shared.records import Blog

_ID = re.compile(r"(?:liveblog-entry-|id_)?([0-9]{1,18})")
_SETTINGS = re.compile(r"\bliveblog_settings\s*=\s*(?=\{)")
_SIGN = '[id*="liveblog" i], [class*="liveblog" i]'
FROM_THE_START = "0-0"
"""A last known entry that no blog has: the listing then begins with its newest."""


def _id(node: LexborNode) -> str | None:
    """As endpoints and the page's JSON-LD call the entry: the number alone."""
    name = attribute("data-entry-id", "id")(node) or ""
    found = _ID.fullmatch(name)
    return found[1] if found else name


def _is_key(node: LexborNode) -> bool:
    own = "type-key" in (node.attributes.get("class") or "").split()
    return own or node.css_first(".liveblog-command.type-key") is not None


PAGE = Dialect(
    name="automattic",
    entry='[id^="liveblog-entry-"], .liveblog-entry[id^="id_"], .liveblog-entry[data-entry-id]',
    id=_id,
    title=".liveblog-entry-header, .liveblog-entry-heading",
    body=".liveblog-entry-text, .liveblog-entry-content, .liveblog-card-featured",
    authors=".liveblog-author-name, .liveblog-meta-author-name, .liveblog-meta-author, .liveblog-card-author",
    published=first(
        number("data-timestamp"),
        inside("time[datetime]", "datetime"),
        inside(".liveblog-timestamp", "data-entry-time", "title"),
    ),
    url=inside("a.liveblog-meta-time, .liveblog-meta-time a", "href"),
    key_event=_is_key,
    drop=(
        ".liveblog-entry-actions, .liveblog-entry-edit, .liveblog-share, .liveblog-author-avatar, "
        ".liveblog-meta-author-avatar, .liveblog-command"
    ),
    exact=True,
)


def read_automattic(document: Document) -> Reading | None:
    """The entries in the page, if its server renders them, and where its scripts get them from."""
    if not document.is_markup or document.tree.css_first(_SIGN) is None:
        return None
    shown = read_dialect(document, PAGE)
    settings = _settings(document)
    if shown is None and not settings:
        return None
    blog = Blog(
        url=web_url(settings.get("permalink")),
        title=page_title(document.tree),
        live={"enable": True, "archive": False}.get(str(settings.get("state")), _live(document.tree)),
        format="automattic",
    )
    return Reading(
        kind=DOM,
        blog=blog,
        entries=shown.entries if shown else (),
        exact=shown.exact if shown else False,
        inferred=shown.inferred if shown else False,
        poll_url=_poll_url(settings, document),
    )


def _live(tree: LexborHTMLParser) -> bool | None:
    return False if tree.css_first("#liveblog-entries[data-is-archived=true], .liveblog-archived-message") else None


def _settings(document: Document) -> Node:
    """What the page tells its scripts; {} where it does not."""
    for _, source in document.scripts:
        if found := _SETTINGS.search(source):
            try:
                value, _ = json.JSONDecoder(strict=False).raw_decode(source, found.end())
            except (ValueError, RecursionError):
                continue
            if "endpoint_url" in mapping(value):
                return mapping(value)
    return {}


def _poll_url(settings: Node, document: Document) -> str | None:
    """The listing's first page. The other endpoint, entries between two moments, would need an address anew for each
    request; and before the plugin had a REST API, the page itself held all entries."""
    endpoint = joined(document.url, settings.get("endpoint_url"))
    if endpoint is None or "liveblog/v1/" not in endpoint:
        return None
    return web_url(f"{endpoint.rstrip('/')}/get-entries/1/{FROM_THE_START}")
