"""What is wrong with a value, told as what to send instead: over what msgspec really says."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from services.gateway.http.wording import worded
from services.gateway.shapes import NewSubscription, Recover

HOOK = {"type": "webhook", "url": "https://desk.example/"}
TYPES = ("webhook", "webpush", "apprise")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], "send an object, not a list"),
        ({}, "the field `channel` is missing: add it"),
        ({"channel": {**HOOK, "type": "pigeon"}}, "'pigeon' is none of webhook, webpush, apprise: send one of these"),
        ({"channel": {**HOOK, "signature": "v9"}}, "send text that matches ^v1a?$"),
        ({"channel": {**HOOK, "x": 1}}, "there is no field `x`: leave it out, /openapi.json lists those there are"),
        ({"channel": HOOK, "filter": {"words": "ferry"}}, "send a list, not text"),
        ({"channel": HOOK, "filter": {"places": [1.5]}}, "send a whole number or text, not a number"),
        ({"channel": HOOK, "filter": {"words": [""]}}, "send at least 1 characters"),
        ({"channel": HOOK, "filter": {"words": ["a"] * 101}}, "send at most 100 items"),
        ({"channel": HOOK, "filter": {"min_urgency": 2}}, "send a number of at most 1"),
        ({"channel": HOOK, "filter": {"near": {"lat": 0, "lon": 0, "km": 0}}}, "send a number of more than 0"),
        ({"channel": HOOK, "preferences": {"quiet_hours": {"from": "25:00", "to": "1", "timezone": "UTC"}}},
         "send a time of day of 24 hours, such as 22:30"),
    ],
)  # fmt: skip
def test_it_says_what_to_send(body: Any, told: str):
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(json.dumps(body), type=NewSubscription)
    what, _, where = str(raised.value).partition(" - at `$.")
    assert worded(what, TYPES if where.startswith("channel.type") else ()) == told


def test_what_it_does_not_know_is_left_as_it_is():
    assert worded("Invalid UTF-8") == "Invalid UTF-8"


def test_a_time_is_shown_as_it_is_written():
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(b'{"since": "yesterday"}', type=Recover)
    what, _, _ = str(raised.value).partition(" - at `$.")
    assert worded(what) == "send a time of RFC 3339, such as 2026-01-31T12:00:00Z"
