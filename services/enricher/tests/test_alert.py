from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.enricher.alert import alert_text
from shared.records import Blog, Entry, Link


def alert(text="", title=None, **more):
    return alert_text(Entry(id="1", title=title, text=text, **more))


def test_a_headline_is_the_alert():
    assert alert("The rest.", "Port of Gdańsk closed by storm") == "Port of Gdańsk closed by storm"


def test_the_first_sentence_where_there_is_no_headline():
    assert (
        alert("Mr. Okoye said that Lt. Gen. Roth was safe. He left.") == "Mr. Okoye said that Lt. Gen. Roth was safe."
    )


@pytest.mark.parametrize("title", ["Breaking", "BREAKING:", "Update", "Just in", "Read the full article here:", None])
def test_a_label_is_no_headline(title):
    assert "Ferries to Bergen are cancelled." in alert("Ferries to Bergen are cancelled. More soon.", title)


def test_long_sentences_are_cut_at_a_word():
    shown = alert("The " + "very " * 40 + "long sentence ends.")
    assert len(shown) <= 120
    assert shown.endswith("very…")


def test_a_link_card_never_rings():
    card = Link(url="https://news.example/a", title="Who is the general?", summary="A profile of the general.")
    text = (
        "Read the full article here:\n\nWho is the general?\n\nA profile of the general.\n\nThe general has resigned."
    )
    assert alert(text, links=(card,)) == "The general has resigned."


def test_an_entry_that_is_only_a_card_shows_its_title():
    card = Link(url="https://news.example/a", title="Who is the general?")
    assert alert("Read more here:", links=(card,)) == "Who is the general?"


def test_an_empty_entry_falls_back_on_the_blog():
    assert alert_text(Entry(id="1"), Blog(url=None, title="Storm latest")) == "Storm latest"


def test_html_remains_and_directions_are_taken_out():
    assert alert("<p>Rail &amp; road\u202e closed near <b>Hull</b>.</p>") == "Rail & road closed near Hull ."


@given(st.text(max_size=400), st.none() | st.text(max_size=200))
def test_it_never_exceeds_its_length(text, title):
    shown = alert(text, title)
    assert len(shown) <= 120
    assert "\n" not in shown
