"""A language has one code here, and who asks for Norwegian is told of what is in Nynorsk."""

from __future__ import annotations

import pytest

from shared.filters.evaluate import evaluate
from shared.filters.languages import is_told, usual_code, wider
from shared.messages import CREATED, Enrichment, EntryChanged, EntryEnriched
from shared.records import Blog, Entry
from shared.subscriptions.record import Filter


def told_in(language: str | None) -> EntryEnriched:
    changed = EntryChanged(
        id="evt_1", source="s", blog=Blog(url=None), change=CREATED, entry=Entry(id="e", text="."), revision=1
    )
    return EntryEnriched(changed=changed, about=Enrichment(language=language))


@pytest.mark.parametrize(
    ("asked", "language", "found"),
    [
        ("en", "en", True),
        ("eng", "en", True),
        ("ENG", "en", True),
        ("de-AT", "de", True),
        ("ger", "de", True),
        ("iw", "he", True),
        ("nb", "no", True),
        ("nb-NO", "no", True),
        ("no", "nn", True),
        ("nn", "no", False),
        ("ar", "arz", True),
        ("zh-Hant", "yue", True),
        ("yue", "zh", False),
        ("en", "de", False),
        ("en", None, False),
    ],
)
def test_a_language_is_found_by_each_of_its_codes(asked: str, language: str | None, found: bool) -> None:
    assert evaluate(Filter(languages=(asked,)), told_in(language), CREATED) is found


def test_what_is_no_code_is_told_of_no_entry() -> None:
    assert not any(map(is_told, ("xx", "zz", "zxx", "", "english")))
    assert is_told("uk")
    assert usual_code("xx") == "xx"
    assert wider("en") is wider("xx") is None
