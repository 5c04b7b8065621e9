"""A page that marks nothing up: siblings of one shape, each of which carries a time of its own and text.

Lists that look alike are told from entries: what leads elsewhere is a teaser, what is answered is a forum, what has
little text is a table or a timetable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.parser.clean import body, names, plain_line
from services.parser.document import Document
from services.parser.formats.dom import images
from services.parser.formats.shownday import day_of
from services.parser.formats.siblings import DEPTH, ROOTS, Group, judged, words_of
from services.parser.limits import AUTHORS, BODY_TAGS, NAME_CHARACTERS, TITLE_CHARACTERS
from services.parser.readings import DOM, Reading
from services.parser.tangles import is_tangled
from services.parser.times import ago, clock_time, moment
from shared.records import Blog, Entry

SIBLINGS = 3
TIME_CHARACTERS = 60
CLIMB = 8
"""A time stands at most so deep inside its entry."""
GROUPS = 40
"""Groups that are looked into, the largest first."""
_NO_PLACE = frozenset({"nav", "aside", "form", "table", "select", "dl", "figure", "svg", "button", "blockquote"})
_LIVE = re.compile(
    r"\blive\b|live-?(?:blog|ticker|stream|updates|entry|feed|post)|ticker|as it happened|minute.by.minute|newsblog"
    r"|en direct|en vivo|in diretta|minuto a minuto|na .ywo|relacja",
    re.IGNORECASE,
)
_BEFORE_TIME = re.compile(
    r"^(?:(?:first )?(?:posted|published|updated|added|last updated)(?: (?:at|on))?|at)?\s*:?\s*", re.IGNORECASE
)
_BEHIND_TIME = re.compile(r"\s*(?:uhr|hrs|h)?\s*[|·•–—:-]?$", re.IGNORECASE)
_NOT_BYLINES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "article", "section", "li"})
_LABEL = re.compile(r"(?:first |last )?(?:posted|published|updated|added)(?: (?:at|on))?", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_a-z][\w.'’-]*(?: (?:[^\W\d_a-z][\w.'’-]*|de|da|di|van|von|der|den|del|la|le|bin|al)){1,3}")
_NO_NAME = re.compile(
    r"\b(?:key|event|moment|breaking|news|live|blog|updated?s?|latest|summary|analysis|opinion|watch|read|pinned|post(?:ed)?|just|more"
    r"|minutes?|goal|card|full|half|league|cup|report|share|new|editor['’]?s?|pick|video|photo|top|story|day|week)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_BYLINE = "[rel=author], [class*=author], [class*=byline], [class*=contributor], address"
_TITLES = "h1, h2, h3, h4, h5, h6"


def read_structure(document: Document) -> Reading | None:
    """Whatever siblings tell the most of their own. Times that are bare are the latest that fit."""
    if not document.is_markup:
        return None
    root = document.tree.body
    if root is None:
        return None
    times = {node.mem_id: text for node, text in _times(root)}
    if len(times) < SIBLINGS:
        return None
    is_live = _LIVE.search(f"{_page_title(document)} {document.url or ''}") is not None
    groups = (judged(group, times, is_live, document) for group in _groups(root, times, document))
    best = max((group for group in groups if group), key=lambda group: group.own_text, default=None)
    return _reading(best, times, root, document) if best else None


def _page_title(document: Document) -> str:
    found = (document.tree.css_first(selector) for selector in ("title", "h1"))
    return " ".join(node.text(separator=" ")[:TITLE_CHARACTERS] for node in found if node is not None)


def _times(root: LexborNode) -> Iterator[tuple[LexborNode, str]]:
    """The elements that tell a time of day, and how they write it. A date alone tells none."""
    inside: LexborNode | None = None
    for node in root.traverse():
        if inside is not None and node.parent is not None and node.parent.mem_id == inside.mem_id:
            continue
        written = node.attributes.get("datetime") if node.tag == "time" else None
        own = (node.text(deep=False, strip=True) or "")[: TIME_CHARACTERS + 1]
        text = written if written and moment(written) else shown_time(own)
        if text:
            inside = node
            yield node, text


def shown_time(text: str) -> str | None:
    """A time of day as an element shows it, alone or behind its date; None where it shows something else as well."""
    if not 2 < len(text) <= TIME_CHARACTERS or not (text[-1:].isalnum() or text[-1] in ".):|–-·"):
        return None
    said = _BEHIND_TIME.sub("", _BEFORE_TIME.sub("", " ".join(text.split())))
    return said if clock_time(said) or ago(said) or moment(said) else None


def _groups(root: LexborNode, times: dict[int, str], document: Document) -> list[list[LexborNode]]:
    """Elements of one shape under parents of one shape, each with a time inside; the largest groups first."""
    found: dict[tuple[int, str, str], dict[int, LexborNode]] = {}
    for node in root.traverse():
        if node.mem_id not in times:
            continue
        if document.is_late:
            break
        for member, above in _upwards(node):
            over = above.parent
            key = (over.mem_id if over is not None else 0, _shape(above), _shape(member))
            found.setdefault(key, {}).setdefault(member.mem_id, member)
    groups = [list(members.values()) for members in found.values() if len(members) >= SIBLINGS]
    return sorted(groups, key=len, reverse=True)[:GROUPS]


def _upwards(node: LexborNode) -> Iterator[tuple[LexborNode, LexborNode]]:
    """(element, its parent) from a time upwards; nothing where the time stands in what holds no entries."""
    pairs: list[tuple[LexborNode, LexborNode]] = []
    for _ in range(DEPTH):
        above = node.parent
        if above is None or node.tag in ROOTS:
            yield from pairs
            return
        if node.tag in _NO_PLACE:
            return
        if len(pairs) < CLIMB:
            pairs.append((node, above))
        node = above


def _shape(node: LexborNode) -> str:
    """The tag and first class: those behind it tell one entry from the next."""
    classes = (node.attributes.get("class") or "").split()
    return f"{node.tag}.{_NUMBER.sub('', classes[0])}" if classes else str(node.tag)


def _reading(group: Group, times: dict[int, str], root: LexborNode, document: Document) -> Reading:
    inferred = document.clock.inferred
    entries = list(_entries(group, document))
    told = _told(group, times, root, document)[: len(entries)]
    found = document.clock.shown(told)
    heading = root.css_first("h1")
    return Reading(
        kind=DOM,
        blog=Blog(
            url=document.url,
            title=plain_line(heading.text(separator=" ")) if heading is not None else None,
            format="structure",
        ),
        entries=tuple(
            replace(entry, published_at=at)
            for entry, at in zip(entries, found, strict=True)
            if entry.title or entry.text
        ),
        inferred=document.clock.inferred > inferred,
    )


def _told(group: Group, times: dict[int, str], root: LexborNode, document: Document) -> list[str | None]:
    """Each entry's time as it is written, with its day where a heading above gives that."""
    members = {node.mem_id for node in group.members}
    latest = document.clock.fetched_at.date() + timedelta(days=1)
    day: date | None = None
    told: list[str | None] = []
    current, found = False, False
    for node in root.traverse():
        if node.mem_id in members:
            told.append(None)
            current, found = True, False
        elif node.mem_id in times and current and not found:
            told[-1], found = _with_day(times[node.mem_id], day), True
        elif not _lies_in(node, members) and (named := day_of((node.text(deep=False, strip=True) or ""), latest)):
            day = named
    return told


