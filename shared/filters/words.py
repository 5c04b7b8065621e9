"""The words of a text, folded so that case, width, apostrophes and invisible characters do not count.

Accents do. A possessive 's is no word of its own, and letters with full stops are one: U.S. is US. Scripts that part
no words by spaces (Chinese, Japanese, Thai and others) give one word for each character, so that a term of theirs is
found as a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TERMS_CACHED = 100_000

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = "".join(char for char in map(chr, range(0x300, 0x3000)) if unicodedata.category(char) in {"Mn", "Mc"})
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_LETTER = r"[^\W\d_]"
_STOP_OF_INITIAL = re.compile(rf"\.(?<=\b{_LETTER}\.)")
_INITIALS = re.compile(rf"(?<![\w.]){_LETTER}(?:\.{_LETTER})+\.?(?!\.?\w)|(?<![\w.]){_LETTER}\.(?: {_LETTER}\.)+(?!\w)")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]|(?<=i)\u0307")
_ASCII_WORD = re.compile(r"\w+", re.ASCII)
_WORD = re.compile(f"[{_UNSPACED}][{_MARKS}]*|(?:[^\\W{_UNSPACED}]|[{_MARKS}])+")


def words(text: str) -> list[str]:
    """The folded words in order."""
    if text.isascii():
        lower = _joined(text.lower())
        return _ASCII_WORD.findall(_POSSESSIVE.sub("", lower) if "'" in text else lower)
    # Folding may undo the composition of characters (and "İ" becomes "i" with a dot above), hence twice.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _WORD.findall(_POSSESSIVE.sub("", _joined(_INVISIBLE.sub("", folded))))


def _joined(folded: str) -> str:
    """`u.s.` and `j. k.` without the full stops; few texts have any, and looking for one is quick."""
    if _STOP_OF_INITIAL.search(folded) is None:
        return folded
    return _INITIALS.sub(lambda found: found[0].replace(".", "").replace(" ", ""), folded)


@lru_cache(TERMS_CACHED)
def phrase(term: str) -> str:
    """The words of a term between single spaces; empty where it holds none."""
    return " ".join(words(term))
