"""What the fetchers know of a source between two polls: what polling it gave, and what its pages told of the blog.

Each has one writer: the poll that holds the lease, and the consumer of the stream `read`.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct


class FetchState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Times are seconds since the epoch, 0 where there is none."""

    url: str = ""
    """The source's address when this was learnt: validators and hash of another address are worth nothing."""
    etag: str = ""
    last_modified: str = ""
    wire_hash: str = ""
    """Of the body as it came, compressed: where it is the same, nothing need be unpacked."""
    body_hash: str = ""
    seq: int = 0
    """The last published page's, or 0."""
    seq_base: int = 0
    """The number before the first page's. A source that is removed and added again starts above its old numbers, so
    that the parser does not take its pages for old ones."""
    parsed_seq: int = 0
    """The last page that the parser had taken in when that was last asked."""
    published_at: float = 0.0
    last_ok: float = 0.0
    """When the source last answered with a page, changed or not."""
    failures: int = 0
    """In a row."""
    failing_since: float = 0.0
    reason: str = ""
    """Why it last failed; empty while it works."""
    reported: bool = False
    """Whether its failing has been told."""
    final: str = ""
    """The address that last answered with a page, after redirects."""
    paged: tuple[str, ...] = ()
    """Further pages of the listing that were asked for, by the hash of their addresses."""
    paged_of: str = ""
    """The address of the blog whose listing that is."""
    just_paged: bool = False
    """Whether the last request was for one of them."""
    endpoint_hash: str = ""
    """Of the polling endpoint's last answer."""
    since_page: int = 0
    """How often the endpoint was asked in the page's place since the page was."""
    endpoint_failures: int = 0
    """In a row."""
    endpoint_rest: int = 0
    """How many polls of the page come before the endpoint is tried again."""
    watched_since: float = 0.0
    """Since when the page has been looked at without a long gap."""
    silent_since: float = 0.0
    """Since when no entry has come, where that has been told."""
    stopped_since: float = 0.0
    """When polling ended since the blog is closed."""

    @property
    def unread(self) -> int:
        """How many published pages the parser had not taken in when that was last asked."""
        return max(0, self.seq - max(self.parsed_seq, self.seq_base))


class Told(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the source's pages told of the blog. Times are seconds since the epoch, 0 where there is none."""

    of: str = ""
    """The source's own address: what was told of another is worth nothing."""
    seq: int = 0
    """The newest page that told."""
    live: bool | None = None
    closed_since: float = 0.0
    arrivals: tuple[float, ...] = ()
    """When the newest entries came, newest first."""
    at: str = ""
    """Where the blog is now, "" at the source's own address."""
    moved_since: float = 0.0
    visited: tuple[str, ...] = ()
    """The addresses that it has left, by their hashes."""
    more: tuple[str, ...] = ()
    """Addresses of further pages of the listing."""
    poll_url: str = ""
    """An endpoint that lists what came last."""

    @property
    def last_entry(self) -> float:
        return self.arrivals[0] if self.arrivals else 0.0


NOTHING_TOLD = Told()


def told_of(source_url: str, told: Told) -> Told:
    """What was told of the blog at this address."""
    return told if told.of == source_url else NOTHING_TOLD


def short(url: str) -> str:
    """A hash that stands for an address where only its being known matters."""
    return hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=6).hexdigest()
