"""What a block of the Guardian's page model is made of: text, and what else stands between it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from services.parser.clean import joined, plain_line, web_url
from services.parser.limits import JSON_DEPTH
from services.parser.nodes import Node, mapping, nodes, text
from shared.records import Image, Link

_PREFIX = "model.dotcomrendering.pageElements."
_NOT_TEXT = frozenset(
    {"EmbedBlockElement", "InteractiveBlockElement", "InteractiveAtomBlockElement", "ChartAtomBlockElement",
     "GenericAtomBlockElement", "SoundcloudBlockElement", "AudioBlockElement", "VideoBlockElement",
     "GuVideoBlockElement", "WitnessBlockElement"}
)  # fmt: skip
"""Their HTML is a player or a program."""
_INSIDE = ("items", "elements", "keyTakeaways", "qAndAExplainers", "sections", "events", "body", "main", "images")
"""Where elements hold further elements, or titled groups of them."""
_SOURCE = re.compile(r"""\bsrc=["']([^"']{1,2000})""")


def markup_of(elements: list[Node]) -> str:
    """The text of a block as HTML, in order."""
    return "".join(_texts(elements, JSON_DEPTH))


def _texts(elements: list[Node], depth: int) -> Iterator[str]:
    for element in elements if depth else ():
        kind = _kind(element)
        if kind in _NOT_TEXT:
            continue
        said = element.get("body" if kind == "CommentBlockElement" else "html")
        if isinstance(said, str):
            yield said
        elif kind == "" and (title := text(element.get("title"))):
            yield f"<h3>{html.escape(title, quote=False)}</h3>"
        if kind != "MultiImageBlockElement":
            for name in _INSIDE:
                yield from _texts(nodes(element.get(name)), depth - 1)


def links(elements: list[Node]) -> Iterator[Link]:
    """Cards that lead elsewhere, and what is played or shown from elsewhere."""
    for element in _all(elements, JSON_DEPTH):
        kind = _kind(element)
        if kind == "RichLinkBlockElement":
            yield from _link(element.get("url"), element.get("text"))
        elif kind == "YoutubeBlockElement" and (video := text(element.get("assetId"))):
            yield from _link(f"https://www.youtube.com/watch?v={video}", element.get("mediaTitle"))
        elif kind in {"EmbedBlockElement", "SoundcloudBlockElement"}:
            source = _SOURCE.search(str(element.get("html") or ""))
            about = element.get("caption") or element.get("alt")
            yield from _link(html.unescape(source[1]) if source else None, about)
        elif kind not in {"TweetBlockElement", "InstagramBlockElement", "ImageBlockElement", ""}:
            address = element.get("originalUrl") or element.get("embedUrl") or element.get("url")
            yield from _link(address, element.get("title") or element.get("caption"))


def _link(address: object, title: object) -> Iterator[Link]:
    if url := joined("https://www.theguardian.com/", address):
        yield Link(url=url, title=plain_line(title))


def images(elements: list[Node]) -> Iterator[Image]:
    for element in _all(elements, JSON_DEPTH):
        if _kind(element) != "ImageBlockElement":
            continue
        pictures = nodes(mapping(element.get("media")).get("allImages"))
        about = mapping(element.get("data"))
        if url := next((url for picture in pictures if (url := web_url(picture.get("url")))), None):
            yield Image(url=url, alt=plain_line(about.get("alt")), caption=plain_line(about.get("caption"), 1_000))


def _all(elements: list[Node], depth: int) -> Iterator[Node]:
    for element in elements if depth else ():
        yield element
        for name in _INSIDE:
            yield from _all(nodes(element.get(name)), depth - 1)


def _kind(element: Node) -> str:
    kind = element.get("_type")
    return kind.removeprefix(_PREFIX) if isinstance(kind, str) else ""
