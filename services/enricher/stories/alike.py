"""Whether two entries tell one story: the same text, whole or in part, or the same event in other words.

Neither place nor topic is enough: live blogs write of one town all day. Text counts by shingle containment, confirmed
by rapidfuzz; other words by who and how many, at the same place within a few hours, and words in common.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import fuzz

from services.enricher.stories.marks import Marks

SAME_TEXT = 0.5
"""Share of the shorter one's shingles that stand in the longer."""
SOME_TEXT = 0.25
"""So many are enough where a figure in common speaks for it too."""
FEWEST_SHINGLES = 3
CONFIRMED = 70.0
"""rapidfuzz's token set ratio of what the leads say, 0 to 100."""
IN_OTHER_WORDS = 55.0
FOLLOWS_SECONDS = 6 * 3600.0


class Claim(NamedTuple):
    """What speaks for taking another's story, by the order in which it is preferred: the most alike; of equals the
    oldest, so that all replicas take the same."""

    likeness: float
    age: float
    story: str


def claim(marks: Marks, other: Marks) -> Claim:
    return Claim(likeness(marks, other), -other.at, other.story)


def story_of(claims: Iterable[Claim]) -> str | None:
    best = max(claims, default=None)
    return best.story if best and best.likeness > 0.0 else None


def likeness(one: Marks, other: Marks) -> float:
    """0 where they tell different stories, else up to 2."""
    contained = containment(one.shingles, other.shingles)
    names, figures = one.names & other.names, one.figures & other.figures
    if contained >= SAME_TEXT or (contained >= SOME_TEXT and figures and _near(one, other)):
        return 1.0 + contained if _says(one, other) >= CONFIRMED else 0.0
    if names and figures and _near(one, other):
        said = _says(one, other)
        return said / 100 if said >= IN_OTHER_WORDS else 0.0
    return 0.0


def containment(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of the smaller set that lies in the larger; 0 where either is too small to say anything."""
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller >= FEWEST_SHINGLES else 0.0


def _near(one: Marks, other: Marks) -> bool:
    """At a place in common, or without any, within a few hours."""
    together = bool(one.places & other.places) or not (one.places or other.places)
    return together and abs(one.at - other.at) <= FOLLOWS_SECONDS


def _says(one: Marks, other: Marks) -> float:
    return fuzz.token_set_ratio(one.lead, other.lead)
