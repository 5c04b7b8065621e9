from __future__ import annotations

import pytest

from shared.filters.countries import country_named, country_with_id
from shared.filters.terms import country_or_place, kilometres, language_term, topic_terms


@pytest.mark.parametrize("name", ["Denmark", "denmark", "DK", "dk", " Danmark ", "DNK"])
def test_a_country_by_any_of_its_names(name: str) -> None:
    country = country_named(name)
    assert country is not None
    assert (country.code, country.geoname_id) == ("DK", 2623032)
    assert country_with_id(2623032) == country


def test_what_is_no_country() -> None:
    assert country_named("Copenhagen") is None
    assert country_named("") is None
    assert country_named("Bra") is None  # a town in Piedmont, not Brazil
    assert country_with_id(2618425) is None


def test_a_country_is_found_by_its_code_too() -> None:
    assert country_or_place("Denmark") == ("denmark", "=dk")
    assert country_or_place("DK") == ("dk", "=dk")
    assert country_or_place("UKR") == ("ukr", "=ua")
    assert country_or_place(2623032) == country_or_place("2623032") == (2623032, "=dk")
    assert country_or_place("Copenhagen") == ("copenhagen",)
    assert country_or_place("2618425") == (2618425,)
    assert country_or_place("٣") == (3,)
    assert country_or_place("9" * 200) == ("9" * 200,)


def test_topics_and_languages_in_one_form() -> None:
    assert "17000000" in topic_terms("medtop:17000000")
    assert "17000000" in topic_terms("http://cv.iptc.org/newscodes/mediatopic/17000000/")
    assert topic_terms("Weather") == ("weather", "weather")
    assert [language_term(tag) for tag in ("EN", "pt-BR", "zh_Hant", " uk ")] == ["en", "pt", "zh", "uk"]


def test_distances() -> None:
    assert kilometres(55.6759, 12.5655, 59.3294, 18.0687) == pytest.approx(522, abs=2)
    assert kilometres(0, 179.5, 0, -179.5) == pytest.approx(111.2, abs=0.1)
    assert kilometres(90, 0, 90, 123) == pytest.approx(0, abs=1e-6)
    assert kilometres(0, 0, 0, 180) == pytest.approx(20015, abs=1)
