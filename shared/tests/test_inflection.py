from __future__ import annotations

from typing import Any

import pytest

from services.notifier.matching.index import Index
from services.notifier.tests.news import KHARKIV, enriched, subscription
from shared.filters.evaluate import evaluate
from shared.filters.inflection import variants
from shared.messages import Mention
from shared.subscriptions.record import Filter


def matches(text: str, term: str, language: str | None, **about: Any) -> bool:
    """By the evaluator and the index, which must say the same."""
    wanted, event, index = Filter(words=(term,)), enriched(text, language=language, **about), Index()
    index.put(subscription(wanted))
    found = evaluate(wanted, event, "created")
    assert bool(index.match(event, "created")) is found
    return found


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "flood", "floods"),
        ("en", "city", "cities"),
        ("en", "church", "churches"),
        ("en", "day", "days"),
        ("en", "house", "houses"),
        ("en", "virus", "viruses"),
        ("fr", "journal", "journaux"),
        ("fr", "bateau", "bateaux"),
        ("fr", "inondation", "inondations"),
        ("es", "avión", "aviones"),
        ("es", "ciudad", "ciudades"),
        ("pt", "ponte", "pontes"),
        ("pt", "eleição", "eleições"),
    ],
)
def test_one_finds_many_and_many_one(language: str, one: str, many: str) -> None:
    assert matches(f"a {many} b", one, language)
    assert matches(f"a {one} b", many, language)
    assert not matches(f"a {many} b", one, "uk"), "only where the rules of the language are known"
    assert not matches(f"a {many} b", one, None)


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("Flood warnings rise", "flood warning", True),
        ("Floods warning", "flood warning", False),
        ("A very long flood warnings list", "long flood warning", True),
        ("A very long list. Warnings", "long flood warning", False),
        ("The news is out", "new", False),
        ("Hama is quiet", "Hamas", False),
        ("Hamas is quiet", "Hama", False),
        ("Press on", "pres", False),
        ("The crisis", "crisi", False),
        ("An ox", "oxes", True),
        ("It is", "it iss", False),
    ],
)
def test_the_last_word_of_a_phrase_bends_and_no_other(text: str, term: str, found: bool) -> None:
    assert matches(text, term, "en") is found


def test_names_have_one_form() -> None:
    named = (Mention(name="Jonas Banks", start=0, end=11),)
    assert matches("Banks spoke", "bank", "en")
    assert not matches("Banks spoke", "bank", "en", people=named)
    assert not matches("Kharkivs", "Kharkiv", "en", places=(KHARKIV.__class__(name="Kharkivs", start=0, end=8),))


@pytest.mark.parametrize("word", ["", "a", "is", "ss", "110", "乌", "s" * 5000])
def test_any_word_may_come(word: str) -> None:
    for language in ("en", "fr", "es", "pt", "xx", None):
        assert word not in variants(word, language)
