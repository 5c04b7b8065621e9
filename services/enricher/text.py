"""A text cut into words, with what every later step asks of them: where they stand and how they are written."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

MAX_ANALYSED = 20_000
"""Characters that are analysed: a news entry has a few hundred, a page that sends more cannot hold the service up."""

_WORD = re.compile(
    r"<(?:(script|style)\b[\s\S]{0,2000}?</\1>|!--[\s\S]{0,2000}?-->|/?[a-zA-Z][^<>]{0,200}>)|&#?\w{2,10};"
    r"|(?:[A-Z]\.){2,}|[^\W\d_]+(?:['’ʻ‘\xad\u2060](?![sS]\b)[^\W\d_]+)*"
)
_INSIDE = re.compile("[\xad\u2060]")
"""Soft hyphens and joiners: they stand in a word and are none of its letters."""
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff]+")
"""Accents and vowel points, as NFKD parts them from their letters."""
_SENTENCE_END = frozenset(".!?:;…•|\n—–")
_OPENERS = " \t\"'“”‘’«„([{*-"
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "-": " ", "‐": " "}
    | dict.fromkeys("'’ʻ‘ʼ`´.", "")
)
_SHORT = {"saint": "st", "mount": "mt", "fort": "ft"}


class Word(NamedTuple):
    text: str
    lower: str
    start: int
    end: int
    capital: bool
    """Begins with a capital, or with a letter of a script that has none."""


def words_of(text: str) -> list[Word]:
    """The words of the first MAX_ANALYSED characters; "U.S." is one word, and so is "Sana'a", but not "Russia's"."""
    found = []
    soft = _INSIDE.search(text) is not None
    new = tuple.__new__  # a third of the time of Word(…), and this runs for every word of every entry
    for match in _WORD.finditer(text, 0, MAX_ANALYSED):
        word = match[0]
        if word[0] in "<&":  # a tag or an entity that was left over is no word
            continue
        if soft:
            word = _INSIDE.sub("", word)
        start, end = match.span()
        found.append(new(Word, (word, word.lower(), start, end, not word[0].islower())))
    return found


def fold(name: str) -> str:
    """`name` as an index key: lower case, without accents, apostrophes and dots, "Saint" as "st"."""
    if not name.isascii():
        name = _MARKS.sub("", unicodedata.normalize("NFKD", name))
    name = name.lower().translate(_LETTERS)
    if " " not in name:
        return _SHORT.get(name, name)
    parts = name.split()
    if not _SHORT.keys().isdisjoint(parts):
        parts = [_SHORT.get(part, part) for part in parts]
    return " ".join(parts)


def starts_sentence(text: str, start: int) -> bool:
    """Whether a capital at `start` says nothing, since a sentence or line begins there."""
    position = start - 1
    while position >= 0 and text[position] in _OPENERS:
        position -= 1
    return position < 0 or text[position] in _SENTENCE_END


def joined(text: str, left: Word, right: Word) -> bool:
    """Whether two neighbouring words belong to one name: a space or hyphen between them, a dot after "St"."""
    gap = text[left.end : right.start]
    return gap in (" ", "-", "\u00a0", "‐", "–") or (gap in (". ", ".") and left.text in ("St", "Ste", "Mt", "Ft"))
