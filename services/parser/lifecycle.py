"""Whether a live blog says that it is over, and where it goes on: in its headline, and in its last entry."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urldefrag, urlsplit

from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.clean import joined
from services.parser.limits import LINKS
from shared.records import Blog, Entry

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_HAPPENED = re.compile(r"(?:^|[\-–—:|,•]\s*)(?:live )?as it happened\b|\bas it happened\s*(?:$|[|–—])", re.IGNORECASE)
"""Behind a dash, or at an end: "told the court as it happened to him" is no sign."""

_BLOG = (
    r"(?:this|our|the|today['’]s) (?:[a-z-]+ ){0,2}?(?:live ?(?:blog|page|feed|ticker|coverage|updates?)|blog|"
    r"(?:rolling|minute-by-minute) coverage)"
)
_CLOSING = re.compile(
    rf"\b{_BLOG} (?:is|are|has|have|will) (?:now |been |be )*"
    r"(?:closing|closed?|ended|ending|finished|over|moved|moving)\b"
    rf"|\b(?:closing|ending|wrapping up|winding up|moving) {_BLOG}\b(?! of\b)"
    rf"|\b(?:we|I)(?:['’]ve| have) (?:now )?(?:closed|moved|ended) {_BLOG}\b"
    r"|\bthat(?:['’]s| is) (?:it|all)(?:,)? (?:from|for) (?:our|this|today['’]s) (?:[a-z-]+ )?(?:live|blog|coverage)\b",
    re.IGNORECASE,
)
_NOT_CLOSING = re.compile(
    r"\bcomments?\b|\bbriefly\b|\bfor (?:an hour|now|the night|a (?:few|short|moment))|\bpaus|\bnot closing\b"
    r"|\b(?:isn['’]t|is not|are not|aren['’]t|won['’]t)\b",
    re.IGNORECASE,
)
"""A forum that closes below a blog, and a blog that sleeps for a night, is none that ends."""
_ONWARD = re.compile(
    r"\b(?:follow|continu\w*|join|find|read|see|go|head|latest|stay|carry|moved|moving|new|tomorrow|next)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LIVE_PATH = re.compile(
    r"(?:^|[/_-])(?:live|liveblog|live-?updates|liveticker|newsblog|en-direct|en-vivo)(?:$|[/_.-])", re.IGNORECASE
)
_DAY = re.compile(
    r"(20[0-9]{2})[/-](?:0?([1-9]|1[0-2])|([a-z]{3}))[/-]0?([1-9]|[12][0-9]|3[01])(?![0-9])", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def with_end(blog: Blog, entries: tuple[Entry, ...]) -> Blog:
    """The blog with what its words say of its end.

    A headline, or a last entry that leads to the next blog, is believed before a flag; a last entry that only says
    farewell is believed where nothing says that the blog is live.
    """
    last = _last(entries)
    closing = last is not None and says_closing(last.text)
    onward = next_address(last, blog.url) if last is not None and closing else None
    over = is_over(blog.title) or onward is not None or (closing and blog.live is not True)
    return replace(blog, live=False if over else blog.live, next_url=blog.next_url or onward)


def is_over(title: str | None) -> bool:
    """Whether a headline speaks of the whole as past: "Storm reaches the coast – as it happened"."""
    return title is not None and _HAPPENED.search(title) is not None


def says_closing(text: str) -> bool:
    """Whether a sentence says that this blog ends."""
    text = text[:5_000]
    if _CLOSING.search(text) is None:
        return False
    return any(_CLOSING.search(part) and not _NOT_CLOSING.search(part) for part in _SENTENCE.split(text))


def next_address(entry: Entry, url: str | None) -> str | None:
    """Where a closing entry leads its readers: another live blog of the same site, and none of an earlier day."""
    found = LexborHTMLParser(entry.html).css("a[href]") if "<a " in entry.html else []
    addresses = [joined(url, link.attributes.get("href")) for link in found[:LINKS] if _leads_on(link)]
    for address in (*addresses, *(link.url for link in entry.links)):
        if address and _is_next(address, url):
            return address
    return None


def _last(entries: tuple[Entry, ...]) -> Entry | None:
    """The newest of the entries, which the page may list oldest first; a pinned one is none of the last."""
    shown = [entry for entry in entries if not entry.deleted]
    if any(entry.published_at is None for entry in shown):
        return next((entry for entry in shown if not entry.pinned), None)
    return max(shown, key=lambda entry: entry.published_at or _LONG_AGO, default=None)


def _leads_on(link: LexborNode) -> bool:
    """Whether the words around a link send readers on."""
    around = link.parent.text(separator=" ") if link.parent is not None else ""
    return _ONWARD.search(around[:2_000]) is not None


def _is_next(address: str, url: str | None) -> bool:
    there, here = urlsplit(urldefrag(address).url), urlsplit(urldefrag(url or "").url)
    if url and (_host(there.netloc) != _host(here.netloc) or there.path.rstrip("/") == here.path.rstrip("/")):
        return False
    day, today = _day(there.path), _day(here.path)
    if day and today and day < today:
        return False
    return _LIVE_PATH.search(there.path) is not None


def _host(name: str) -> str:
    return name.lower().removeprefix("www.")


def _day(path: str) -> tuple[int, int, int] | None:
    found = _DAY.search(path)
    if found is None:
        return None
    year, number, name, day = found.groups()
    month = int(number) if number else _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0
    return (int(year), month, int(day)) if month else None
