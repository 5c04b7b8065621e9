"""What a person is told of a page before they watch it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.parser.cautions import cautions
from shared.records import Blog, Entry, Page

STORM = "https://news.example/live/storm"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def entry(name: str, minutes: float | None) -> Entry:
    at = None if minutes is None else NOW - timedelta(minutes=minutes)
    return Entry(id=name, title=name, published_at=at)


def said(*entries: Entry, complete: bool = True, **blog: object) -> str:
    page = Page(blog=Blog(url=STORM, **{"live": True} | blog), entries=entries, complete=complete)  # type: ignore[arg-type]
    return " ".join(cautions(page, now=NOW, timezone=None))


def test_each_doubt_has_its_cause() -> None:
    assert said(entry("a", 1), entry("b", 2)) == ""
    assert "no entry yet" in said()
    assert "No entry has a time" in said(entry("a", None))
    assert "1 of 2 entries have no time" in said(entry("a", 1), entry("b", None))
    assert "3 days old" in said(entry("a", 3 * 24 * 60 + 5))
    assert "60 minutes ahead" in said(entry("a", -60))
    assert "1 of 2 entries have no id" in said(entry("a", 1), entry("c-0123", 2))
    assert "prove" in said(entry("a", 1), complete=False)
    assert "goes on at https://b.example" in said(entry("a", 1), live=False, next_url="https://b.example")
    assert "until you remove it" in said(entry("a", 1), live=None)
