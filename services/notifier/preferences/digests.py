"""A digest as it is sent: the data of a webhook, within its bound, and the summary that a browser shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.messages import Digest, DigestLine

DATA_BYTES = 19_500
"""Of a body under 20 kB; the rest is the envelope."""
SUMMARY_LINES = 5
_encode = msgspec.json.Encoder().encode


def digest_data(digest: Digest) -> dict[str, Any]:
    """`count` is all that was withheld, `more` those for which there is no room here."""
    data: dict[str, Any] = {"id": digest.id, "count": digest.count, "more": digest.count, "entries": []}
    size = len(_encode(data))
    for line in digest.lines:
        told = _told(line)
        size += len(_encode(told)) + 1
        if size > DATA_BYTES:
            break
        data["entries"].append(told)
    return data | {"more": digest.count - len(data["entries"])}


def digest_summary(digest: Digest) -> tuple[str, str, str | None]:
    """Title, text and address of the notification: of a single alert its own."""
    if digest.count == 1 and digest.lines:
        line = digest.lines[0]
        return line.title, line.text or (line.blog or ""), line.url
    shown = [f"• {line.title}" for line in digest.lines[:SUMMARY_LINES]]
    more = digest.count - len(shown)
    blogs = {line.blog for line in digest.lines}
    title = f"{digest.count} alerts" + (f": {blog}" if len(blogs) == 1 and (blog := blogs.pop()) else "")
    return title, "\n".join([*shown, f"and {more} more"] if more else shown), None


def digest_urgency(digest: Digest) -> float:
    return max((line.urgency for line in digest.lines), default=0.0)


def _told(line: DigestLine) -> dict[str, Any]:
    """As the event's own webhook names its parts, in short."""
    told: dict[str, Any] = {
        "type": line.kind,
        "id": line.event,
        "source": line.source,
        "alert": line.title,
        "blog": {"title": line.blog},
        "seen_at": datetime.fromtimestamp(line.at, UTC),
    }
    if line.entry is not None:
        told["entry"] = {"id": line.entry, "text": line.text, "url": line.url}
        told |= {"urgency": line.urgency, "story_id": line.story_id}
    elif line.url is not None:
        told["url"] = line.url
    return told
