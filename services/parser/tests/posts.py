"""A post of a live blog of our own invention, and how JSON-LD shows one."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import Any

from msgspec import Struct

from services.parser.tests.pages import NOW

STARTED = NOW - timedelta(hours=3)


class Post(Struct, frozen=True, kw_only=True):
    number: int
    title: str
    text: str
    edits: int = 0
    pinned: bool = False
    deleted: bool = False

    @property
    def at(self) -> datetime:
        return STARTED + timedelta(seconds=97 * self.number)

    @property
    def edited_at(self) -> datetime:
        return self.at + timedelta(seconds=30 * self.edits)

    @property
    def author(self) -> str:
        return ("Ana Roth", "Ole Friis", "Kim Dahl")[self.number % 3]


def in_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def update(post: Post, **rest: Any) -> dict[str, Any]:
    return {
        "@type": "BlogPosting",
        "headline": escape(post.title),
        "articleBody": escape(post.text),
        "datePublished": post.at.isoformat(),
        "dateModified": post.edited_at.isoformat(),
    } | rest
