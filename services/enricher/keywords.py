"""Keywords: what a text says most, its names first, then nouns of weight by how often and how early they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from services.enricher.tables import rows, words
from services.enricher.text import Word

MOST = 10
_READ_WORDS = 400
_LEAST_LETTERS = 4
_EARLY_WORDS = 25


@cache
def _passed_over() -> frozenset[str]:
    """Words that are never keywords: the small words of every language, and common ones of English."""
    small = {word for _, field in rows("small_words.tsv") for word in field.split()}
    return frozenset(small) | words("common_words.txt")


def find_keywords(words_: Sequence[Word], names: Iterable[str], topic_words: Iterable[str]) -> list[str]:
    """At most MOST, lower case but for names; each once."""
    counts: dict[str, float] = {}
    passed_over = _passed_over()
    for position, word in enumerate(words_[:_READ_WORDS]):
        lower = word.lower
        if len(lower) < _LEAST_LETTERS or lower in passed_over:
            continue
        counts[lower] = counts.get(lower, 0.0) + (1.5 if position < _EARLY_WORDS else 1.0)
    ordered: list[str] = []
    seen: set[str] = set()
    for name in names:
        parts = {part.lower() for part in name.split()}
        if name.lower() not in seen and not parts <= seen:
            ordered.append(name)
            seen |= parts | {name.lower()}
    for topic_word in topic_words:
        if topic_word in counts:
            counts[topic_word] += 1.0
    for lower in sorted(counts, key=lambda word: (-counts[word], word)):
        if lower not in seen and (counts[lower] >= 2.0 or len(ordered) < MOST // 2):
            ordered.append(lower)
            seen.add(lower)
    return ordered[:MOST]
