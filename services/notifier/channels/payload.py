"""What is sent: the body of a webhook, and the payload of a browser push, each within its bound."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.notifier.channels.shortening import beginning, shortened
from services.notifier.channels.webpush import PLAINTEXT_BYTES
from services.notifier.preferences.digests import digest_data, digest_summary, digest_urgency
from shared.messages import BlogChanged, Digest, Enriched, EntryEnriched, SourceHealth
from shared.records import Entry

WEBHOOK_BYTES = 20_000
TITLE_CHARACTERS, BODY_CHARACTERS = 140, 400
SHORTEST_TEXT = 100
HOUR = 3600
URGENT, MIDDLING = 0.6, 0.2
_encode = msgspec.json.Encoder().encode


def webhook_body(kind: str, data: dict[str, Any], at: float) -> bytes:
    """`{"type","timestamp","data"}` of Standard Webhooks, under 20 kB: texts are cut, which `data.truncated` says."""
    timestamp = datetime.fromtimestamp(at, UTC)

    def encoded(data: dict[str, Any]) -> bytes:
        return _encode({"type": kind, "timestamp": timestamp, "data": data})

    return _within(WEBHOOK_BYTES - 1, data, encoded)


def event_data(event: Enriched | Digest) -> dict[str, Any]:
    """What a webhook tells of an event: the same for every subscriber."""
    if isinstance(event, Digest):
        return digest_data(event)
    if isinstance(event, SourceHealth):
        since = datetime.fromtimestamp(event.since, UTC)
        return {"id": event.id, "source": event.source, "url": event.url, "since": since, "reason": event.reason}
    if isinstance(event, BlogChanged):
        blog = {"url": event.blog.url, "title": event.blog.title, "next_url": event.blog.next_url}
        return {"id": event.id, "source": event.source, "blog": blog, "previous_title": event.previous_title}
    changed, about = event.changed, event.about
    data: dict[str, Any] = {
        "id": changed.id,
        "source": changed.source,
        "blog": {"url": changed.blog.url, "title": changed.blog.title},
        "entry": msgspec.structs.asdict(changed.entry),
        "change": changed.change,
        "revision": changed.revision,
        "fields": changed.fields,
        "previous": _previous(changed.previous),
        "seen_at": datetime.fromtimestamp(event.passed.seen, UTC),
    }
    return data | msgspec.structs.asdict(about)


def _previous(entry: Entry | None) -> dict[str, str | None] | None:
    return {"title": entry.title, "text": entry.text} if entry else None


def push_payload(kind: str, event: Enriched | Digest | None, *, tag: str, home: str, silent: bool = False) -> bytes:
    """One payload for both kinds of Web Push: declarative, and what the service worker shows. `home` is where a click
    leads when the event names no page; with `silent` it replaces what is shown under the tag without a sound."""
    title, body, url = alert_told(kind, event)
    notification: dict[str, Any] = {
        "title": shortened(title, TITLE_CHARACTERS),
        "body": shortened(body, BODY_CHARACTERS),
        "navigate": url or home,
        "tag": tag,
        "data": {"type": kind, "source": _source(event), "event": tag},
    }
    if silent:
        notification["silent"] = True

    def encoded(notification: dict[str, Any]) -> bytes:
        return _encode({"web_push": 8030, "notification": notification})

    if len(encoded(notification)) > PLAINTEXT_BYTES:
        notification["navigate"] = home
    while len(encoded(notification)) > PLAINTEXT_BYTES:
        body, title = notification["body"], notification["title"]
        notification["body"] = beginning(body, len(body) // 2)
        notification["title"] = beginning(title, max(SHORTEST_TEXT // 2, len(title) - 20))
    return encoded(notification)


def plain_notification(kind: str, event: Enriched | Digest | None, *, home: str) -> tuple[str, str]:
    """Title and text for services that show no more than that; the address is the text's last line."""
    title, body, url = alert_told(kind, event)
    return shortened(title, TITLE_CHARACTERS), f"{shortened(body, BODY_CHARACTERS)}\n{url or home}"


def alert_told(kind: str, event: Enriched | Digest | None) -> tuple[str, str, str | None]:
    """Title, text and address of a notification."""
    if isinstance(event, Digest):
        return digest_summary(event)
    if event is None:
        return "Livebell test", "Alerts reach this browser.", None
    if isinstance(event, SourceHealth):
        return f"Live blog {event.change}: {event.source}", event.reason or "Entries are seen again.", event.url
    if isinstance(event, BlogChanged):
        return f"Live blog {event.change}", event.blog.title or event.source, event.blog.next_url or event.blog.url
    entry, alert = event.changed.entry, event.about.alert or event.changed.entry.title or ""
    url = entry.url or event.changed.blog.url
    if kind == "entry.deleted":
        return f"Withdrawn: {alert}", "The live blog has removed this entry.", url
    text = entry.text if entry.title else entry.text.removeprefix(alert).strip()
    return alert or event.changed.blog.title or "Live blog", text or (event.changed.blog.title or ""), url


def topic(event: Enriched | Digest | None, event_id: str, *, story: bool = False) -> str:
    """32 base64url characters, the same for all revisions of an entry: an edit replaces the alert before it. With
    `story` they are the same for all entries of its story."""
    subject = event_id
    if isinstance(event, EntryEnriched) and story and event.about.story_id:
        subject = f"story\x1f{event.about.story_id}"
    elif isinstance(event, EntryEnriched):
        subject = f"{event.changed.source}\x1f{event.changed.entry.id}"
    return base64.urlsafe_b64encode(hashlib.blake2b(subject.encode(), digest_size=24).digest()).decode()


def push_manner(event: Enriched | Digest | None) -> tuple[str, int]:
    """Urgency and TTL of RFC 8030, from the entry's own urgency: what is not urgent waits for a phone that wakes up
    anyway, and is not delivered when it is old."""
    if event is None:
        return "high", HOUR
    urgency = MIDDLING
    if isinstance(event, EntryEnriched):
        urgency = event.about.urgency
    elif isinstance(event, Digest):
        urgency = digest_urgency(event)
    if urgency >= URGENT:
        return "high", 24 * HOUR
    return ("normal", 12 * HOUR) if urgency >= MIDDLING else ("low", 4 * HOUR)


def _source(event: Enriched | Digest | None) -> str | None:
    if event is None or isinstance(event, Digest):
        return None
    return event.changed.source if isinstance(event, EntryEnriched) else event.source


def _within(most: int, data: dict[str, Any], encoded: Callable[[dict[str, Any]], bytes]) -> bytes:
    """Leaves out and cuts what is long, the least telling first, until the body fits."""
    body = encoded(data)
    if len(body) <= most:
        return body
    data = data | {"truncated": True}
    if isinstance(data.get("entry"), dict):
        data["entry"] = data["entry"] | {"html": ""}
    keep = 8_000
    while len(body := encoded(data)) > most:
        data = _cut(data, keep)
        keep //= 2
    return body


def _cut(value: Any, keep: int) -> Any:
    if isinstance(value, str):
        return value[:keep]
    if isinstance(value, dict):
        return {name: _cut(part, keep) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(part, keep) for part in value[: max(1, keep // 100)]]
    return _cut(msgspec.structs.asdict(value), keep) if isinstance(value, msgspec.Struct) else value
