"""Texts are cut at the end of a word and between what a reader sees as characters."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.notifier.channels.shortening import beginning, shortened

FAMILY, FLAG, FIREFIGHTER, SCOTLAND = (
    "👨\u200d👩\u200d👧",
    "🇺🇦",
    "👩🏽\u200d🚒",
    "🏴\U000e0067\U000e0062\U000e0073\U000e007f",
)


@given(st.text(st.sampled_from("ab c,…é🚢\u200d\u0301🇺🇦"), max_size=80), st.integers(10, 60))
def test_shortened_text_keeps_within_its_length(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short) <= most
    assert short == text if len(text) <= most else short.endswith("…")


def test_shortened_text_ends_with_a_whole_word() -> None:
    assert shortened("Ferries stop at Helsingør", 20) == "Ferries stop at…"
    assert shortened("Ferries stop at Helsingør", 16) == "Ferries stop at…"
    assert shortened("Ferries, all of them", 9) == "Ferries…"


@pytest.mark.parametrize("character", [FAMILY, FLAG, FIREFIGHTER, SCOTLAND, "e\u0301", "❤\ufe0f"])
def test_what_a_reader_sees_as_one_character_stays_whole(character: str) -> None:
    text = f"ab{character * 9}"
    for most in range(2, len(text)):
        cut = beginning(text, most)
        assert len(cut) <= most
        assert (len(cut) - 2) % len(character) == 0


def test_marks_without_end_do_not_take_all_of_the_text() -> None:
    text = "a" + "\u0301" * 500
    assert len(beginning(text, 400)) == 400
