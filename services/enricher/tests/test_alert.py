from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.enricher.alert import alert_text
from shared.records import Blog, Entry, Image, Link


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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Good morning and welcome. I'm Ada Roth.\n\nThe dam has held, engineers say.",
            "The dam has held, engineers say.",
        ),
        ("By Ada Roth\n\nThe dam has held, engineers say.", "The dam has held, engineers say."),
        ("Photograph: Ada Roth/Agency\n\nThe dam has held, engineers say.", "The dam has held, engineers say."),
        ("This video can not be played\n\nThe dam has held, engineers say.", "The dam has held, engineers say."),
        ("Here are the main points:\n\n• The dam has held, engineers say.", "The dam has held, engineers say."),
        ("The dam has held https://news.example/dam pic.twitter.com/abc", "The dam has held"),
        ("GOAL! Harbour Town 1-0 (Roth 23). What a strike!", "GOAL! Harbour Town 1-0 (Roth 23). What a strike!"),
    ],
)
def test_what_says_nothing_is_passed_over(text, shown):
    assert alert(text) == shown


def test_a_cut_leaves_no_word_and_no_bracket_hanging():
    long = (
        "Firefighters from four counties have spent the whole night at the burning warehouse and the harbour and the "
    )
    assert not alert(long + "quay beside the old refinery").rstrip("…").endswith((" and", " the"))
    shown = alert(
        "“" + "We have seen the water rise by a metre an hour, and nobody came to help us here. " + "never " * 20
    )
    assert shown.count("“") == shown.count("”")
    assert len(shown) <= 120


def test_a_picture_alone_is_told_by_its_caption():
    picture = Image(
        url="https://news.example/a.jpg", alt="Water", caption="A street in Hull. Photograph: Ada Roth/Agency"
    )
    assert alert_text(Entry(id="1", images=(picture,))) == "A street in Hull"


def test_a_short_sentence_that_names_nothing_gets_the_one_place():
    entry = Entry(id="1", text="The rebels are in the airport.")
    assert alert_text(entry, places=["Goma"]) == "Goma: The rebels are in the airport."
    assert alert_text(entry, places=["Goma", "Bukavu"]) == "The rebels are in the airport."
    assert alert_text(entry, places=["Goma"], names=["rebels"]) == "The rebels are in the airport."
