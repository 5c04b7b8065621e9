"""What bounds a poll."""

from __future__ import annotations

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    seconds: float = 20.0
    """For all of a poll, redirects included."""
    page_bytes: int = 10 * 2**20
    failing_after: int = 3
    """So many failures in a row are told to subscribers."""
    slowest_times: float = 20.0
    """How much longer than its `every` the interval of a quiet source may be."""
    fresh_seconds: float = 60.0
    """For how long an answer may call itself fresh."""
    lease_seconds: float = 8.0
    """A dead fetcher's sources are another's after so long."""
