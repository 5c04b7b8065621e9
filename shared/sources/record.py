"""The live blogs that are watched: one record each, kept in Redis so that the file, the API and every fetcher agree."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

SOURCE_ID = r"^[a-z0-9][a-z0-9-]{0,79}$"


CANARY = "livebell-canary"
"""The blog of `livebell canary`: it rings for those alone who name it, and is in no feed, stream or list of entries."""


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A live blog to watch.

    `every` is the mean time between two polls while entries come, in seconds, `slowest` that of a quiet blog;
    `timezone` an IANA zone for times that carry none. Where no entry came for `expect_every` minutes, that is told.
    `robots` false fetches what the site's robots.txt does not want fetched.
    """

    id: Annotated[str, Meta(pattern=SOURCE_ID)]
    url: Annotated[str, Meta(max_length=2048)]
    title: Annotated[str, Meta(max_length=300)] | None = None
    every: Annotated[float, Meta(ge=0.2, le=86400)] = 15.0
    timezone: Annotated[str, Meta(max_length=60)] | None = None
    slowest: Annotated[float, Meta(ge=0.2, le=86400)] | None = None
    expect_every: Annotated[float, Meta(ge=1, le=10080)] | None = None
    robots: bool = True


def check_source(source: Source) -> None:
    """Raises ValueError that says what is wrong and how to mend it; whether the address may be called is decided at
    each poll."""
    parts = urlsplit(source.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("url: write it as https://host/path")
    if "@" in parts.netloc:
        raise ValueError("url: leave out the user name and password before the @")
    if source.timezone is not None and not _is_zone(source.timezone):
        raise ValueError(f"timezone: {source.timezone!r} is no IANA zone, write one such as Europe/London")
    if source.slowest is not None and source.slowest < source.every:
        raise ValueError(f"slowest: {source.slowest:g} seconds are less than `every`, {source.every:g}")


@lru_cache(1000)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def source_id(url: str) -> str:
    """An id that people can read, from the address: its last telling part, and 6 characters that keep it apart."""
    parts = urlsplit(url)
    words = re.sub(r"[^a-z0-9]+", "-", f"{parts.hostname or ''}{parts.path}".lower().removeprefix("www.")).strip("-")
    return f"{words[-60:].strip('-') or 'source'}-{hashlib.blake2b(url.encode(), digest_size=3).hexdigest()}"
