"""The distinct conditions of all filters, each under a number, and which of them hold of an event."""

from __future__ import annotations

from array import array

import numpy as np

from services.notifier.matching.circles import Circles
from services.notifier.matching.judges import AllPhrases, AnyPhrase, AnyTerm, AtLeast, Judge, NoPhrase
from services.notifier.matching.postings import Holds, grown
from shared.filters.conditions import (
    ALL_WORDS,
    CHANGES,
    LANGUAGES,
    MIN_URGENCY,
    NEAR,
    NONE_WORDS,
    ORGANISATIONS,
    PEOPLE,
    PLACES,
    SOURCES,
    TOPICS,
    WORDS,
    Condition,
)
from shared.filters.features import Features

ALWAYS, NEVER = 0, 1
"""Numbers of the condition that always holds and of the one that never does."""


class Clauses:
    """Uses are counted: a condition that no filter has any more is forgotten, and its number given to another."""

    def __init__(self) -> None:
        self._judges: dict[str, Judge] = {key: AnyTerm(key) for key in (PLACES, TOPICS, SOURCES, LANGUAGES, CHANGES)}
        self._judges |= {key: AnyPhrase(key) for key in (WORDS, PEOPLE, ORGANISATIONS)}
        self._judges |= {
            ALL_WORDS: AllPhrases(WORDS),
            NONE_WORDS: NoPhrase(WORDS),
            NEAR: Circles(),
            MIN_URGENCY: AtLeast(),
        }
        self._kinds = {key: at for at, key in enumerate(self._judges, 1)}
        self._numbers: dict[Condition, int] = {}
        self._conditions: list[Condition] = [(), ()]
        self._uses = array("i", (1, 1))
        self._free: list[int] = []
        self._kind = np.zeros(1024, np.uint8)
        self._at_rest = np.zeros(1024, np.bool_)
        """Whether a condition holds of an event that has none of its terms."""
        self._at_rest[ALWAYS] = True

    def __len__(self) -> int:
        return len(self._numbers)

    def uses(self, condition: Condition) -> int:
        number = self._numbers.get(condition)
        return 0 if number is None else self._uses[number]

    def take(self, condition: Condition) -> int:
        """The number of the condition, which is used once more."""
        number = self._numbers.get(condition)
        if number is None:
            number = self._new(condition)
        self._uses[number] += 1
        return number

    def drop(self, number: int) -> None:
        """The condition is used once less."""
        self._uses[number] -= 1
        if self._uses[number]:
            return
        condition = self._conditions[number]
        self._judges[str(condition[0])].discard(number, condition[1:])
        self._conditions[number] = ()
        self._kind[number] = 0
        self._at_rest[number] = False
        del self._numbers[condition]
        self._free.append(number)

    def that_hold(self, features: Features) -> Holds:
        holds = self._at_rest[: len(self._conditions)].copy()
        for key, judge in self._judges.items():
            if not judge.mark(features, holds):
                holds[self._kind[: len(holds)] == self._kinds[key]] = True
        return holds

    def _new(self, condition: Condition) -> int:
        if self._free:
            number = self._free.pop()
            self._conditions[number] = condition
        else:
            number = len(self._conditions)
            self._conditions.append(condition)
            self._uses.append(0)
            self._kind, self._at_rest = grown(self._kind, number), grown(self._at_rest, number)
        key = str(condition[0])
        self._numbers[condition] = number
        self._kind[number] = self._kinds[key]
        self._at_rest[number] = key == NONE_WORDS
        self._judges[key].add(number, condition[1:])
        return number
