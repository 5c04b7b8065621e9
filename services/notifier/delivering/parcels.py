"""What a batch carries: made once for all of its subscribers."""

from __future__ import annotations

from msgspec import Struct

from services.notifier.channels.payload import (
    event_data,
    plain_notification,
    push_manner,
    push_payload,
    topic,
    webhook_body,
)
from shared.messages import DeliveryBatch, Digest, Enriched


class Push(Struct, frozen=True, gc=False):
    payload: bytes
    topic: str
    urgency: str
    ttl: int


class Parcel:
    """`at` is when it is sent, in epoch seconds; `home` is where a notification leads that names no page."""

    def __init__(self, batch: DeliveryBatch, event: Enriched | Digest | None, *, at: float, home: str) -> None:
        self._batch = batch
        self._event = event
        self._at = at
        self._home = home
        self._body: bytes | None = None
        self._push: Push | None = None

    def webhook(self) -> bytes:
        if self._body is None:
            data = event_data(self._event) if self._event else {"message": "Alerts reach this endpoint."}
            self._body = webhook_body(self._batch.kind, data, self._at)
        return self._body

    def plain(self) -> tuple[str, str]:
        """Title and text."""
        return plain_notification(self._batch.kind, self._event, home=self._home)

    def push(self) -> Push:
        if self._push is None:
            batch = self._batch
            subject = topic(self._event, batch.event_id, story=batch.story)
            payload = push_payload(batch.kind, self._event, tag=subject, home=self._home, silent=batch.silent)
            urgency, ttl = push_manner(self._event)
            self._push = Push(payload=payload, topic=subject, urgency=urgency, ttl=ttl)
        return self._push
