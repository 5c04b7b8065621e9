"""Texts cut to so many characters, at the end of a word, and never within what a reader sees as one character."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"
MOST_JOINED = 40
"""Code points that are taken for one character; more of them are a text that plays tricks."""


def shortened(text: str, most: int) -> str:
    """The text itself, or its start up to the end of a word and an ellipsis, in at most so many code points."""
    if len(text) <= most:
        return text
    start = beginning(text, most - 1)
    whole_words = start.rpartition(" ")[0] if text[len(start)] != " " else start
    return f"{(whole_words if len(whole_words) > most // 2 else start).rstrip(' ,;:–-')}…"


def beginning(text: str, most: int) -> str:
    """At most so many code points of the text's start."""
    for end in range(min(most, len(text)), max(0, most - MOST_JOINED), -1):
        if end == len(text) or not _is_within(text, end):
            return text[:end]
    return text[:most]


def _is_within(text: str, end: int) -> bool:
    """Whether a character begins before `end` and goes on behind it: an accent, a family, a flag."""
    before, behind = text[end - 1], text[end]
    if JOINER in (before, behind) or _modifies(behind):
        return True
    if not _is_half_a_flag(behind):
        return False
    halves = len(text[:end]) - len(text[:end].rstrip(_HALVES))
    return halves % 2 == 1


def _modifies(char: str) -> bool:
    is_skin = "\U0001f3fb" <= char <= "\U0001f3ff"
    is_tag = "\U000e0020" <= char <= "\U000e007f"
    return is_skin or is_tag or unicodedata.category(char) in {"Mn", "Mc", "Me"}


_HALVES = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _is_half_a_flag(char: str) -> bool:
    return char in _HALVES
