from __future__ import annotations

import numpy as np

from services.notifier.matching.postings import PhrasePostings, grown
from shared.filters.features import Text


def test_an_array_grows_by_half_or_as_far_as_it_must() -> None:
    four = np.arange(4)
    assert grown(four, 3) is four
    assert grown(four, 4).tolist() == [0, 1, 2, 3, 0, 0]
    assert len(grown(four, 9)) == 10
    assert grown(np.ones((2, 3)), 2).shape == (3, 3)


def test_a_phrase_that_several_filed_is_found_until_the_last_takes_it_away() -> None:
    postings, text = (
        PhrasePostings(),
        Text(" the bridge at vejle is closed ", frozenset({"the bridge", "bridge at", "at vejle"})),
    )
    for number in (1, 2):
        postings.add("bridge at vejle", number)
    assert sorted(postings.inside(text)) == [1, 2]
    postings.discard("bridge at vejle", 1)
    assert list(postings.inside(text)) == [2]
    postings.discard("bridge at vejle", 2)
    assert list(postings.inside(text)) == []
    assert postings._longer == {}, "nothing is left of what nobody files"
