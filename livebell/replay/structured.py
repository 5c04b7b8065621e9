"""The live blog as schema.org LiveBlogPosting: an entry names what it has and leaves out the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from livebell.replay.playback import State
from shared.records import Entry

_FRAGMENT_SAFE = "!$&'()*+,;=:@/?-._~"


def structured_data(state: State, url: str) -> dict[str, Any]:
    blog = state.blog
    posting = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "@id": url,
        "url": url,
        "headline": blog.title,
        "description": blog.description,
        "author": _people(blog.authors),
        "datePublished": stamp(blog.published_at),
        "dateModified": stamp(blog.updated_at),
        "coverageStartTime": stamp(blog.published_at),
        "coverageEndTime": stamp(state.closed_at),
        "discussionUrl": blog.comments_url,
        "liveBlogUpdate": [_posting(entry, url) for entry in state.entries if not entry.deleted],
    }
    return {key: value for key, value in posting.items() if value is not None}


def _posting(entry: Entry, url: str) -> dict[str, Any]:
    address = f"{url}#{fragment(entry.id)}"
    images = [{"@type": "ImageObject", "url": image.url, "caption": image.caption} for image in entry.images]
    posting = {
        "@type": "BlogPosting",
        "@id": address,
        "url": address,
        "headline": entry.title,
        "articleBody": entry.text,
        "author": _people(entry.authors),
        "datePublished": stamp(entry.published_at),
        "dateModified": stamp(entry.updated_at),
        "image": images or None,
    }
    return {key: value for key, value in posting.items() if value is not None}


def stamp(time: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond where the second is not whole."""
    if time is None:
        return None
    whole = time.microsecond == 0
    return time.astimezone(UTC).isoformat(timespec="seconds" if whole else "milliseconds").replace("+00:00", "Z")


def _people(names: tuple[str, ...]) -> list[dict[str, str]] | None:
    return [{"@type": "Person", "name": name} for name in names] or None


def fragment(entry_id: str) -> str:
    return quote(entry_id, safe=_FRAGMENT_SAFE)


def script_json(value: object) -> str:
    """JSON that cannot end the script element that it stands in."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")
