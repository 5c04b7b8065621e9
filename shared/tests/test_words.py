from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from shared.filters.words import phrase, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ferries STOP at noon.", "ferries stop at noon"),
        ("Straße", "strasse"),
        ("İstanbul'da", "istanbul da"),
        ("ΜΑΪΟΣ μαϊος", "μαϊοσ μαϊοσ"),
        ("the harbour's edge, the harbour’s wall", "the harbour edge the harbour wall"),
        ("It's 5.2 km", "it 5 2 km"),
        ("cease\u00adfire cease-fire", "ceasefire cease fire"),
        ("cafe\u0301 café", "café café"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("ﬁne", "fine"),
        ("乌克兰 ok", "乌 克 兰 ok"),
        ("東京2時", "東 京 2 時"),
        ("हिन्दी में", "हिन्दी में"),
        ("กรุง", "ก รุ ง"),
        ("#storm_ana @desk", "storm_ana desk"),
        ("zero\u200bwidth", "zerowidth"),
        ("The U.S. and U.S.-led, the U.S.'s", "the us and us led the us"),
        ("at 5 p.m. in Washington D.C.", "at 5 pm in washington dc"),
        ("J. K. Rowling, J.K. Rowling, JK Rowling", "jk rowling jk rowling jk rowling"),
        ("А. С. Пушкин", "ас пушкин"),
        ("Plan A. B is worse. x.y.example, t.co, 3.5", "plan a b is worse x y example t co 3 5"),
        ("!… 🚢", ""),
        ("", ""),
    ],
)
def test_folded_words(text: str, folded: str) -> None:
    assert " ".join(words(text)) == folded


@given(st.text(max_size=60))
def test_folding_again_changes_nothing(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.text(max_size=60))
def test_case_and_what_stands_around_do_not_count(text: str) -> None:
    assert words(f"({text}) ") == words(text)
    assert phrase(text) == " ".join(words(text))


@given(st.text(st.sampled_from("abé's ’-.S"), max_size=20))
def test_ascii_is_read_as_everything_else_is(text: str) -> None:
    assert words(f"{text} é")[:-1] == words(text)
