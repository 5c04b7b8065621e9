"""How two texts compare by their words."""

from __future__ import annotations

import re
from collections import Counter

CUT_AT = 1_000
"""Bodies that are exactly so long were cut there."""
COMPARED_CHARACTERS = 20_000
_CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\[&hellip;\])\s{0,20}$")
_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """The words of a text, without case, marks and white space."""
    return " ".join(_WORD.findall(text.casefold()))


def is_longer(short: str, long: str) -> bool:
    """Whether `long` is the whole of what `short` was cut from."""
    if not short or len(long) <= len(short):
        return False
    cut = _CUT.search(short[-60:])
    if cut is None and abs(len(short) - CUT_AT) > 1:
        return False
    begun = folded(short[: len(short) - len(cut.group())] if cut else short).rpartition(" ")[0]
    return folded(long).startswith(begun)


def likeness(one: str, other: str) -> float:
    """The share of their words that two texts have in common, 0 to 1."""
    ours, theirs = (Counter(_WORD.findall(text[:COMPARED_CHARACTERS].casefold())) for text in (one, other))
    whole = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / whole if whole else 0.0
