"""A batch's content, made once for all its subscribers."""

from __future__ import annotations

import json

from services.notifier.channels.payload import topic
from services.notifier.delivering.parcels import Parcel
from services.notifier.tests.news import enriched
from shared.messages import DeliveryBatch, Digest, Enriched

HOME = "https://livebell.example/"


def parcel(event: Enriched | Digest | None, kind: str = "entry.created", **rest: object) -> Parcel:
    batch = DeliveryBatch(id="b1", event_id="evt_1", kind=kind, channel="webhook", subscriptions=("s1", "s2"), **rest)
    return Parcel(batch, event, at=1_800_000_000.0, home=HOME)


def test_body_and_push_are_made_once() -> None:
    found = parcel(enriched("Both piers are closed.", title="Ferries stop"))
    assert found.webhook() is found.webhook()
    assert found.push() is found.push()
    told = json.loads(found.webhook())
    assert (told["type"], told["timestamp"]) == ("entry.created", "2027-01-15T08:00:00Z")
    assert told["data"]["entry"]["title"] == "Ferries stop"


def test_a_push_carries_topic_urgency_and_ttl_of_its_event() -> None:
    event = enriched("Both piers are closed.", title="Ferries stop", urgency=0.9, story_id="story-1")
    found = parcel(event).push()
    assert (found.topic, found.urgency, found.ttl) == (topic(event, "evt_1"), "high", 86_400)
    shown = json.loads(found.payload)["notification"]
    assert (shown["tag"], shown["title"], shown["navigate"]) == (found.topic, "Ferries stop", HOME)
    assert "silent" not in shown
    collapsed = parcel(event, story=True, silent=True).push()
    assert collapsed.topic == topic(event, "evt_1", story=True) != found.topic
    assert json.loads(collapsed.payload)["notification"]["silent"] is True


def test_a_test_tells_that_alerts_arrive() -> None:
    found = parcel(None, "test")
    assert json.loads(found.webhook())["data"] == {"message": "Alerts reach this endpoint."}
    assert found.push().urgency == "high"
    title, text = found.plain()
    assert title == "Livebell test"
    assert text.endswith(f"\n{HOME}")
