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
from msgspec.structs import replace

from services.parser.clean import body
from services.parser.document import Document
from services.parser.identity import content_id
from services.parser.limits import ENTRIES, NAME_CHARACTERS, TITLE_CHARACTERS
from services.parser.times import in_utc, named_zone
from shared.records import Blog, Entry, Link, Page

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DATE = (
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<month>[A-Z][a-z]{2,8})\.?,? (?P<year>\d{4}),? "
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
)
_ZONE = r"(?: ?(?P<half>am|pm|AM|PM))?(?: \(?(?P<zone>[A-Z]{2,5})\)?)?"
_BYLINE = re.compile(rf"(?P<names>[^\d\n]{{2,200}}?) ?{_DATE}{_ZONE}")
_HEAD_TIME = re.compile(rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?{_DATE}{_ZONE}")
_CARD_MARK = re.compile(
    r"(?:read|see|watch) (?:the )?(?:full |more|our )?.{0,40}here:?|(?:read more|full story|more here):?", re.IGNORECASE
)
_HEAD_MARK = re.compile(r"live(?: ?(?:updated|blog|updates))?", re.IGNORECASE)
HEAD_LINES = 60
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


def read_text_capture(document: Document) -> Page | None:
    if document.is_markup or document.json is not None:
        return None
    lines = [" ".join(line.split()) for line in document.text.splitlines()]
    lines = [line for line in lines if line]
    head = _head(lines, document)
    bylines = [(at, found) for at in range(head.end, len(lines)) if (found := _BYLINE.fullmatch(lines[at]))]
    if not bylines:
        return None
    entries = []
    start = head.end
    for number, (end, byline) in enumerate(bylines[:ENTRIES]):
        part = lines[start:end]
        entries.append(_entry(part[_first_title(part) :] if number == 0 else part, byline, head, document))
        start = end + 1
    blog = Blog(
        url=document.url,
        title=head.title,
        description=head.description,
        authors=head.authors,
        updated_at=head.at,
        format="text",
    )
    return Page(blog=blog, entries=tuple(entry for entry in entries if entry.title or entry.text))


def _head(lines: list[str], document: Document) -> Head:
    setting = named_zone(document.timezone)
    times = ((n, _HEAD_TIME.fullmatch(line)) for n, line in enumerate(lines[:HEAD_LINES]))
    at, found = next(((n, match) for n, match in times if match), (0, None))
    if found is None:
        return Head(title=None, description=None, authors=(), at=None, zone=setting, end=0)
    zone = named_zone(found["zone"]) or setting
    mark = max((n for n in range(at) if _HEAD_MARK.fullmatch(lines[n])), default=max(-1, at - 4))
    above = lines[mark + 1 : at]
    authors = _names(above.pop()) if len(above) > 1 else ()
    return Head(
        title=above[0][:TITLE_CHARACTERS] if above else None,
        description=above[1] if len(above) > 1 else None,
        authors=authors,
        at=_instant(found, zone, document.fetched_at),
        zone=zone,
        end=at + 1,
    )


def _entry(part: list[str], byline: re.Match[str], head: Head, document: Document) -> Entry:
    title, *rest = part or [""]
    paragraphs, links = _cards(title, rest)
    text, html = body("\n\n".join(paragraphs))
    entry = Entry(
        id="",
        title=title[:TITLE_CHARACTERS] or None,
        text=text,
        html=html,
        authors=_names(byline["names"]),
        published_at=_instant(byline, named_zone(byline["zone"]) or head.zone, document.fetched_at),
        links=tuple(links),
    )
    return replace(entry, id=content_id(entry))


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
            links.append(Link(url=None, title=lines[at], summary=summary))
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
    return SequenceMatcher(None, one.casefold(), other.casefold(), autojunk=False).ratio() >= ALIKE


def _names(line: str) -> tuple[str, ...]:
    parts = re.split(r"\s*(?:,|&|\band\b)\s*", re.sub(r"^by\s+", "", line.strip(), flags=re.IGNORECASE))
    return tuple(dict.fromkeys(part[:NAME_CHARACTERS] for part in parts if part))


def _instant(found: re.Match[str], zone: tzinfo | None, fetched_at: datetime) -> datetime | None:
    month = next((n for n, name in enumerate(MONTHS, 1) if name.startswith(found["month"].lower()[:3])), 0)
    hour = int(found["hour"])
    if half := (found["half"] or "").lower():
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        naive = datetime(int(found["year"]), month, int(found["day"]), hour, int(found["minute"]))  # noqa: DTZ001
    except ValueError:
        return None
    return in_utc(naive, zone, fetched_at)
