"""For each kind of condition, those that there are, and how an event marks the ones that hold of it."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.notifier.matching.postings import Holds, PhrasePostings, Postings, Values, grown
from shared.filters.features import Features


class Judge(Protocol):
    def add(self, number: int, values: Values) -> None:
        """Takes in the condition with this number."""

    def discard(self, number: int, values: Values) -> None: ...

    def mark(self, features: Features, holds: Holds) -> bool:
        """Sets what the event changes in `holds`; False where it cannot be asked."""


Filed = TypeVar("Filed", Postings, PhrasePostings)


class _OfTerms(Generic[Filed]):
    """Conditions that each name terms, filed under these."""

    def __init__(self, field: str, postings: Filed) -> None:
        self._field = field
        self._postings: Filed = postings

    def add(self, number: int, values: Values) -> None:
        for term in values:
            self._postings.add(term, number)

    def discard(self, number: int, values: Values) -> None:
        for term in values:
            self._postings.discard(term, number)


class AnyTerm(_OfTerms[Postings]):
    """One of the terms is among the event's."""

    def __init__(self, field: str) -> None:
        super().__init__(field, Postings())

    def mark(self, features: Features, holds: Holds) -> bool:
        if (terms := features.terms.get(self._field)) is None:
            return False
        holds[self._postings.under(terms - {""})] = True
        return True


class AnyPhrase(_OfTerms[PhrasePostings]):
    """One of the phrases is in the text."""

    def __init__(self, field: str) -> None:
        super().__init__(field, PhrasePostings())

    def mark(self, features: Features, holds: Holds) -> bool:
        if (text := features.texts.get(self._field)) is None:
            return False
        holds[self._postings.inside(text)] = True
        return True


class NoPhrase(AnyPhrase):
    """None of the phrases is in the text; such a condition holds until a phrase is found."""

    def mark(self, features: Features, holds: Holds) -> bool:
        if (text := features.texts.get(self._field)) is None:
            return False
        holds[self._postings.inside(text)] = False
        return True


class AllPhrases(AnyPhrase):
    """As many of the phrases are in the text as there are."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self._needed = np.zeros(1024, np.uint8)

    def add(self, number: int, values: Values) -> None:
        super().add(number, values)
        self._needed = grown(self._needed, number)
        self._needed[number] = len(values)

    def mark(self, features: Features, holds: Holds) -> bool:
        if (text := features.texts.get(self._field)) is None:
            return False
        found = self._postings.inside(text)
        hits = np.zeros(len(holds), np.uint8)
        np.add.at(hits, found, 1)
        holds[found[hits[found] == self._needed[found]]] = True
        return True


class AtLeast:
    """The event's urgency reaches the least that is asked for."""

    def __init__(self) -> None:
        self._least: dict[int, float] = {}
        self._sorted: tuple[NDArray[np.int32], NDArray[np.float64]] | None = None

    def add(self, number: int, values: Values) -> None:
        self._least[number] = values[0]
        self._sorted = None

    def discard(self, number: int, values: Values) -> None:
        del self._least[number]
        self._sorted = None

    def mark(self, features: Features, holds: Holds) -> bool:
        if features.urgency is None:
            return False
        if self._sorted is None:
            self._sorted = (np.array(list(self._least), np.int32), np.array(list(self._least.values())))
        numbers, least = self._sorted
        holds[numbers[least <= features.urgency]] = True
        return True
