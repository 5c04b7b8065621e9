"""What of the withheld goes into a digest: the most urgent first, of these the newest, each as it stands now."""

from __future__ import annotations

from collections.abc import Mapping

from services.notifier.channels.payload import alert_told
from services.notifier.channels.shortening import shortened
from services.notifier.preferences.verdict import CREATED, Held
from shared.messages import DELETED, DigestLine, Enriched, EntryEnriched

LINES = 60
"""More than 20 kB hold; the rest is counted."""
LINE_TITLE_CHARACTERS, LINE_TEXT_CHARACTERS, LINE_URL_CHARACTERS = 140, 200, 500
NAME_CHARACTERS = 300


def ranked(held: Mapping[str, Held]) -> list[str]:
    """The subjects in the order in which they are told."""
    return sorted(held, key=lambda subject: (-held[subject].urgency, -held[subject].at, subject))


def is_withdrawn(held: Held, newest: Enriched | None) -> bool:
    """The entry is gone, and the subscriber was never told of it."""
    gone = isinstance(newest, EntryEnriched) and newest.changed.change == DELETED
    return held.kind == CREATED and (held.withdrawn if newest is None else gone)


def line(held: Held, event: Enriched) -> DigestLine:
    title, text, url = alert_told(held.kind, event)
    entry = event.changed.entry if isinstance(event, EntryEnriched) else None
    short_url = url if url and len(url) <= LINE_URL_CHARACTERS else None
    told = DigestLine(
        event=event.changed.id if isinstance(event, EntryEnriched) else event.id,
        kind=held.kind,
        source=event.changed.source if isinstance(event, EntryEnriched) else event.source,
        at=event.passed.seen or held.at,
        title=shortened(title, LINE_TITLE_CHARACTERS),
        text=shortened(text, LINE_TEXT_CHARACTERS),
        url=short_url,
    )
    if not isinstance(event, EntryEnriched) or entry is None:
        return told
    return DigestLine(
        **{name: getattr(told, name) for name in ("event", "kind", "source", "at", "title", "text", "url")},
        blog=(event.changed.blog.title or "")[:NAME_CHARACTERS] or None,
        entry=entry.id[:NAME_CHARACTERS],
        urgency=event.about.urgency,
        story_id=event.about.story_id,
    )
