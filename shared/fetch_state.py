"""What the fetchers know of a source between two polls."""

from __future__ import annotations

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

    @property
    def unread(self) -> int:
        """How many published pages the parser had not taken in when that was last asked."""
        return max(0, self.seq - max(self.parsed_seq, self.seq_base))
