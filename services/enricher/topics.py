"""Topics of an entry: IPTC Media Topics, by words that point to them; the words that decided come with each."""

from __future__ import annotations

from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick, MatchKind

from services.enricher.tables import rows
from shared.messages import Topic

MOST = 6
_LEAST = 2.0
"""Points that make a topic; a deciding word has as many, another one."""
_DECIDING = 2.0
_TITLE_CHARACTERS = 160
_LEAD = 1.5
"""What words of the lead weigh."""
_READ = 4_000
_MOST_WORDS = 6


class TopicFinder:
    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        pointed: dict[tuple[str, bool], list[tuple[str, float]]] = {}
        for code, label, field in rows("topics.tsv"):
            self._labels[code] = label
            for word in field.split(";"):
                bare = word.lstrip("!").rstrip("*")
                points = _DECIDING if word.startswith("!") else 1.0
                pointed.setdefault((bare, word.endswith("*")), []).append((code, points))
        self._words = [word for word, _ in pointed]
        self._open_ended = [open_ended for _, open_ended in pointed]
        self._codes = list(pointed.values())
        self._matcher = AhoCorasick(self._words, matchkind=MatchKind.Standard)

    def find(self, lower: str) -> list[Topic]:
        """The topics of a text in lower case, those with most behind them first."""
        points: dict[str, dict[str, float]] = {}
        for pattern, word, place in self._matches(lower[:_READ]):
            for code, weight in self._codes[pattern]:
                words = points.setdefault(code, {})
                words[word] = max(words.get(word, 0.0), weight * place)
        ranked = sorted(
            ((sum(words.values()), code, words) for code, words in points.items()), key=lambda one: (-one[0], one[1])
        )
        return [
            Topic(
                code=code,
                label=self._labels[code],
                words=tuple(sorted(words, key=lambda w: (-words[w], w))[:_MOST_WORDS]),
            )
            for total, code, words in ranked
            if total >= _LEAST
        ][:MOST]

    def _matches(self, lower: str) -> Iterator[tuple[int, str, float]]:
        """(pattern, the word as it stands, weight of its place) of each whole word or phrase."""
        size = len(lower)
        for pattern, start, end in self._matcher.find_matches_as_indexes(lower, overlapping=True):
            if start and lower[start - 1].isalnum():
                continue
            stop = end
            while stop < size and lower[stop].isalnum():
                stop += 1
            if stop > end and not self._open_ended[pattern]:
                continue
            yield pattern, lower[start:stop], _LEAD if start < _TITLE_CHARACTERS else 1.0
