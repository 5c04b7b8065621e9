"""How urgent an entry is, 0 to 1, with the reasons: markers, verbs of event, casualties and flags against comment.

Weights add up in the log-odds-free way that a person can follow: the base, plus each reason's weight once (half of it
again for a second distinct word), words of the title or first sentence counting in full and later ones by half.
The weights stand in data/urgency.tsv or the operator's own table; what they make of it is tested on the labelled
entries in tests/testdata.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec.structs import replace

from services.enricher.urgency_table import UrgencyTable, read_urgency_table
from shared.messages import Enrichment, Figure, Reason
from shared.records import Entry

_LATER = 0.5
"""What words weigh behind the lead."""
_AGAIN = 0.5
_LEAD_CHARACTERS = 240
_READ = 3_000
_STRONG_QUAKE, _WEAK_QUAKE = 6.0, 4.5
_SOURCES = ((3, 1.0), (2, 0.5))
"""So many sources have the story → the share of its weight that this adds."""
_FAST = 3.0
_CASUALTIES = ((1000, 1.0), (100, 0.83), (10, 0.6), (3, 0.33), (1, 0.17))
"""So many dead or injured → the share of the weight that they add."""


class UrgencyRater:
    def __init__(self, table: UrgencyTable | None = None) -> None:
        table = table or read_urgency_table()
        self._weights = table.weights
        self._patterns, self._reason_of = list(table.reasons), list(table.reasons.values())
        self._matcher = AhoCorasick(self._patterns, matchkind=MatchKind.LeftmostLongest)

    def rate(self, entry: Entry, lower: str, figures: Sequence[Figure] = ()) -> tuple[float, tuple[Reason, ...]]:
        found = self._words(lower[:_READ])
        reasons = [
            Reason(reason=reason, weight=round(self._weight(reason, words), 3), words=tuple(words))
            for reason, words in found.items()
        ]
        if entry.key_event:
            reasons.append(Reason(reason="key_event", weight=self._weights["key_event"]))
        if entry.pinned:
            reasons.append(Reason(reason="pinned", weight=self._weights["pinned"]))
        reasons.extend(_casualties(figures, self._weights["casualties"]))
        reasons.extend(_magnitude(figures, self._weights["magnitude"]))
        total = self._weights["base"] + sum(reason.weight for reason in reasons)
        reasons.sort(key=lambda reason: (-abs(reason.weight), reason.reason))
        return round(min(1.0, max(0.0, total)), 2), tuple(reasons)

    def raised(self, about: Enrichment, *, sources: int, tempo: float) -> Enrichment:
        """With what lies outside of the entry: how many sources have its story, and how fast its blog is written."""
        reasons = list(about.urgency_reasons)
        if share := next((share for least, share in _SOURCES if sources >= least), 0.0):
            weight = round(share * self._weights["several_sources"], 3)
            reasons.append(Reason(reason="several_sources", weight=weight, words=(f"{sources} sources",)))
        if tempo >= _FAST:
            reasons.append(
                Reason(reason="tempo", weight=self._weights["tempo"], words=(f"{tempo:.0f} times as fast as usual",))
            )
        if len(reasons) == len(about.urgency_reasons):
            return about
        added = sum(reason.weight for reason in reasons[len(about.urgency_reasons) :])
        reasons.sort(key=lambda reason: (-abs(reason.weight), reason.reason))
        return replace(
            about, urgency=round(min(1.0, max(0.0, about.urgency + added)), 2), urgency_reasons=tuple(reasons)
        )

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


def _magnitude(figures: Sequence[Figure], most: float) -> list[Reason]:
    """A strong quake weighs more, a weak one takes back what the word alone gave."""
    quakes = [figure for figure in figures if figure.unit == "magnitude"]
    if not quakes:
        return []
    strongest = max(quakes, key=lambda figure: figure.value)
    if _WEAK_QUAKE <= strongest.value < _STRONG_QUAKE:
        return []
    weight = most if strongest.value >= _STRONG_QUAKE else -most
    return [Reason(reason="magnitude", weight=weight, words=(strongest.text,))]


def _casualties(figures: Sequence[Figure], most: float) -> list[Reason]:
    counted = [figure for figure in figures if figure.unit in ("dead", "injured")]
    if not counted:
        return []
    worst = max(counted, key=lambda figure: figure.value)
    for least, share in _CASUALTIES:
        if worst.value >= least:
            return [Reason(reason="casualties", weight=round(share * most, 2), words=(worst.text,))]
    return []
