"""Whether a mention is a place's: weights over its cues, against a threshold."""

from __future__ import annotations

from collections.abc import Iterable

ACCEPT = 3.0
"""The score from which a mention is taken for a place."""

WEIGHTS = {
    "strong": 2.5,
    "strong_the": 1.0,
    "weak": 1.0,
    "place_of": 2.5,
    "place_noun": 1.0,
    "noun_after": 1.0,
    "attributed": 1.0,
    "called_after": 2.5,
    "county": 1.5,
    "governed": 0.5,
    "listed": 1.5,
    "owned": 1.5,
    "addressed": 2.0,
    "near": 1.5,
    "same_division": 0.7,
    "possessive": 0.3,
    "based": 1.5,
    "dateline": 3.0,
    "several_words": 1.0,
    "contained": 3.5,
    "contains": 2.0,
    "coherent": 0.7,
    "among_countries": 0.6,
    "again": 2.2,
    "title": -2.0,
    "saying": -0.7,
    "determiner": -1.5,
    "article": -0.5,
    "first": -0.3,
    "ordinary": -1.5,
    "given": -1.2,
    "not_name": -3.0,
    "short": -1.0,
    "short_capitals": -1.5,
    "capital_before": -1.5,
    "given_before": -2.0,
    "capital_after": -1.2,
    "org_after": -0.5,
    "geo_after": -1.0,
    "person": -6.0,
    "organisation": -0.4,
    "named_organisation": -3.0,
    "namesake": -3.0,
    "phrase": -5.0,
    "headline": -0.7,
}


def score(prominent: float, cues: Iterable[str]) -> float:
    return prominent + sum(WEIGHTS[cue] for cue in cues)
