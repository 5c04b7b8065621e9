"""The text that an alert shows: what a person would send, of at most 120 characters."""

from __future__ import annotations

import html
import re
import unicodedata

from shared.records import Blog, Entry

MOST = 120
_LEAST_CUT = 70
"""A cut never leaves fewer characters than that where a word's end can be found."""
_LINK_CARD = re.compile(
    r"^\W*(?:(?:you can )?(?:read|see|find|click|tap|watch|follow|get) (?:the |our |all |more|here|on|full|about|it"
    r"|below|this)|read more|full (?:story|article|report|details)|more (?:here|on this|details|to follow)|click here"
    r"|sign up|subscribe|related|recommended|photo(?:s|graph)?s?:|image:|picture:|video:|here(?:'|’)s (?:the|our|more)"
    r"|share)\b.{0,80}$",
    re.IGNORECASE,
)
_NO_HEADLINE = re.compile(
    r"^\W*(?:(?:just in|breaking|update[ds]?|live|latest|watch|video|pictures?|photos?|analysis|key event|new post"
    r"|recap|summary|opinion|in pictures|what we know|read more|opening summary|closing summary)\W*)+$",
    re.IGNORECASE,
)
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
_READ = 4_000
"""Characters of the text that are read for a first sentence."""


def alert_text(entry: Entry, blog: Blog | None = None) -> str:
    """The entry's headline where it is one, else its first sentence; cut at a word's end, never a link card's words."""
    title = _plain(entry.title or "")
    if _is_headline(title):
        return _cut(title)
    sentence = _first_sentence(entry)
    if title and sentence and not _same(title, sentence):
        label = title.rstrip(":. ")
        return _cut(f"{label}: {sentence}") if not _LINK_CARD.match(title) and len(label) <= 30 else _cut(sentence)
    card = next((link.title for link in entry.links if link.title), None)
    fallback = (blog.title if blog else None) or ""
    return _cut(sentence or title or _plain(card or "") or _plain(fallback))


def _is_headline(title: str) -> bool:
    return (
        len(title) >= _LEAST_HEADLINE and " " in title and not _NO_HEADLINE.match(title) and not _LINK_CARD.match(title)
    )


def _first_sentence(entry: Entry) -> str:
    cards = {_plain(part).casefold() for link in entry.links for part in (link.title, link.summary) if part}
    best = ""
    for paragraph in entry.text[:_READ].split("\n"):
        plain = _plain(paragraph)
        if not plain or plain.casefold() in cards or _LINK_CARD.match(plain) or not any(c.isalnum() for c in plain):
            continue
        sentence = _sentence(plain)
        if len(sentence) >= _LEAST_HEADLINE:
            return sentence
        best = best or sentence
    return best


def _sentence(paragraph: str) -> str:
    at = 0
    for end in _SENTENCE.finditer(paragraph):
        candidate = paragraph[: end.start()]
        if not _ABBREVIATED.search(candidate) and end.start() - at > 3:
            return candidate
        at = end.end()
    return paragraph


def _plain(text: str) -> str:
    """Without tags, entities, control characters and doubled spaces."""
    if "<" in text or "&" in text:
        text = _TAG.sub(" ", html.unescape(_TAG.sub(" ", text)))
    return " ".join(_ODD.sub(_instead, text).split())


def _instead(match: re.Match[str]) -> str:
    return "" if match[0] in _DIRECTION else " "


def _same(one: str, other: str) -> bool:
    return other.casefold().startswith(one.casefold().rstrip(".: "))


def _cut(text: str) -> str:
    """At most MOST characters, cut at a word's end and marked with "…"."""
    if len(text) <= MOST:
        return text
    head = text[: MOST - 1]
    if not text[MOST - 1].isspace():
        space = head.rfind(" ")
        head = head[:space] if space >= _LEAST_CUT else _whole_characters(head)
    return head.rstrip(" ,;:–—-(“‘\"'") + "…"


def _whole_characters(head: str) -> str:
    """Without a trailing piece of an emoji or accent that the cut went through."""
    while head and (unicodedata.combining(head[-1]) or head[-1] in "\u200d\ufe0f"):
        head = head[:-1]
    return head
