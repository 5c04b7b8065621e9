"""A text brought to at most so many characters: at a word's end, with nothing left dangling."""

from __future__ import annotations

import unicodedata

_LEAST = 70
"""A cut never leaves fewer characters than that where a word's end can be found."""
_DANGLING = frozenset(
    "a an the and or but nor of to in on at for with by from as that than after before while when who which is are "
    "was were be been has have had will would could should may its their his her including according between into "
    "over".split()
)
_LOOSE = " ,;:–—-(“‘\"'[/•|"
_PAIRS = (("“", "”"), ("(", ")"), ("«", "»"), ("„", "“"))


def cut(text: str, most: int) -> str:
    """`text` where it fits, else its beginning and "…"; a quotation or bracket that the cut left open is closed."""
    if len(text) <= most:
        return text
    head = _to_a_word(text, most - 2)
    while (space := head.rfind(" ")) >= _LEAST and head[space + 1 :].lower() in _DANGLING:
        head = head[:space].rstrip(_LOOSE)
    closing = ""
    for opens, closes in _PAIRS:
        if head.count(opens) > head.count(closes):
            at = head.rfind(opens)
            if opens == "(" and at >= _LEAST:
                head = head[:at].rstrip(_LOOSE)
            else:
                closing = closes
    return f"{head}…{closing}"


def _to_a_word(text: str, most: int) -> str:
    head = text[:most]
    if not text[most].isspace():
        space = head.rfind(" ")
        head = head[:space] if space >= _LEAST else _whole_characters(head)
    return head.rstrip(_LOOSE)


def _whole_characters(head: str) -> str:
    """Without a trailing piece of an emoji or accent that the cut went through."""
    while head and (unicodedata.combining(head[-1]) or head[-1] in "\u200d\ufe0f"):
        head = head[:-1]
    return head
