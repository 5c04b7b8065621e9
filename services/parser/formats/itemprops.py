"""Microdata: the properties of an item, as HTML's standard gives them, and attributes that a raw quote broke."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from services.parser.limits import ITEM_DEPTH, ITEM_PROPERTIES

_MARKUP_KEPT = frozenset({"articleBody", "text"})
_FROM = {
    "meta": "content", "a": "href", "area": "href", "link": "href", "audio": "src", "embed": "src", "iframe": "src",
    "img": "src", "source": "src", "video": "src", "track": "src", "object": "data", "data": "value", "meter": "value",
    "time": "datetime",
}  # fmt: skip
"""Which attribute of an element is its value."""

_META = re.compile(r"<meta\b[^<>]{0,20000}>", re.IGNORECASE)
_SOUND = re.compile(
    r"""<meta(?>(?:\s+|/)(?>[^\s=>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>=<`]+))?)?)*+\s*/?>""", re.IGNORECASE
)
_BROKEN = re.compile(
    r"""(?P<before>(?>.*?\bcontent\s*=\s*)(?="))"(?P<value>.*?)"(?P<after>(?:\s+itemprop\s*=\s*(?:"[^"]*"|'[^']*'|[\w:-]+))?\s*/?>)""",
    re.IGNORECASE | re.DOTALL,
)


def with_mended_quotes(markup: str) -> str:
    """The page with raw quotes within a `<meta content="…">` escaped, where they end the attribute too soon."""
    return _META.sub(_mended, markup)


def _mended(tag: re.Match[str]) -> str:
    text = tag.group()
    if text.count('"') <= 2 or _SOUND.fullmatch(text):
        return text
    found = _BROKEN.fullmatch(text)
    if found is None:
        return text
    return f'{found["before"]}"{found["value"].replace(chr(34), "&quot;")}"{found["after"]}'


def properties(item: LexborNode) -> dict[str, Any]:
    """The item's properties by name: a value, a dict for an item within, a list where there are several."""
    found: dict[str, Any] = {}
    for name, value in _own(item, ITEM_DEPTH):
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    if own := item.attributes.get("itemid"):
        found.setdefault("@id", own)
    return found


def _own(item: LexborNode, depth: int) -> Iterator[tuple[str, Any]]:
    """Names and values of the elements within that belong to this item and to no item inside it."""
    for node in item.css("[itemprop]")[:ITEM_PROPERTIES]:
        names = (node.attributes.get("itemprop") or "").split()
        if node.mem_id == item.mem_id or not names or not _belongs(node, item):
            continue
        inner = "itemscope" in node.attributes
        for name in names:
            if name == "liveBlogUpdate":
                continue
            yield name, _item(node, depth) if inner and depth else _value(node, name)


def _item(node: LexborNode, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in _own(node, depth - 1):
        found.setdefault(name, value)
    if own := node.attributes.get("itemid"):
        found.setdefault("@id", own)
    if "name" not in found and "url" not in found and (said := node.text(separator=" ").strip()):
        found["name"] = said
    return found


def _belongs(node: LexborNode, item: LexborNode) -> bool:
    above = node.parent
    for _ in range(ITEM_PROPERTIES):
        if above is None:
            return False
        if above.mem_id == item.mem_id:
            return True
        if "itemscope" in above.attributes:
            return False
        above = above.parent
    return False


def _value(node: LexborNode, name: str) -> str | None:
    attributes = node.attributes
    value = attributes.get("content") or attributes.get(_FROM.get(node.tag or "", "content"))
    if value:
        return value
    return node.html if name in _MARKUP_KEPT else node.text(separator=" ")
