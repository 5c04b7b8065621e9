from __future__ import annotations

from pathlib import Path

import pytest


def labels(about):
    return [topic.label for topic in about.topics]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A missile struck the barracks and the shelling went on all night.", "Armed conflict"),
        ("The earthquake was felt across the island.", "Disaster"),
        ("The central bank left its interest rate unchanged.", "Economy"),
        ("Polling stations close at eight and the exit poll follows.", "Election"),
        ("He was sentenced to nine years after the trial.", "Judiciary"),
        ("Doctors fear a cholera outbreak in the camps.", "Diseases and conditions"),
        ("The striker scored twice in the semi-final.", "Sport"),
        ("Forecasters expect a heatwave and thunderstorms.", "Weather phenomena"),
        ("The truce was agreed after peace talks.", "Peace process"),
    ],
)
def test_topics(enrich, text, label):
    assert label in labels(enrich(text))


def test_a_topic_names_the_words_that_decided(enrich):
    about = enrich("Rescuers searched the wreckage after the derailment.")
    topic = next(topic for topic in about.topics if topic.label == "Accident and emergency incident")
    assert "derailment" in topic.words
    assert topic.code == "20000139"


def test_words_inside_others_do_not_count(enrich):
    assert "Armed conflict" not in labels(enrich("The thanks, the tankard and the bandages were hers."))


def test_codes_and_labels_are_the_fields(testdata):
    from services.enricher.tables import rows

    found = list(rows("topics.tsv"))
    assert len({code for code, *_ in found}) == len(found)
    assert all(len(code) == 8 and code.isdigit() for code, *_ in found)


def test_filters_know_which_topics_are_given():
    from services.enricher.tables import rows
    from shared.filters.topics import in_use

    given = {code: label for code, label, _ in rows("topics.tsv")}
    assert {topic.code: topic.label for topic in in_use() if topic.given} == given
    told = (Path(__file__).parents[3] / "docs" / "enrichment.md").read_text()
    assert [topic.label for topic in in_use() if topic.label not in told] == []


def test_keywords_are_names_and_words_of_weight(enrich):
    about = enrich(
        "Oil prices rose in London. Oil traders in London fear that oil tankers could be stopped.", "Oil prices rise"
    )
    assert about.keywords[0] == "London"
    assert "prices" in about.keywords
    assert len(about.keywords) <= 10
