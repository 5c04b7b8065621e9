"""The other number of a word, by rule: singular and plural where the language of the text is known.

Verbs are left alone, and so are names: exactness goes before catching every form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

SHORTEST_STEM = 3
CACHED = 100_000
_ALONE = frozenset(
    "news series species means lens texas chaos headquarters hamas hama always perhaps does this these those "
    "después tras lunes martes miércoles jueves viernes país lápis mais temps corps plus sous très dans ils".split()
)
"""Words whose last letter is no ending, and those that would become another word."""


def variants(word: str, language: str | None) -> frozenset[str]:
    """The other forms under which a folded word of a text may be asked for, without itself."""
    return _variants(word, language) if language in _RULES else _NONE


@lru_cache(CACHED)
def _variants(word: str, language: str) -> frozenset[str]:
    if word in _ALONE or not word.isalpha():
        return _NONE
    found = {form for form in _RULES[language](word) if len(form) >= SHORTEST_STEM}
    return frozenset(found - _ALONE - {word})


def _english(word: str) -> set[str]:
    sibilant = ("s", "x", "z", "ch", "sh")
    forms = set()
    if word.endswith("ies") and len(word) > 4:
        forms.add(word[:-3] + "y")
    elif word.endswith("es") and word[:-2].endswith(sibilant):
        forms |= {word[:-2], word[:-1]}
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        forms.add(word[:-1])
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        forms.add(word[:-1] + "ies")
    elif word.endswith(sibilant):
        forms |= {word + "es"} if not forms else set()
    else:
        forms.add(word + "s")
    return forms


def _spanish(word: str) -> set[str]:
    if word.endswith(("ión", "iones")):
        return {word[:-3] + "iones" if word.endswith("ión") else word[:-5] + "ión"}
    return _iberian(word)


def _portuguese(word: str) -> set[str]:
    if word.endswith(("ão", "ões")):
        return {word[:-2] + "ões" if word.endswith("ão") else word[:-3] + "ão"}
    return _iberian(word)


def _iberian(word: str) -> set[str]:
    if word.endswith("s"):
        return {word[:-2], word[:-1]} if word.endswith("es") and word[-3:-2] not in _VOWELS else {word[:-1]}
    return {word + "s"} if word[-1] in _VOWELS else {word + "es"}


def _french(word: str) -> set[str]:
    if word.endswith("aux"):
        return {word[:-3] + "al", word[:-1]}
    if word.endswith(("eux", "oux")) or (word.endswith("s") and not word.endswith("ss")):
        return {word[:-1]}
    if word.endswith("al"):
        return {word[:-2] + "aux", word + "s"}
    return {word + "x", word + "s"} if word.endswith(("eau", "eu", "ou")) else {word + "s"}


_VOWELS = frozenset("aeiouáéíóúâêôãõ")
_NONE: frozenset[str] = frozenset()
_RULES: dict[str, Callable[[str], set[str]]] = {
    "en": _english,
    "es": _spanish,
    "pt": _portuguese,
    "fr": _french,
}
