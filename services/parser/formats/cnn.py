"""CNN's live stories, in both of their layouts."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from services.parser.document import Document
from services.parser.formats.dom import Dialect, attribute, read_dialect
from services.parser.readings import Reading

_SHARE = ".social-share_compact__share-links [data-url], button[data-url]"
_ELSEWHERE = re.compile(r"//(?:[\w-]+\.)*(?:facebook|twitter|x|linkedin|whatsapp|threads|bsky|reddit)\.\w+/|^mailto:")
_POST = re.compile(r"h_[0-9a-f]{8,64}")


def _shared_as(node: LexborNode) -> str | None:
    """The entry's own address, among those that its buttons hand to other sites."""
    addresses = (button.attributes.get("data-url") or "" for button in node.css(_SHARE))
    return next((address for address in addresses if address and not _ELSEWHERE.search(address)), None)


def _id(node: LexborNode) -> str | None:
    """The article's id, or what the entry's address calls it."""
    if own := attribute("id")(node):
        return own
    try:
        parts = urlsplit(_shared_as(node) or "")
        named = parse_qs(parts.query, max_num_fields=50).get("post-id")
    except ValueError:
        return None
    return named[0] if named else parts.fragment or next(iter(_POST.findall(parts.path)), None)


def _is_pinned(node: LexborNode) -> bool:
    return "live-story-post_pinned" in (node.attributes.get("class") or "")


LIVE_STORY = Dialect(
    name="cnn",
    entry=(
        "article.live-story-post, .liveStoryPost, article.live-story-post_pinned, "
        '[data-component-name="live-story-post"]'
    ),
    id=_id,
    title=".live-story-post__headline, header h2",
    body=".live-story-post__content, p",
    authors=".live-story-post__byline",
    names_authors=True,
    published=attribute("data-first-published", "data-published", "data-last-updated"),
    updated=attribute("data-last-updated"),
    shown=".live-story-post__timestamp, .live-story-post__header time, .live-story-post__header .timestamp",
    url=_shared_as,
    pinned=_is_pinned,
    figure='div.image, [data-component-name="image"]',
    caption='.image__caption, [itemprop="caption"]',
    drop=".social-share_compact, .social-share_compact__share-links, .live-story-post__share, button",
)

POSTS_AND_BUTTON = Dialect(
    name="cnn",
    entry="#posts-and-button article[id]",
    title="header h2",
    body='[class*="content-rendered"]',
    authors="header p",
    names_authors=True,
    shown="header span",
    url=_shared_as,
    drop="button",
)


def read_cnn(document: Document) -> Reading | None:
    """The newer layout dates an entry by its last update alone, the older one as readers see it: "12:09 a.m. ET,
    October 30, 2023", or "1 hr 5 min ago"."""
    return read_dialect(document, LIVE_STORY) or read_dialect(document, POSTS_AND_BUTTON)
