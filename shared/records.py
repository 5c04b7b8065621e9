"""What a live blog is made of: values that every service and the command line agree on.

Times are aware datetimes in UTC, or None where the page does not say: they are never invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct


class Link(Struct, frozen=True, kw_only=True):
    """A link card inside an entry ("Read the full article here")."""

    url: str | None
    title: str | None = None
    summary: str | None = None


class Image(Struct, frozen=True, kw_only=True):
    url: str
    alt: str | None = None
    caption: str | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """One post of a live blog.

    `id` is the page's own where that is stable, else made from the content; never from the position.
    `text` is plain text, paragraphs parted by a blank line; `html` is sanitised; `title` is plain text.
    `updated_at` is None for an entry that was never edited. `deleted` marks a tombstone.
    """

    id: str
    title: str | None = None
    text: str = ""
    html: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    url: str | None = None
    key_event: bool = False
    pinned: bool = False
    deleted: bool = False
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()


class Blog(Struct, frozen=True, kw_only=True):
    """A live blog as its page describes itself. `format` says which of our readers spoke ("jsonld", "text", …)."""

    url: str | None
    title: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    live: bool | None = None
    next_url: str | None = None
    comments_url: str | None = None
    format: str = ""


class Doubt(Struct, frozen=True, kw_only=True):
    """Something that could not be read for certain, and how often: it stays null rather than being invented."""

    reason: str
    count: int


class Page(Struct, frozen=True, kw_only=True):
    """What one reading of a live-blog page gave: the blog and its entries, newest first.

    `complete` is true only where the page proves that it lists every entry, so that absence means deletion.
    `formats` says who gave each entry, by its id ("jsonld+reach"): what a poorer view of it does not give was not
    removed. `more` are further pages of the listing, `poll_url` an endpoint that lists what came after this page.
    """

    blog: Blog
    entries: tuple[Entry, ...]
    complete: bool = False
    formats: Mapping[str, str] = {}
    doubts: tuple[Doubt, ...] = ()
    more: tuple[str, ...] = ()
    poll_url: str | None = None
