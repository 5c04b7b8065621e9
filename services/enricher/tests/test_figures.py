from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.enricher.figures.find import MOST, find_figures
from services.enricher.text import words_of


def figures(text, language="en"):
    return [(f.text, f.value, f.unit, f.of) for f in find_figures(text, words_of(text), language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "They downed 52 of the 103 Russian drones",
            [("52", 52, "count", "Russian drones"), ("103 Russian drones", 103, "count", "Russian drones")],
        ),
        ("No one was killed.", []),
        ("Two people were hurt and 4 trapped.", [("Two", 2, "injured", "people"), ("4", 4, "trapped", None)]),
        ("Rs 500 crore, R2.5bn", [("Rs 500 crore", 5e9, "INR", None), ("R2.5bn", 2.5e9, "ZAR", None)]),
        ("The R21 and the N2", []),
        ("3 lakh people", [("3 lakh people", 3e5, "count", "people")]),
        ("47.2C, minus 12C", [("47.2C", 47.2, "°C", None), ("minus 12C", -12, "°C", None)]),
        ("at 5.30pm.", [("5.30pm", 17.5, "time", None)]),
        ("Two-thirds of them", [("Two-thirds", 66.67, "percent", None)]),
        ("half a million homes", [("half a million homes", 5e5, "count", "homes")]),
        ("At least 12 people were killed and 30 injured.", [("12", 12, "dead", "people"), ("30", 30, "injured", None)]),
        ("The death toll has risen to 1,234.", [("1,234", 1234, "dead", None)]),
        ("killing three and wounding twenty-one", [("three", 3, "dead", None), ("twenty-one", 21, "injured", None)]),
        ("It left 15 people dead.", [("15", 15, "dead", "people")]),
        ("It left 15 people homeless.", [("15 people", 15, "count", "people")]),
        (
            "A 6.1-magnitude quake, then magnitude 4.",
            [("6.1-magnitude", 6.1, "magnitude", None), ("magnitude 4", 4, "magnitude", None)],
        ),
        ("$3.5bn, £20 million", [("$3.5bn", 3.5e9, "USD", None), ("£20 million", 2e7, "GBP", None)]),
        ("US$460 million, €5m", [("US$460 million", 4.6e8, "USD", None), ("€5m", 5e6, "EUR", None)]),
        ("up 21% or 3.5 per cent", [("21%", 21, "percent", None), ("3.5 per cent", 3.5, "percent", None)]),
        ("1,000km (620 miles) away", [("1,000km", 1000, "km", None), ("620 miles", 997.79328, "km", None)]),
        ("gusts of 100mph", [("100mph", 160.9344, "km/h", None)]),
        ("at 9.30am and 14:05 GMT", [("9.30am", 9.5, "time", None), ("14:05", 14.0833, "time", None)]),
        ("a 34-year-old man", [("34-year-old", 34, "year", "age")]),
        ("a five-day siege", [("five-day", 5, "day", None)]),
        ("5.2 million people fled", [("5.2 million", 5.2e6, "evacuated", "people")]),
    ],
)  # fmt: skip
def test_what_a_figure_counts(text, expected):
    assert figures(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "on 20 December 2024",
        "the 5th of May",
        "resolution 1701",
        "a Boeing 737",
        "Covid-19",
        "an F-16",
        "in 2024",
        "one of us",
    ],
)
def test_what_is_no_figure(text):
    assert figures(text) == []


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1.234.567 Menschen", "de", 1_234_567),
        ("1,5 Millionen Euro", "de", 1_500_000),
        ("1 234 567 personnes", "fr", 1_234_567),
        ("12’000 francs", "de", 12_000),
        ("1.234 personas", "es", 1234),
        ("1,234 people", "en", 1234),
        ("1.234 km", "en", 1.234),
        ("3,5 процента", "ru", 3.5),
        ("42 Tote", "de", 42),
        ("12 человек погибли", "ru", 12),
    ],
)
def test_separators_of_other_languages(text, language, value):
    assert figures(text, language)[0][1] == pytest.approx(value)


def test_a_table_of_results_is_cut():
    assert len(figures(", ".join(f"{n} votes" for n in range(10, 400)))) == MOST


@given(st.text(alphabet="0123456789.,'’ -$£%kmbn€\u00a0people ", max_size=80))
def test_any_digits_are_read_without_failing(text):
    for figure in find_figures(text, words_of(text), "de"):
        assert text[figure.start : figure.end] == figure.text
