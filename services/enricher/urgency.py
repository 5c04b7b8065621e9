"""How urgent an entry is, 0 to 1, with the reasons: markers, verbs of event, casualties and flags against comment.

Weights add up in the log-odds-free way that a person can follow: the base, plus each reason's weight once (half of it
again for a second distinct word), words of the title or first sentence counting in full and later ones by half.
The table is data/urgency.tsv; how it scores is tested on the labelled entries in tests/testdata.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec.structs import replace

from services.enricher.tables import rows
from shared.messages import Enrichment, Figure, Reason
from shared.records import Entry

BASE = 0.18
_KEY_EVENT = 0.22
_PINNED = 0.05
_LATER = 0.5
"""What words weigh behind the lead."""
_AGAIN = 0.5
_LEAD_CHARACTERS = 240
_READ = 3_000
_STRONG_QUAKE, _WEAK_QUAKE, _QUAKE = 6.0, 4.5, 0.25
_SOURCES = ((3, 0.1), (2, 0.05))
_FAST, _TEMPO = 3.0, 0.06
_CASUALTIES = ((1000, 0.3), (100, 0.25), (10, 0.18), (3, 0.1), (1, 0.05))


class UrgencyRater:
    def __init__(self) -> None:
        self._weights: dict[str, float] = {}
        self._reason_of: list[str] = []
        patterns: list[str] = []
        for reason, weight, field in rows("urgency.tsv"):
            self._weights[reason] = float(weight)
            for word in field.split(";"):
                patterns.append(word)
                self._reason_of.append(reason)
        self._patterns = patterns
        self._matcher = AhoCorasick(patterns, matchkind=MatchKind.LeftmostLongest)

    def rate(self, entry: Entry, lower: str, figures: Sequence[Figure] = ()) -> tuple[float, tuple[Reason, ...]]:
        found = self._words(lower[:_READ])
        reasons = [
            Reason(reason=reason, weight=round(self._weight(reason, words), 3), words=tuple(words))
            for reason, words in found.items()
        ]
        if entry.key_event:
            reasons.append(Reason(reason="key_event", weight=_KEY_EVENT))
        if entry.pinned:
            reasons.append(Reason(reason="pinned", weight=_PINNED))
        reasons.extend(_casualties(figures))
        reasons.extend(_magnitude(figures))
        total = BASE + sum(reason.weight for reason in reasons)
        reasons.sort(key=lambda reason: (-abs(reason.weight), reason.reason))
        return round(min(1.0, max(0.0, total)), 2), tuple(reasons)

    def _words(self, lower: str) -> Mapping[str, dict[str, float]]:
        """Reason → its words here, each with the weight that its place gives it."""
        found: dict[str, dict[str, float]] = {}
        for pattern, start, end in self._matcher.find_matches_as_indexes(lower):
            if (start and (lower[start - 1].isalnum())) or (end < len(lower) and lower[end].isalnum()):
                continue
            words = found.setdefault(self._reason_of[pattern], {})
            place = 1.0 if start < _LEAD_CHARACTERS else _LATER
            word = self._patterns[pattern]
            words[word] = max(words.get(word, 0.0), place)
        return found

    def _weight(self, reason: str, words: Mapping[str, float]) -> float:
        ranked = sorted(words.values(), reverse=True)
        return self._weights[reason] * (ranked[0] + (_AGAIN * ranked[1] if len(ranked) > 1 else 0.0))


def raised(about: Enrichment, *, sources: int, tempo: float) -> Enrichment:
    """With what lies outside of the entry: how many sources have its story, and how fast its blog is written."""
    reasons = list(about.urgency_reasons)
    if weight := next((weight for least, weight in _SOURCES if sources >= least), 0.0):
        reasons.append(Reason(reason="several_sources", weight=weight, words=(f"{sources} sources",)))
    if tempo >= _FAST:
        reasons.append(Reason(reason="tempo", weight=_TEMPO, words=(f"{tempo:.0f} times as fast as usual",)))
    if len(reasons) == len(about.urgency_reasons):
        return about
    added = sum(reason.weight for reason in reasons[len(about.urgency_reasons) :])
    reasons.sort(key=lambda reason: (-abs(reason.weight), reason.reason))
    return replace(about, urgency=round(min(1.0, about.urgency + added), 2), urgency_reasons=tuple(reasons))


def _magnitude(figures: Sequence[Figure]) -> list[Reason]:
    """A strong quake weighs more, a weak one takes back what the word alone gave."""
    quakes = [figure for figure in figures if figure.unit == "magnitude"]
    if not quakes:
        return []
    strongest = max(quakes, key=lambda figure: figure.value)
    if _WEAK_QUAKE <= strongest.value < _STRONG_QUAKE:
        return []
    weight = _QUAKE if strongest.value >= _STRONG_QUAKE else -_QUAKE
    return [Reason(reason="magnitude", weight=weight, words=(strongest.text,))]


def _casualties(figures: Sequence[Figure]) -> list[Reason]:
    counted = [figure for figure in figures if figure.unit in ("dead", "injured")]
    if not counted:
        return []
    worst = max(counted, key=lambda figure: figure.value)
    for least, weight in _CASUALTIES:
        if worst.value >= least:
            return [Reason(reason="casualties", weight=weight, words=(worst.text,))]
    return []
