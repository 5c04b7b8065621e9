"""Which numbers are filed under a term: small arrays, many of them with a single number."""

from __future__ import annotations

from array import array
from collections.abc import Sequence, Set
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.filters.conditions import Term
from shared.filters.features import Text

Numbers: TypeAlias = NDArray[np.int32]
Holds: TypeAlias = NDArray[np.bool_]
"""By number, whether something holds of an event."""
Values: TypeAlias = Sequence[Any]
"""A condition without its key."""
NOTHING: Numbers = np.empty(0, np.int32)
Kind = TypeVar("Kind", bound=np.generic)


def grown(values: NDArray[Kind], at: int) -> NDArray[Kind]:
    """The array, half as large again with zeros where it has no place `at` yet."""
    if at < len(values):
        return values
    return np.concatenate(
        (values, np.zeros((max(at + 1 - len(values), len(values) // 2), *values.shape[1:]), values.dtype))
    )


class Postings:
    """A number may be filed under many terms, once under each."""

    def __init__(self) -> None:
        self._filed: dict[Term, array[int] | int] = {}

    def add(self, term: Term, number: int) -> None:
        held = self._filed.get(term)
        if held is None:
            self._filed[term] = number
        elif isinstance(held, int):
            self._filed[term] = array("i", (held, number))
        else:
            held.append(number)

    def discard(self, term: Term, number: int) -> None:
        held = self._filed[term]
        if isinstance(held, int) or len(held) == 1:
            del self._filed[term]
            return
        # The order means nothing: the last takes the place of the one that goes.
        at, last = held.index(number), held.pop()
        if at < len(held):
            held[at] = last

    def under(self, terms: Set[Term]) -> Numbers:
        """All numbers filed under any of the terms; one that is filed under several comes several times."""
        found = [self._filed[term] for term in self._filed.keys() & terms]
        single = [held for held in found if isinstance(held, int)]
        many = [np.frombuffer(held, np.int32) for held in found if not isinstance(held, int)]
        return np.concatenate((np.array(single, np.int32), *many)) if found else NOTHING


class PhrasePostings:
    """Postings under words and phrases, asked with a text. Terms hold folded words between single spaces."""

    def __init__(self) -> None:
        self._postings = Postings()
        self._longer: dict[str, dict[str, int]] = {}
        """By their first two words, the phrases of three and more, with how often each is filed."""

    def add(self, term: str, number: int) -> None:
        self._postings.add(term, number)
        if term.count(" ") > 1:
            phrases = self._longer.setdefault(_start(term), {})
            phrases[term] = phrases.get(term, 0) + 1

    def discard(self, term: str, number: int) -> None:
        self._postings.discard(term, number)
        if term.count(" ") > 1:
            phrases = self._longer[_start(term)]
            phrases[term] -= 1
            if not phrases[term]:
                del phrases[term]
            if not phrases:
                del self._longer[_start(term)]

    def inside(self, text: Text) -> Numbers:
        """The numbers under every term that the text holds, once for each term."""
        starts = self._longer.keys() & text.pieces
        longer = {phrase for start in starts for phrase in self._longer[start] if text.has(phrase)}
        return self._postings.under(text.pieces | longer if longer else text.pieces)


def _start(phrase: str) -> str:
    return " ".join(phrase.split(" ", 2)[:2])
