"""The text that an alert shows: what a person would send, of at most 120 characters."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from services.enricher.cut import cut
from shared.records import Blog, Entry

MOST = 120
_LINK_CARD = re.compile(
    r"^\W*(?:(?:you can )?(?:read|see|find|click|tap|watch|follow|get) (?:the |our |all |more|here|on|full|about|it"
    r"|below|this)|read more|full (?:story|article|report|details)|more (?:here|on this|details|to follow)|click here"
    r"|sign up|subscribe|related|recommended|here(?:'|’)s (?:the|our|more)"
    r"|share|get (?:our|the)|this (?:video|content) can ?not be|to play this|(?:image|media) (?:source|caption|credit)"
    r"|(?:photo(?:graph)?s?|image|picture|video|credit|source)(?=:)|copyright|reuse this|allow .{3,30} content)\b"
    r".{0,80}$",
    re.IGNORECASE,
)
_NO_HEADLINE = re.compile(
    r"^\W*(?:(?:just in|breaking|update[ds]?|live|latest|watch|video|pictures?|photos?|analysis|key event|new post"
    r"|recap|summary|opinion|in pictures|what we know|read more|opening summary|closing summary)\W*)+$",
    re.IGNORECASE,
)
_PASSED_OVER = re.compile(
    r"^(?:(?:hello|hi|hey|good (?:morning|afternoon|evening)|welcome|thanks?(?: you)?|goodbye"
    r"|that(?:'|’)s (?:all|it))\b"
    r"|(?:i(?:'|’)m|this is|i am) [A-Z]\w+(?: [A-Z]\w+)*(?: here| and|\.|,)"
    r"|(?:by|reporting from|reporting by|written by|post by|posted by) [A-Z])",
    re.IGNORECASE,
)
"""A greeting, a farewell or a byline: what is new follows behind it."""
_BYLINE = re.compile(
    r"^(?:by|reporting from|reporting by|written by|post by|posted by) [A-Z][^.!?]{0,80}$", re.IGNORECASE
)
_LABEL_OF_NOTHING = re.compile(
    r"^\W*(?:(?:key event|new post|updated?|latest|live|share|watch|video|pictures?|photos?|read more|post)\W*)+$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/|t\.co/)\S+", re.IGNORECASE)
_AGENCY = re.compile(r"^\([A-Z][\w /.]{1,20}\) ?[-–—] ?")
_BULLET = " •·▪◦*–—-►▶|>"
_CREDIT = re.compile(r"[.,;]? *(?:Photograph|Photo|Picture|Image|Credit)s?(?: by)?:? .{0,80}$")
_TAG = re.compile(
    r"<(script|style)\b[\s\S]{0,2000}?</\1>|<!--[\s\S]{0,2000}?-->|</?[a-zA-Z][^>]{0,200}>|</[a-zA-Z]{0,10}$"
)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[^\W\d_a-z])|\n+")
_ABBREVIATED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Gen|Lt|Col|Maj|Capt|Sgt|Sen|Rep|Gov|Rev|Jr|Sr|No|vs|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Aug"
    r"|Sept|Sep|Oct|Nov|Dec|a\.m|p\.m|approx)|\b[A-Z](?:\.[A-Z])*)\.$"
)
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Overrides of the text's direction: they would garble what stands behind the alert."""
_ODD = re.compile("[\x00-\x1f\x7f-\x9f" + "".join(sorted(_DIRECTION)) + "]")
_LEAST_HEADLINE = 12
_LEAST_SAID = 40
"""Characters from which a first sentence says enough by itself; a shorter one takes the next along."""
_READ = 4_000
"""Characters of the text that are read for a first sentence."""


