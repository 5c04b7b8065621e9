"""Pages of our own invention, made from what a test wants to see in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.parser.reading import read_page
from shared.records import Page

URL = "https://news.example/live/storm"
NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
TESTDATA = Path(__file__).parent / "testdata"


def update(name: str, **rest: Any) -> dict[str, Any]:
    """One entry as JSON-LD; `name` is its fragment."""
    return {
        "@type": "BlogPosting",
        "@id": f"{URL}#{name}",
        "headline": f"Report {name}",
        "articleBody": "The bridge at Vejle is closed.",
        "datePublished": "2026-03-01T12:00:00Z",
    } | rest


def live_blog(*updates: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "url": URL,
        "headline": "Storm latest",
        "liveBlogUpdate": list(updates),
    } | rest


def html(*scripts: Any, body: str = "") -> bytes:
    """A page with JSON-LD scripts: a string stands there as it is, anything else as JSON."""
    texts = (script if isinstance(script, str) else json.dumps(script) for script in scripts)
    tags = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return f"<!doctype html><html><head><title>Storm</title>{tags}</head><body>{body}</body></html>".encode()


def read(page: bytes, **rest: Any) -> Page:
    return read_page(page, **({"url": URL, "content_type": "text/html; charset=utf-8", "fetched_at": NOW} | rest))
