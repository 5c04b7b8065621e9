"""A page as bytes came: decoded once, its tree built once, and only if a format asks for it."""

from __future__ import annotations

import codecs
import re
from datetime import datetime
from functools import cached_property

import msgspec
from selectolax.lexbor import LexborHTMLParser

from services.parser.limits import PAGE_BYTES

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|script|article|div|p)\b", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_AS_BROWSERS_READ = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}


class Document:
    """`url` is the page's address, `fetched_at` when it was read, `timezone` the source's IANA zone."""

    def __init__(
        self,
        body: bytes,
        *,
        url: str | None,
        content_type: str | None,
        fetched_at: datetime,
        timezone: str | None = None,
    ) -> None:
        self.url = url
        self.fetched_at = fetched_at
        self.timezone = timezone
        self.text = decode(body[:PAGE_BYTES], content_type)

    @cached_property
    def is_markup(self) -> bool:
        """Whether this is HTML, whatever the header says: pages change their type and lie about it."""
        return (
            re.search(r"<(?:!doctype|html|head|body|script|article|div|p)\b", self.text[:20_000], re.IGNORECASE)
            is not None
        )

    @cached_property
    def json(self) -> object:
        """What the body says as JSON; None where it is none."""
        if self.text.lstrip()[:1] not in {"{", "["}:
            return None
        try:
            return msgspec.json.decode(self.text)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return None

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.text)


def decode(body: bytes, content_type: str | None) -> str:
    """The text of a body: byte order mark, then header, then the page's own word, then UTF-8; never an error."""
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace")
    for named in _named_charsets(body, content_type):
        try:
            return body.decode(named)
        except UnicodeDecodeError:
            continue
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _named_charsets(body: bytes, content_type: str | None) -> list[str]:
    header = _HEADER_CHARSET.search(content_type or "")
    meta = _META_CHARSET.search(body[:4096])
    named = [header.group(1)] if header else []
    named += [meta.group(1).decode("ascii")] if meta else []
    known = []
    for name in named:
        try:
            found = codecs.lookup(name).name
        except LookupError:
            continue
        if codecs.lookup(found)._is_text_encoding:
            known.append(_AS_BROWSERS_READ.get(found, found))
    return known
