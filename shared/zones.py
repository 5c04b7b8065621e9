"""The IANA time zones, by name."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONES_CACHED = 1000


@lru_cache(ZONES_CACHED)
def zone(name: str) -> ZoneInfo | None:
    """The zone, None where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, or a path out of it
        return None
