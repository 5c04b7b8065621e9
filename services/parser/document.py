"""A page as bytes came: decoded once, its tree built once, and only if a format asks for it."""

from __future__ import annotations

import codecs
import html
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cached_property

import msgspec
from selectolax.lexbor import LexborHTMLParser

from services.parser.clean import web_url
from services.parser.clock import Clock, stated_zone
from services.parser.doubts import BROKEN_TEXT, TANGLED, TOO_LARGE, TOO_MANY, TOO_SLOW
from services.parser.limits import ENTRIES, PAGE_BYTES, PAGE_TAGS, READING_SECONDS, SCRIPTS
from services.parser.memo import Markup, Memo
from services.parser.tangles import is_tangled
from services.parser.times import named_zone
from shared.records import Entry

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"\s{0,100}<\?xml\s[^>?]{0,100}encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_CHARSET = re.compile(
    r"utf-8(-sig)?|utf-16(-[bl]e)?|cp\d+|iso8859-\d+|koi8-[rtu]|mac-\w+|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+"
    r"|ascii|tis-620|johab|hz"
)
"""Python's names of charsets that pages are written in: its codecs hold stranger things."""
_MARKUP = re.compile(r"<(?:!doctype|html|head|body|script|article|section|div|p|time)\b", re.IGNORECASE)
_RAW_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
"""What must be escaped in a JSON string and is none of its words; a raw newline is one: it parts paragraphs."""
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_AS_BROWSERS_READ = {"iso8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
_HEAD_TAG = re.compile(r"<(?:link|meta)\b[^<>]{0,3000}>", re.IGNORECASE)
_CANONICAL = re.compile(r"\brel\s*=\s*[\"']?canonical\b|\bproperty\s*=\s*[\"']?og:url\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\b(?:href|content)\s*=\s*[\"']?([^\s\"'<>]+)", re.IGNORECASE)
_MARKUP_WITHIN = 20_000
_ADDRESS_WITHIN = 300_000
_TELLING = 500
"""So many characters at both ends of a script tell it."""
_INDENT = 1_000


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
        self.text, self._utf8, fits = decode(body[:PAGE_BYTES], content_type)
        self.url = web_url(url) or _own_address(self.text)
        self.clock = Clock(fetched_at, stated=lambda: stated_zone(self.text), setting=named_zone(timezone))
        if len(body) > PAGE_BYTES:
            self.clock.doubts[TOO_LARGE] = 1
        if not fits:
            self.clock.doubts[BROKEN_TEXT] = max(1, self.text.count("\ufffd"))
        self.memo = Memo() if memo is None else memo
        self.memo.turn((url, timezone))
        self._until = time.monotonic() + READING_SECONDS

    @cached_property
    def is_markup(self) -> bool:
        """Whether this is HTML, whatever the header says: pages change their type and lie about it."""
        return self.json is None and _MARKUP.search(self.text[:_MARKUP_WITHIN]) is not None

    @property
    def is_late(self) -> bool:
        """Whether the time that a page may take is used up."""
        late = time.monotonic() > self._until
        if late:
            self.clock.doubts[TOO_SLOW] = 1
        return late

    def entry(self, by: str, markup: Markup, make: Callable[[], Entry]) -> Entry:
        """What `make` makes of an entry's markup, or made of it on the last page. `by` names the format."""
        shelf = self.memo.shelf(by)
        return shelf.known(markup) or shelf.made(markup, self.clock, lambda _: make())

    def entries(self, by: str, markups: Iterable[Markup], make: Callable[[Markup], Entry]) -> Iterator[Entry]:
        """The same of each entry's, until the page's time is used up."""
        shelf = self.memo.shelf(by)
        for number, markup in enumerate(markups):
            if number == ENTRIES:
                self.clock.doubts[TOO_MANY] = 1
                return
            entry = shelf.known(markup)
            if entry is None:
                if self.is_late:
                    return
                entry = shelf.made(markup, self.clock, make)
            yield entry

    @cached_property
    def json(self) -> object:
        """What the body says as JSON; None where it is none."""
        if self.text[:_INDENT].lstrip()[:1] not in {"{", "["}:
            return None
        return read_json(self.text)

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The page's tree; of a page whose tags are knotted to stall us, that of its scripts alone."""
        if not is_tangled(self.text, PAGE_TAGS):
            return LexborHTMLParser(self._utf8)
        self.clock.doubts[TANGLED] = 1
        return LexborHTMLParser("".join(_scripts(self.text)))

    def cut_out(self, script: str, after: int) -> tuple[bytes, int]:
        """A script's text as it stands in the page behind a place, and where it ends; encoded anew, which takes longer
        than to read it, only where it is not found as it is."""
        begin, end = (part.encode("utf-8", "replace") for part in (script[:_TELLING], script[-_TELLING:]))
        start = self._utf8.find(begin, after)
        stop = self._end_of_script(start) if start >= 0 else -1
        if stop >= 0 and self._utf8.endswith(end, start, stop):
            return self._utf8[start:stop], stop
        return script.encode("utf-8", "replace"), after

    def _end_of_script(self, start: int) -> int:
        """One byte is found far sooner than eight, and most JSON holds no other "<"."""
        stop = self._utf8.find(b"<", start)
        return stop if self._utf8.startswith(b"</script", stop) else self._utf8.find(b"</script", start)

    @cached_property
    def scripts(self) -> list[tuple[str, str]]:
        """(type, source) of the page's own scripts that are not JSON-LD: code, and the data that it works on."""
        nodes = self.tree.css('script:not([src]):not([type*="ld+json" i])')[:SCRIPTS] if self.is_markup else []
        return [((node.attributes.get("type") or "").lower(), node.text(deep=True) or "") for node in nodes]


def read_json(text: str) -> object:
    """The value of a JSON text; raw newlines in strings and lone surrogates, which some ship, are forgiven. None where
    it is none, or nested beyond reason."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    try:
        mended = without_half_characters(_RAW_CONTROL.sub(" ", text.encode("utf-8", "replace").decode()))
        return json.loads(mended, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def without_half_characters(source: str) -> str:
    """JSON or code without escapes of lone surrogates, which are no characters and cannot be written."""
    return _LONE_SURROGATE.sub(r"\\ufffd", source) if "\\u" in source else source


def half_characters(source: str) -> int:
    """How many escapes of lone surrogates it holds."""
    return len(_LONE_SURROGATE.findall(source)) if "\\u" in source else 0


def decode(body: bytes, content_type: str | None) -> tuple[str, bytes, bool]:
    """A body as text and as UTF-8, by its byte order mark, the header, or the page's own word; never an error. Last,
    whether it is sound in what they name (in UTF-8 where none does)."""
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return *_both(body[len(mark) :].decode(charset, "replace")), True
    for named in _named_charsets(body, content_type):
        try:
            text = body.decode(named)
        except UnicodeError:
            continue
        return (text, body, True) if named == "utf-8" else (*_both(text), True)
    mostly = _mostly_utf8(body)
    text = body.decode("utf-8" if mostly else "cp1252", "replace")
    return *_both(text), mostly and "\ufffd" not in text


def _own_address(text: str) -> str | None:
    """What a page that came without its address calls itself."""
    for tag in _HEAD_TAG.findall(text[:_ADDRESS_WITHIN]):
        if _CANONICAL.search(tag) and (found := _ADDRESS.search(tag)) and (url := web_url(html.unescape(found[1]))):
            return url
    return None


def _both(text: str) -> tuple[str, bytes]:
    encoded = text.encode("utf-8", "replace")
    return text, encoded


def _mostly_utf8(body: bytes) -> bool:
    """A page in UTF-8 with a few broken bytes is still that; one in an older charset breaks at every accent."""
    broken = body.decode("utf-8", "replace").count("\ufffd")
    return broken == 0 or broken * 10 < sum(byte >= 0x80 for byte in body[: _MARKUP_WITHIN * 10])


def _named_charsets(body: bytes, content_type: str | None) -> list[str]:
    header = _HEADER_CHARSET.search(content_type or "")
    meta = _XML_CHARSET.match(body) or _META_CHARSET.search(body[:4096])
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
