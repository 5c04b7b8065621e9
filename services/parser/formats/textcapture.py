"""A live blog copied as text from a browser: what a person pastes, without any markup.

An entry is a title, paragraphs and link cards, and ends with its authors and its time glued together
("Ana Roth21 December 2024 01:00"). The page's head has a headline, a standfirst, the authors, and a dated line with the
zone that all times are in. Whatever stands between that head and the first entry's title (an appeal, the lead story)
and behind the last byline (a forum) is no entry.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from difflib import SequenceMatcher

from msgspec import Struct

from services.parser.clean import body, names
from services.parser.clock import Clock
from services.parser.document import Document
from services.parser.limits import ENTRIES, LINKS, TITLE_CHARACTERS
from services.parser.readings import DOM, Reading
from services.parser.times import named_zone
from shared.records import Blog, Entry, Link

_DATE = (
    r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)? (?P<month>[A-Z][a-z]{2,8})\.?,? (?P<year>[0-9]{4}),? "
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})"
)
_ZONE = r"(?: ?(?P<half>am|pm|AM|PM))?(?: \(?(?P<zone>[A-Z]{2,5})\)?)?"
_BYLINE = re.compile(rf"(?P<names>[^0-9\n]{{2,200}}?) ?{_DATE}{_ZONE}")
_HEAD_TIME = re.compile(rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?{_DATE}{_ZONE}")
_CARD_MARK = re.compile(
    r"(?:read|see|watch) (?:the )?(?:full |more|our )?.{0,40}here:?|(?:read more|full story|more here):?", re.IGNORECASE
)
_HEAD_MARK = re.compile(r"live(?: ?(?:updated|blog|updates))?", re.IGNORECASE)
HEAD_LINES = 60
LINES = 100_000
LEAD_LINES = 200
"""The first entry's title is looked for so far above its byline."""
ALIKE = 0.5
TITLE_LIKE_CHARACTERS = 170


class Head(Struct, frozen=True, kw_only=True):
    title: str | None
    description: str | None
    authors: tuple[str, ...]
    at: datetime | None
    zone: tzinfo | None
    end: int
    """The line behind the head."""


def read_text_capture(document: Document) -> Reading | None:
    if document.is_markup or document.json is not None or document.text.lstrip()[:1] in {"{", "[", "<"}:
        return None
    lines = [" ".join(line.split()) for line in document.text.splitlines()]
    lines = [line for line in lines if line][:LINES]
    head = _head(lines, document)
    bylines = [(at, found) for at in range(head.end, len(lines)) if (found := _BYLINE.fullmatch(lines[at]))]
    if not bylines:
        return None
    entries = []
    start = head.end
    for number, (end, byline) in enumerate(bylines[:ENTRIES]):
        part = lines[start:end]
        if number == 0:
            part = part[-LEAD_LINES:]
            part = part[_first_title(part) :]
        entries.append(_entry(part, byline, head, document))
        start = end + 1
    blog = Blog(
        url=document.url,
        title=head.title,
        description=head.description,
        authors=head.authors,
        updated_at=head.at,
        format="text",
    )
    return Reading(kind=DOM, blog=blog, entries=tuple(entry for entry in entries if entry.title or entry.text))


def _head(lines: list[str], document: Document) -> Head:
    setting = document.clock.zone
    times = ((n, _HEAD_TIME.fullmatch(line)) for n, line in enumerate(lines[:HEAD_LINES]))
    at, found = next(((n, match) for n, match in times if match), (0, None))
    if found is None:
        return Head(title=None, description=None, authors=(), at=None, zone=setting, end=0)
    zone = named_zone(found["zone"]) or setting
    mark = max((n for n in range(at) if _HEAD_MARK.fullmatch(lines[n])), default=max(-1, at - 4))
    above = lines[mark + 1 : at]
    authors = names(above.pop()) if len(above) > 1 else ()
    return Head(
        title=above[0][:TITLE_CHARACTERS] if above else None,
        description=above[1][:2_000] if len(above) > 1 else None,
        authors=authors,
        at=_instant(found, zone, document.clock),
        zone=zone,
        end=at + 1,
    )


def _entry(part: list[str], byline: re.Match[str], head: Head, document: Document) -> Entry:
    title, *rest = part or [""]
    paragraphs, links = _cards(title, rest)
    text, html = body("\n\n".join(paragraphs))
    return Entry(
        id="",
        title=title[:TITLE_CHARACTERS] or None,
        text=text,
        html=html,
        authors=names(byline["names"]),
        published_at=_instant(byline, named_zone(byline["zone"]) or head.zone, document.clock),
        links=tuple(links[:LINKS]),
    )


def _cards(title: str, lines: list[str]) -> tuple[list[str], list[Link]]:
    """Parts an entry's lines into paragraphs and link cards: a card is a title, alike to the entry's or announced by
    "Read the full article here:", and the summary below it."""
    paragraphs: list[str] = []
    links: list[Link] = []
    at = 0
    while at < len(lines):
        announced = _CARD_MARK.fullmatch(lines[at]) is not None
        if announced:
            at += 1
        if at < len(lines) and (announced or (_like_a_title(lines[at]) and _alike(title, lines[at]))):
            summary = lines[at + 1] if at + 1 < len(lines) and not _CARD_MARK.fullmatch(lines[at + 1]) else None
            links.append(Link(url=None, title=lines[at][:TITLE_CHARACTERS], summary=summary and summary[:1_000]))
            at += 2
        elif at < len(lines):
            paragraphs.append(lines[at])
            at += 1
    return paragraphs, links


def _first_title(part: list[str]) -> int:
    """Where the first entry begins, below the lead story: at the title that a card repeats, else the last title."""
    titles = [at for at, line in enumerate(part) if _like_a_title(line)]
    for at in reversed(titles):
        if any(_alike(part[at], part[later]) for later in titles if later > at):
            return at
    announced = {at + 1 for at, line in enumerate(part) if _CARD_MARK.fullmatch(line)}
    openings = [at for at in titles if at not in announced and at - 1 not in announced]
    return openings[-1] if openings else max(0, len(part) - 1)


def _like_a_title(line: str) -> bool:
    return (
        len(line) <= TITLE_LIKE_CHARACTERS
        and line[-1:] not in {".", ":", ",", ";", "”"}
        and not _CARD_MARK.fullmatch(line)
    )


def _alike(one: str, other: str) -> bool:
    if max(len(one), len(other)) > TITLE_LIKE_CHARACTERS:
        return False
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio() >= ALIKE


def _instant(found: re.Match[str], zone: tzinfo | None, clock: Clock) -> datetime | None:
    written = f"{found['day']} {found['month']} {found['year']} {found['hour']}:{found['minute']} {found['half'] or ''}"
    return clock.instant(written, zone=zone)
