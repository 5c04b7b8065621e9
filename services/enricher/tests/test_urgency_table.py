"""The operator's own table of urgency."""

from __future__ import annotations

import pytest

from services.enricher.enrichment import load
from services.enricher.loading import enricher_of
from services.enricher.settings import Settings
from services.enricher.tables import DATA
from services.enricher.urgency_table import WORDLESS, UrgencyTableError, read_urgency_table
from shared.records import Entry
from shared.settings import SettingsError


@pytest.fixture
def rated(tmp_path):
    def rate(table: str, text: str, **more: object):
        path = tmp_path / "urgency.tsv"
        path.write_text(table, encoding="utf-8")
        about = enricher_of(Settings(urgency_table=str(path))).enrich(Entry(id="1", text=text, **more))
        return about.urgency, {reason.reason: (reason.weight, reason.words) for reason in about.urgency_reasons}

    return rate


def test_it_takes_the_place_of_ours(rated):
    urgency, reasons = rated("# Ours\nharbour\t0.4\tFerry; ferries\n", "Ferries stop after the explosion.")
    assert reasons == {"harbour": (0.4, ("ferries",))}
    assert urgency == pytest.approx(0.58), "What the table leaves out, as the base, weighs as built in."


def test_reasons_without_words_can_be_weighed_too(rated):
    table = "base\t0.1\nkey_event\t0.5\ncasualties\t0.2\n"
    assert rated(table, "It left 40 people dead.", key_event=True) == (
        0.72,
        {"key_event": (0.5, ()), "casualties": (0.12, ("40",))},
    )


def test_ours_as_a_file_says_the_same(tmp_path):
    copy = tmp_path / "urgency.tsv"
    copy.write_bytes((DATA / "urgency.tsv").read_bytes())
    assert read_urgency_table(copy) == read_urgency_table()
    assert read_urgency_table().weights.keys() >= WORDLESS
    entry = Entry(id="1", text="Three people were killed by an explosion in Odesa, officials say.", key_event=True)
    assert enricher_of(Settings(urgency_table=str(copy))).enrich(entry) == load().enrich(entry)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("attack\n", "Line 1 has no weight"),
        ("# x\nattack\tmuch\tbomb\n", "Line 2 has no weight"),
        ("attack\t0.3\n", "attack needs words"),
        ("pinned\t0.3\tpinned\n", "pinned takes no words"),
        ("attack\t3\tbomb\n", "between -1 and 1"),
        ("attack\tnan\tbomb\n", "between -1 and 1"),
    ],
)
def test_what_is_wrong_with_it_is_named(tmp_path, table, says):
    path = tmp_path / "urgency.tsv"
    path.write_text(table)
    with pytest.raises(UrgencyTableError, match=says):
        read_urgency_table(path)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Settings(urgency_table="/nowhere/urgency.tsv"), "LIVEBELL_URGENCY_TABLE: /nowhere/urgency.tsv cannot be read"),
        (Settings(spacy_model="/nowhere/model"), "LIVEBELL_SPACY_MODEL: "),
    ],
)
def test_a_setting_that_names_nothing_says_so(settings, says):
    with pytest.raises(SettingsError, match=says):
        enricher_of(settings)
