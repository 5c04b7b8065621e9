"""Events of invented live blogs, as the enricher writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.messages import BlogChanged, Enrichment, EntryChanged, EntryEnriched, Passed, Place, event_id
from shared.records import Blog, Entry

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
BLOG = Blog(url="https://news.example/ferry", title="Ferry off Esbjerg: latest")


def enriched(
    entry: str = "e1",
    *,
    source: str = "ferry",
    revision: int = 1,
    minutes: float | None = 0,
    change: str | None = None,
    seen: float = 1_800_000_000.0,
    about: Enrichment | None = None,
    blog: Blog = BLOG,
    **fields: Any,
) -> EntryEnriched:
    """`minutes` after noon is when it was published; None where the page does not say."""
    published = None if minutes is None else NOON + timedelta(minutes=minutes)
    known = {
        "title": f"Entry {entry}",
        "text": "The harbour master speaks.",
        "html": "<p>The harbour master speaks.</p>",
    }
    change = change or ("deleted" if fields.get("deleted") else "created" if revision == 1 else "updated")
    return EntryEnriched(
        changed=EntryChanged(
            id=event_id(source, entry, revision),
            source=source,
            blog=blog,
            change=change,
            entry=Entry(**{"id": entry, "published_at": published, **known, **fields}),
            revision=revision,
        ),
        about=about
        or Enrichment(
            language="en",
            places=(Place(name="Esbjerg", start=0, end=7, lat=55.47, lon=8.45, country="DK", geoname_id=2622447),),
            urgency=0.4,
            alert=f"Entry {entry}",
        ),
        passed=Passed(seen=seen),
    )


def blog_changed(change: str = "closed", *, source: str = "ferry", title: str = "Ferry: all safe") -> BlogChanged:
    blog = Blog(url=BLOG.url, title=title, live=change != "closed")
    return BlogChanged(id=event_id(source, change, title), source=source, blog=blog, change=change)