def alert_text(entry: Entry, blog: Blog | None = None, places: Sequence[str] = (), names: Sequence[str] = ()) -> str:
    """The entry's headline where it is one, else its first sentence; cut at a word's end, never a link card's words.

    `places` and `names` are what the entry names: a short sentence that has none of them gets the one place before it.
    """
    title = _line(entry.title or "")
    if _is_headline(title):
        return cut(title, MOST)
    sentence = _first_sentence(entry)
    label = title.rstrip(":. ")
    if sentence and label and len(label) <= _LONGEST_LABEL and not _same(title, sentence) and _tells(title):
        return cut(f"{label}: {sentence}", MOST)
    if sentence:
        return cut(_with_place(sentence, places, names), MOST)
    card = next((_line(link.title) for link in entry.links if link.title), "")
    told = "" if _LINK_CARD.match(title) or _BYLINE.match(title) else title
    return cut(told or card or _picture(entry) or _line((blog.title if blog else None) or ""), MOST)


_LONGEST_LABEL = 30


def _tells(title: str) -> bool:
    return not (_LINK_CARD.match(title) or _LABEL_OF_NOTHING.match(title) or _BYLINE.match(title))


def _is_headline(title: str) -> bool:
    return (
        len(title) >= _LEAST_HEADLINE
        and " " in title
        and not (_NO_HEADLINE.match(title) or _LINK_CARD.match(title) or _BYLINE.match(title))
    )


def _with_place(sentence: str, places: Sequence[str], names: Sequence[str]) -> str:
    where = set(places)
    if len(where) != 1 or len(sentence) > _SHORT or any(name in sentence for name in (*places, *names)):
        return sentence
    return f"{places[0]}: {sentence}"


_SHORT = 60
"""Characters up to which a sentence that names nothing is told where it is."""


def _picture(entry: Entry) -> str:
    """What the first picture shows: its caption without the credit, else the words that stand for it."""
    for image in entry.images:
        for told in (image.caption, image.alt):
            if told and (line := _CREDIT.sub("", _line(told)).strip()) and not _LINK_CARD.match(line):
                return line
    return ""


def _first_sentence(entry: Entry) -> str:
    cards = {_line(part).casefold() for link in entry.links for part in (link.title, link.summary) if part}
    best = said = ""
    for paragraph in entry.text[:_READ].split("\n"):
        line = _line(paragraph)
        if line.casefold() in cards or _LINK_CARD.match(line) or not any(c.isalnum() for c in line):
            continue
        sentence = _sentence(line)
        best = best or sentence
        if not sentence or line.endswith(":") or _BYLINE.match(line):
            continue
        said = f"{said} {sentence}" if said and len(said) + len(sentence) < MOST else said or sentence
        if len(said) >= _LEAST_HEADLINE:
            return said
    return said or best


def _sentence(line: str) -> str:
    """The first sentence that is no greeting, with those behind it while they are short; empty where all greet."""
    said = ""
    for sentence in _sentences(line):
        if not said and _PASSED_OVER.match(sentence):
            continue
        if said and len(said) + len(sentence) >= MOST:
            break
        said = f"{said} {sentence}".strip()
        if len(said) >= _LEAST_SAID:
            break
    return said


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE.finditer(line):
        if not _ABBREVIATED.search(line[start : end.start()]):
            yield line[start : end.end()].strip()
            start = end.end()
    if rest := line[start:].strip():
        yield rest


def _line(text: str) -> str:
    """One line as it is read: without tags, addresses, a bullet or an agency before it."""
    text = _ADDRESS.sub("", _plain(text)) if "/" in text or "www." in text else _plain(text)
    return _AGENCY.sub("", text.lstrip(_BULLET).rstrip()).strip()


def _plain(text: str) -> str:
    """Without tags, entities, control characters and doubled spaces."""
    if "<" in text or "&" in text:
        text = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text)))
    return " ".join(_ODD.sub(_instead, text).split())


def _instead(match: re.Match[str]) -> str:
    return "" if match[0] in _DIRECTION else " "


def _same(one: str, other: str) -> bool:
    return other.casefold().startswith(one.casefold().rstrip(".: "))
