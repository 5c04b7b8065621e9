"""Text as pages carry it, into plain text and sanitised HTML."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

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
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "img": {"src", "alt"}, "time": {"datetime"}}
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
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_SAFE_TAG = re.compile(r'</?([a-z0-9]+)(?:[^"<>]|"[^"]*")*>')
"""A tag as nh3 writes it: a ">" may stand in an attribute."""
_BLOCKS = "p h2 h3 h4 li ul ol blockquote figure figcaption hr pre table tr"
_BREAKS = {"br": "\n"} | dict.fromkeys(_BLOCKS.split(), "\n\n")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufeff\u200b\u2060]|[\ud800-\udfff]")
_ENTITY = re.compile(r"&#?[0-9a-zA-Z]")
_COMMON_ENTITIES = (("&quot;", '"'), ("&#39;", "'"), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"))
_WEB_URL = re.compile(r"https?://[^\s<>\"'\x00-\x1f\x7f\ud800-\udfff]+", re.IGNORECASE)
_BY = re.compile(r"^(?:by|from)\s+", re.IGNORECASE)
_HOUSE = re.compile(r"^(?:[A-Z]{2,6}|[A-Z][a-z]{1,3}[A-Z]\w{0,8})['’]s\s+")
"""Whose people they are: "From CNN's Ana Roth"."""
_WHERE = re.compile(r"\s+in\s+[^\W\d_a-z].*$")
_BETWEEN_NAMES = re.compile(r"\s*(?:,|&|;|\band\b)\s*")
_PLACEHOLDER = re.compile(r"\[\[[^\[\]\n]{1,300}\]\]|\{\{[^{}\n]{1,200}\}\}")


def plain_line(value: object, most: int = TITLE_CHARACTERS) -> str | None:
    """One line of plain text, or None where nothing is left: tags gone, entities read, white space folded."""
    if not isinstance(value, str):
        return None
    text = _unescaped(value[: most * 8])
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(_without_damage(text).split())[:most] or None


@lru_cache(maxsize=4096)
def plain_name(value: str) -> str | None:
    """The same of a name, which stands on many entries."""
    return plain_line(value, NAME_CHARACTERS)


def body(value: object, base: str | None = None) -> tuple[str, str]:
    """(plain text with paragraphs parted by a blank line, sanitised HTML) of a body: text, HTML, or either escaped.
    Relative addresses in it are those of the page at `base`; without one they are left out."""
    if not isinstance(value, str):
        return "", ""
    raw = _readable(value[:BODY_CHARACTERS])
    if "<" not in raw and "  " not in raw and "[[" not in raw and "{{" not in raw and raw.isprintable():
        return _one_paragraph(raw.strip())  # most bodies are one line with nothing to mend
    raw = _without_damage(raw)
    if not _has_tags(raw):
        return _plain_body(raw)
    if is_tangled(raw, BODY_TAGS):
        return body(_TAG.sub(" ", raw).replace("<", " "), base)
    safe = _cleaner(base).clean(raw).strip()
    return text_of(safe), safe


def plain_body(value: str) -> tuple[str, str]:
    """The same of a body that is known to be plain text: what looks like a tag in it is none."""
    return _plain_body(_without_damage(value[:BODY_CHARACTERS]))


def _plain_body(raw: str) -> tuple[str, str]:
    # Where nothing parts paragraphs by a blank line, each line is one.
    text = _paragraphs(_BLANK_LINE.split(raw) if _BLANK_LINE.search(raw.strip()) else raw.split("\n"))
    return text, "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in text.split("\n\n") if part)


@lru_cache(maxsize=1024)
def _cleaner(base: str | None) -> nh3.Cleaner:
    known = web_url(base)
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        url_relative=("rewrite_with_base", known) if known else "deny",
        link_rel="nofollow noopener noreferrer",
    )


def _one_paragraph(line: str) -> tuple[str, str]:
    return line, f"<p>{html.escape(line, quote=False)}</p>" if line else ""


def text_of(markup: str) -> str:
    """The plain text of sanitised HTML."""
    return _paragraphs(html.unescape(_SAFE_TAG.sub(_break_of, markup)).split("\n\n"))


def _break_of(tag: re.Match[str]) -> str:
    return _BREAKS.get(tag[1], "")


def web_url(value: object) -> str | None:
    """An absolute http or https address that can be taken apart, or None."""
    if not isinstance(value, str):
        return None
    url = value.strip()
    if len(url) > URL_CHARACTERS or not _WEB_URL.fullmatch(url):
        return None
    if url.isascii() and "[" not in url and "]" not in url:
        return url
    try:
        urlsplit(url)
    except ValueError:  # "http://[" is no address, nor is one whose host hides a mark in a letter
        return None
    return url


def joined(base: str | None, address: object) -> str | None:
    """The web address that a page's `address` leads to, or None."""
    if not isinstance(address, str) or len(address) > URL_CHARACTERS:
        return None
    if address.startswith(("https://", "http://")):
        return web_url(address)
    try:
        return web_url(urljoin(base or "", address.strip()))
    except ValueError:
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
        if "&" not in text or _has_tags(text) or not _ENTITY.search(text):
            return text
        if (once := _unescaped_once(text)) == text:
            return text
        text = once
    return text


def _unescaped(value: str) -> str:
    text = value
    for _ in range(UNESCAPINGS):
        if "&" not in text or not _ENTITY.search(text) or (once := _unescaped_once(text)) == text:
            break
        text = once
    return text


def _unescaped_once(text: str) -> str:
    """As html.unescape, without its call for each entity where only the common ones occur."""
    if text.count("&") == text.count("&amp;"):
        return text.replace("&amp;", "&")
    plain = text
    for entity, character in _COMMON_ENTITIES:
        plain = plain.replace(entity, character)
    if plain.count("&") == plain.count("&amp;"):
        return plain.replace("&amp;", "&")
    return html.unescape(text)


def _has_tags(text: str) -> bool:
    return "<" in text and _TAG.search(text) is not None


def _without_damage(text: str) -> str:
    """Without placeholders that were never filled, and characters that no reader sees."""
    if "[[" in text or "{{" in text:
        text = _PLACEHOLDER.sub(" ", text)
    return text if text.replace("\n", " ").isprintable() else _CONTROL.sub("", text)


def _paragraphs(parts: list[str]) -> str:
    lines = ("\n".join(" ".join(line.split()) for line in part.split("\n")).strip() for part in parts)
    return "\n\n".join(line for line in lines if line)
