"""A model that the operator mounts: built here, of a few names, and read as any other."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from services.enricher.enrichment import Enricher, load
from services.enricher.model import ModelError, load_model
from services.enricher.tests.invariants import check
from shared.records import Entry

NAMES = {
    "PERSON": ["tavik oslund", "Tavik Oslund", "Reading", "President Okwui Brandvold", "Annika"],
    "ORG": ["Harbour Pilots", "the Kestrel Circle", "Lindqvist Line", "Odesa"],
    "GPE": ["Kurrelby"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    spacy = pytest.importorskip("spacy", reason="spaCy is not installed: pip install 'livebell[spacy]'")
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": name} for label, names in NAMES.items() for name in names])
    folder = tmp_path_factory.mktemp("models") / "en_few_names"
    pipeline.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def with_model(folder) -> Enricher:
    return load(model=load_model(folder))


def enriched(enricher, text, title=None):
    entry = Entry(id="1", title=title, text=text)
    about = enricher.enrich(entry)
    check(entry, about)
    return about


def names(mentions):
    return [mention.name for mention in mentions]


def test_it_finds_what_the_rules_do_not(enricher, with_model):
    text = "The boat of Tavik Oslund was found by the Harbour Pilots and the Kestrel Circle near Kurrelby."
    without, about = enriched(enricher, text), enriched(with_model, text)
    assert (names(without.people), names(without.organisations)) == ([], [])
    assert names(about.people) == ["Tavik Oslund"]
    assert names(about.organisations) == ["Harbour Pilots", "Kestrel Circle"]


def test_titles_and_words_without_capitals_belong_to_no_name(with_model):
    about = enriched(with_model, "Today President Okwui Brandvold, or tavik oslund, arrived.")
    assert names(about.people) == ["Okwui Brandvold"]


def test_what_the_rules_have_found_stays(enricher, with_model):
    text = "Foreign minister Annika Lindqvist arrived in Reading. Lindqvist said the World Bank would pay."
    assert enriched(with_model, text) == enriched(enricher, text)


def test_an_entry_in_another_language_is_left_to_the_rules(enricher, with_model):
    text = "Das Boot von Tavik Oslund ist am Abend in der Stadt und auf der See nicht gefunden worden."
    assert enriched(with_model, text) == enriched(enricher, text)


def test_two_replicas_say_the_same(folder, with_model):
    text = "Tavik Oslund of the Harbour Pilots met Annika Lindqvist. " * 20
    assert enriched(load(model=load_model(folder)), text) == enriched(with_model, text)


def test_a_single_word_that_names_a_place_is_left_to_the_rules(with_model):
    about = enriched(with_model, "Ferries of the Lindqvist Line stopped. Trains to Reading and Odesa run.")
    assert names(about.organisations) == ["Lindqvist Line"]
    assert about.people == ()


def test_without_spacy_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(ModelError, match=r"pip install 'livebell\[spacy\]'"):
        load_model(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\xff"])
def test_a_folder_without_a_model_is_named(folder, tmp_path, content):
    if content is not None:
        (tmp_path / "meta.json").write_bytes(content)
    with pytest.raises(ModelError, match=f"{tmp_path.name} holds no spaCy model"):
        load_model(tmp_path)


def _copied(folder: Path, to: Path, **meta: object) -> Path:
    for path in folder.rglob("*"):
        target = to / path.relative_to(folder)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    known = json.loads((to / "meta.json").read_bytes())
    (to / "meta.json").write_text(json.dumps({**known, **meta}))
    return to


def test_a_model_of_another_version_is_refused(folder, tmp_path):
    old = _copied(folder, tmp_path / "old", spacy_version=">=3.0.0,<3.1.0")
    with pytest.raises(ModelError, match=r"pip install 'spacy>=3\.0\.0,<3\.1\.0'"):
        load_model(old)


def test_a_damaged_model_is_refused(folder, tmp_path):
    damaged = _copied(folder, tmp_path / "damaged")
    (damaged / "config.cfg").write_text("[nlp]\nlang = 7\n")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(damaged)


def test_a_model_that_finds_no_names_is_refused(folder, tmp_path):
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(ModelError, match="finds no names"):
        load_model(tmp_path / "blank")
