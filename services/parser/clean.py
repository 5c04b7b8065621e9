"""Text as pages carry it, into plain text and sanitised HTML."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

import nh3

from services.parser.limits import (
    AUTHORS,
    BODY_CHARACTERS,
    BODY_TAGS,
    NAME_CHARACTERS,
    TITLE_CHARACTERS,
    URL_CHARACTERS,
)
from services.parser.tangles import is_tangled

UNESCAPINGS = 3
"""Pages escape once too often, some twice."""

TAGS = frozenset(
    {"a", "abbr", "b", "blockquote", "br", "cite", "code", "del", "em", "figcaption", "figure", "h2", "h3", "h4", "hr",
     "i", "img", "ins", "li", "mark", "ol", "p", "pre", "q", "s", "small", "strong", "sub", "sup", "table", "tbody",
     "td", "th", "thead", "time", "tr", "u", "ul"}
)  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "time": {"datetime"}}
_DROPPED_WHOLE = {
    "script",
    "style",
    "noscript",
    "iframe",
    "object",
    "embed",
    "template",
    "svg",
    "math",
    "form",
    "button",
}
_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=_DROPPED_WHOLE,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener noreferrer",
)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_SAFE_TAG = re.compile(r'<[a-zA-Z/](?:[^"<>]|"[^"]*")*>')
"""A tag as nh3 writes it: a ">" may stand in an attribute."""
_BLOCK = re.compile(
    r"</?(?:p|div|h\d|li|ul|ol|blockquote|figure|figcaption|hr|pre|table|tr|section|article)\b[^<>]*>", re.IGNORECASE
)
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufeff\u200b\u2060]|[\ud800-\udfff]")
_WEB_URL = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_BY = re.compile(r"^(?:by|from)\s+", re.IGNORECASE)
_HOUSE = re.compile(r"^(?:[A-Z]{2,6}|[A-Z][a-z]{1,3}[A-Z]\w{0,8})['’]s\s+")
"""Whose people they are: "From CNN's Ana Roth"."""
_WHERE = re.compile(r"\s+in\s+[^\W\d_a-z].*$")
_BETWEEN_NAMES = re.compile(r"\s*(?:,|&|;|\band\b)\s*")
_PLACEHOLDER = re.compile(r"\[\[[^\[\]\n]{1,300}\]\]|\{\{[^{}\n]{1,200}\}\}")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u2000-\u200a\u202f\u3000]+")


def plain_line(value: object, most: int = TITLE_CHARACTERS) -> str | None:
    """One line of plain text, or None where nothing is left: tags gone, entities read, white space folded."""
    if not isinstance(value, str):
        return None
    text = _TAG.sub(" ", _unescaped(value[: most * 8]))
    line = " ".join(_CONTROL.sub("", _PLACEHOLDER.sub(" ", text)).split())
    return line[:most] or None


def body(value: object) -> tuple[str, str]:
    """(plain text with paragraphs parted by a blank line, sanitised HTML) of a body: text, HTML, or either escaped."""
    if not isinstance(value, str):
        return "", ""
    raw = _PLACEHOLDER.sub(" ", _CONTROL.sub("", _readable(value[:BODY_CHARACTERS])))
    if not _TAG.search(raw):
        # Where nothing parts paragraphs by a blank line, each line is one.
        text = _paragraphs(_BLANK_LINE.split(raw) if _BLANK_LINE.search(raw.strip()) else raw.split("\n"))
        return text, "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in text.split("\n\n") if part)
    if is_tangled(raw, BODY_TAGS):
        return body(_TAG.sub(" ", raw).replace("<", " "))
    safe = _cleaner.clean(raw).strip()
    return text_of(safe), safe


def text_of(markup: str) -> str:
    """The plain text of sanitised HTML."""
    marked = _BREAK.sub("\n", _BLOCK.sub("\n\n", markup))
    return _paragraphs(html.unescape(_SAFE_TAG.sub("", marked)).split("\n\n"))


def web_url(value: object) -> str | None:
    """An absolute http or https address, or None."""
    if not isinstance(value, str):
        return None
    url = value.strip()
    return url if len(url) <= URL_CHARACTERS and _WEB_URL.fullmatch(url) else None


def joined(base: str | None, address: object) -> str | None:
    """The web address that a page's `address` leads to, or None."""
    if not isinstance(address, str) or len(address) > URL_CHARACTERS:
        return None
    try:
        return web_url(urljoin(base or "", address.strip()))
    except ValueError:  # "http://[" is no address
        return None


def names(line: str) -> tuple[str, ...]:
    """The people of a byline: "By Ana Roth, Ole Friis and Kim Lund", "From CNN's Ana Roth in Ribe"."""
    parts = _BETWEEN_NAMES.split(_BY.sub("", line.strip()))
    found = (_WHERE.sub("", _HOUSE.sub("", part.strip()))[:NAME_CHARACTERS] for part in parts)
    return tuple(dict.fromkeys(name for name in found if name))[:AUTHORS]


def _readable(value: str) -> str:
    """Unescapes a body that was escaped as a whole: where the entities hide tags, or hide entities."""
    text = value
    for _ in range(UNESCAPINGS):
        if _TAG.search(text) or "&" not in text:
            return text
        if (once := html.unescape(text)) == text:
            return text
        text = once
    return text


def _unescaped(value: str) -> str:
    text = value
    for _ in range(UNESCAPINGS):
        if "&" not in text or (once := html.unescape(text)) == text:
            break
        text = once
    return text


def _paragraphs(parts: list[str]) -> str:
    lines = ("\n".join(_SPACES.sub(" ", line).strip() for line in part.split("\n")).strip() for part in parts)
    return "\n\n".join(line for line in lines if line)
