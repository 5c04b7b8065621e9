"""The whole, on input that no newsroom would send."""

from __future__ import annotations

import time

import pytest

from services.enricher.enrichment import Enricher
from services.enricher.tests.invariants import check
from shared.records import Entry


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Goal!",
        "🚨🚨🚨",
        "🚨 Explosion in Odesa 🇺🇦 – 3 dead 🙏🏽",
        "EXPLOSION ROCKS KHARKIV AS RUSSIA LAUNCHES MISSILES, PRESIDENT ZELENSKY SAYS",
        "<p>Fire in <b>Leeds</b></p>&nbsp;&amp; smoke over <a href='x'>York</a>",
        "انفجارات في كييف Kyiv والسلطات تقول إن 3 قتلى",
        "שלום from Tel Aviv \u202eevil\u202c",
        "Kyiv\u0000\u0001 Москва 東京 ソウル Αθήνα",
        "\n\n\n",
        "-" * 500,
        "’s ’s ’s",
        "Mr. Mr. Mr. Dr",
        "of of of the the",
        "U.S.S.R. U.S. U.K.",
        "1,2,3,4,5 1.1.1.1 99999999999999999999999999999999",
    ],
)
def test_odd_texts_are_taken_as_they_come(enricher, text):
    for title in (None, text):
        entry = Entry(id="1", title=title, text=text)
        check(entry, enricher.enrich(entry))


@pytest.mark.parametrize(
    "bad", ["A " * 100_000, "a-" * 100_000, "St. " * 50_000, "New York " * 20_000, "$1,1" * 50_000, "(" * 200_000]
)
def test_repetition_does_not_hold_the_service_up(enricher, bad):
    started = time.process_time()
    enricher.enrich(Entry(id="1", title=bad[:300], text=bad))
    assert time.process_time() - started < 3


def test_the_same_entry_gives_the_same_answer_from_another_enricher(enricher: Enricher):
    from services.enricher.enrichment import load

    other = load()
    other.enrich(Entry(id="0", text="Something else entirely happened in Lima, said Ana Roth."))
    entry = Entry(id="1", text="Georgia and Jordan met in Paris, Texas, officials of the World Bank said.")
    assert enricher.enrich(entry) == other.enrich(entry)


def test_people_and_organisations_are_kept_apart_from_places(enrich):
    about = enrich("Chancellor Jordan Weiss of the Bank of Georgia met Madison Hale in Berlin.")
    assert [m.name for m in about.people] == ["Jordan Weiss", "Madison Hale"]
    assert [m.name for m in about.organisations] == ["Bank of Georgia"]
    assert [place.name for place in about.places] == ["Berlin"]


def test_full_name_once_surname_later(enrich):
    about = enrich("Foreign minister Annika Lindqvist arrived. Lindqvist said the talks were over.")
    assert [m.name for m in about.people] == ["Annika Lindqvist", "Lindqvist"]


def test_an_acronym_follows_its_expansion(enrich):
    about = enrich("The Federal Rescue Agency (FRA) sent boats. The FRA said that all were safe.")
    assert [m.name for m in about.organisations] == ["Federal Rescue Agency", "FRA", "FRA"]


def test_several_sources_and_a_fast_blog_raise_urgency_and_say_so(enricher, enrich):
    about = enrich("Ferries stop in Esbjerg.")
    assert enricher.raised(about, sources=1, tempo=2.0) is about
    told = enricher.raised(about, sources=3, tempo=4.2)
    assert told.urgency == pytest.approx(about.urgency + 0.16)
    assert {"several_sources": ("3 sources",), "tempo": ("4 times as fast as usual",)}.items() <= {
        one.reason: one.words for one in told.urgency_reasons
    }.items()
