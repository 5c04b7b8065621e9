"""What one format says of a page, before what all of them say is merged."""

from __future__ import annotations

from msgspec import Struct

from shared.records import Blog, Entry

MODEL, STRUCTURED, DOM = "model", "structured", "dom"


class Reading(Struct, frozen=True, kw_only=True):
    """Fields that the format does not give are empty, and so is the id of an entry that it does not name.

    `kind` says how near the publisher's own records it is: its page model or API (MODEL), what it tells search engines
    (STRUCTURED), or what it shows (DOM).
    """

    kind: str
    blog: Blog
    """`format` is the reader's name."""
    entries: tuple[Entry, ...]
    """In the page's order."""
    complete: bool = False
    """Whether the page proves that this lists every entry of the blog."""
    inferred: bool = False
    """Times were worked out from a bare "14:30" or "5 minutes ago": good to show, too loose to tell entries by."""
    exact: bool = False
    """Times are counts since the epoch, so that no zone can be wrong."""
    names_authors: bool = False
    """An entry without a name here has no author, whatever others say of it."""
    marks: bool = False
    """It only marks entries that another format gives: nothing is an entry for being marked."""
    more: tuple[str, ...] = ()
    """Addresses of further pages of the listing, nearest first."""
    poll_url: str | None = None
    """An endpoint that lists what came after this page."""