def _with_day(text: str, day: date | None) -> str:
    return f"{day.day} {day:%B} {day.year} {text}" if day and clock_time(text) else text


def _lies_in(node: LexborNode, members: set[int]) -> bool:
    above = node.parent
    for _ in range(CLIMB * 2):
        if above is None:
            return False
        if above.mem_id in members:
            return True
        above = above.parent
    return True


def _entries(group: Group, document: Document) -> Iterator[Entry]:
    for node in group.members:
        markup = node.html or ""
        if document.is_late:
            return
        if not is_tangled(markup, BODY_TAGS):
            base = document.url or ""
            yield document.entry("structure", markup, partial(_entry, markup, base))
        else:
            yield Entry(id="")


def _entry(markup: str, base: str) -> Entry:
    """One element's entry without its time; read from a copy, out of which the title, authors and times are taken."""
    copy = LexborHTMLParser(markup).body
    node = copy.child if copy is not None else None
    if node is None:
        return Entry(id="")
    name, pictures = _own_id(node), tuple(images(node, base))
    beside: tuple[str, ...] = ()
    for found in [found for found, _ in _times(node)]:
        if found.mem_id != node.mem_id:
            around = found.parent
            found.decompose()
            beside = beside or _beside_time(around, node)
    title = _title(node)
    line = plain_line(title.text(separator=" ")) if title is not None else None
    if title is not None:
        title.decompose()
    authors = _authors(node) or beside
    for gone in node.css("header:empty, button, form, script, style"):
        gone.decompose()
    text, html = body(node.inner_html or "", base)
    return Entry(id=name, title=line, text=text, html=html, authors=authors, images=pictures)


def _own_id(node: LexborNode) -> str:
    """What the page calls the entry: its element, or an anchor inside."""
    for name in ("id", "data-id", "data-post-id", "data-entry-id"):
        if said := (node.attributes.get(name) or "").strip():
            return said
    anchor = node.css_first("a[id], a[name]")
    return ((anchor.attributes.get("id") or anchor.attributes.get("name") or "") if anchor is not None else "").strip()


def _title(node: LexborNode) -> LexborNode | None:
    """The heading, or bold words that begin the entry and fill a line of their own."""
    if (heading := node.css_first(_TITLES)) is not None:
        return heading
    bold = node.css_first("strong, b")
    if bold is None or not 0 < len(said := words_of(bold)) <= TITLE_CHARACTERS // 2 or bold.parent is None:
        return None
    alone = bold.parent.mem_id == node.mem_id or words_of(bold.parent) == said
    return bold if alone and words_of(node).startswith(said) and len(words_of(node)) > len(said) else None


def _beside_time(line: LexborNode | None, entry: LexborNode) -> tuple[str, ...]:
    """Whose names stand alone with the time in one line, which is then no part of the body."""
    if line is None or line.mem_id == entry.mem_id or line.tag in _NOT_BYLINES:
        return ()
    said = words_of(line).strip(" |·•–—-,:")
    if _LABEL.fullmatch(said):
        line.decompose()
        return ()
    found = names(said) if len(said) <= NAME_CHARACTERS else ()
    if not found or not all(_NAME.fullmatch(name) and not _NO_NAME.search(name) for name in found):
        return ()
    line.decompose()
    return found


def _authors(node: LexborNode) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for byline in node.css(_BYLINE):
        line = plain_line(byline.text(separator=" "), NAME_CHARACTERS * 2)
        if line and len(line) <= NAME_CHARACTERS:
            found |= dict.fromkeys(names(line))
            byline.decompose()
    return tuple(found)[:AUTHORS]
