"""A page as bytes came: decoded once, its tree built once, and only if a format asks for it."""

from __future__ import annotations

import codecs
import json
import re
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

import msgspec
from selectolax.lexbor import LexborHTMLParser

from services.parser.clock import Clock, stated_zone
from services.parser.limits import PAGE_BYTES, PAGE_TAGS, READING_SECONDS, SCRIPTS
from services.parser.memo import Memo
from services.parser.tangles import is_tangled
from services.parser.times import named_zone

TOO_SLOW = "the page took longer to read than a page may: what came last was left out"
TANGLED = "the page's tags are nested too deeply: only its embedded data was read"

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_CHARSET = re.compile(
    r"utf-8(-sig)?|utf-16(-[bl]e)?|cp\d+|iso8859-\d+|koi8-[rtu]|mac-\w+|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+"
    r"|ascii|tis-620|johab|hz"
)
"""Python's names of charsets that pages are written in: its codecs hold stranger things."""
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|script|article|section|div|p|time)\b", re.IGNORECASE)
_RAW_CONTROL = re.compile(r"[\x00-\x1f]")
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_AS_BROWSERS_READ = {"iso8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
_MARKUP_WITHIN = 20_000


class Document:
    """`url` is the page's address, `fetched_at` when it was read, `timezone` the source's IANA zone, `memo` what was
    made of the last page of the source."""

    def __init__(
        self,
        body: bytes,
        *,
        url: str | None,
        content_type: str | None,
        fetched_at: datetime,
        timezone: str | None = None,
        memo: Memo | None = None,
    ) -> None:
        self.url = url
        self.text = decode(body[:PAGE_BYTES], content_type)
        self.clock = Clock(fetched_at, stated_zone(self.text) or named_zone(timezone))
        self.memo = Memo() if memo is None else memo
        self.memo.turn((url, str(self.clock.zone)))
        self._until = time.monotonic() + READING_SECONDS

    @property
    def is_late(self) -> bool:
        """Whether the time that a page may take is used up; asked before each entry."""
        late = time.monotonic() > self._until
        if late:
            self.clock.doubts[TOO_SLOW] = 1
        return late

    @cached_property
    def is_markup(self) -> bool:
        """Whether this is HTML, whatever the header says: pages change their type and lie about it."""
        return self.json is None and _MARKUP.search(self.text[:_MARKUP_WITHIN]) is not None

    @cached_property
    def json(self) -> object:
        """What the body says as JSON; None where it is none."""
        if self.text.lstrip()[:1] not in {"{", "["}:
            return None
        return read_json(self.text)

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The page's tree; of a page whose tags are knotted to stall us, that of its scripts alone."""
        if not is_tangled(self.text, PAGE_TAGS):
            return LexborHTMLParser(self.text)
        self.clock.doubts[TANGLED] = 1
        return LexborHTMLParser("".join(_scripts(self.text)))


def read_json(text: str) -> object:
    """The value of a JSON text; raw newlines in strings and lone surrogates, which some ship, are forgiven. None where
    it is none, or nested beyond reason."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:
        mended = _LONE_SURROGATE.sub(r"\\ufffd", _RAW_CONTROL.sub(" ", text.encode("utf-8", "replace").decode()))
        return json.loads(mended, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def decode(body: bytes, content_type: str | None) -> str:
    """The text of a body: byte order mark, then header, then the page's own word, then UTF-8; never an error."""
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace")
    for named in _named_charsets(body, content_type):
        try:
            return body.decode(named)
        except UnicodeError:
            continue
    return body.decode("utf-8", "replace") if _mostly_utf8(body) else body.decode("cp1252", "replace")


def _mostly_utf8(body: bytes) -> bool:
    """A page in UTF-8 with a few broken bytes is still that; one in an older charset breaks at every accent."""
    broken = body.decode("utf-8", "replace").count("\ufffd")
    return broken == 0 or broken * 10 < sum(byte >= 0x80 for byte in body[: _MARKUP_WITHIN * 10])


def _named_charsets(body: bytes, content_type: str | None) -> list[str]:
    header = _HEADER_CHARSET.search(content_type or "")
    meta = _META_CHARSET.search(body[:4096])
    named = [header.group(1)] if header else []
    named += [meta.group(1).decode("ascii")] if meta else []
    known = []
    for name in named:
        try:
            found = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        if _CHARSET.fullmatch(found):
            known.append(_AS_BROWSERS_READ.get(found, found))
    return known


def _scripts(text: str) -> Iterator[str]:
    """The first scripts of a page, found without a tree."""
    at = 0
    for _ in range(SCRIPTS):
        start = text.find("<script", at)
        end = text.find("</script", start)
        if start < 0 or end < 0:
            return
        yield f"{text[start:end]}</script>"
        at = end + 1
