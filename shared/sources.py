"""The live blogs that are watched: one record each, kept in Redis so that the file, the API and every fetcher agree."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

SOURCE_ID = r"^[a-z0-9][a-z0-9-]{0,79}$"


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A live blog to watch.

    `every` is the mean time between two polls, in seconds; `timezone` an IANA zone for times that carry none.
    """

    id: Annotated[str, Meta(pattern=SOURCE_ID)]
    url: Annotated[str, Meta(max_length=2048)]
    title: Annotated[str, Meta(max_length=300)] | None = None
    every: Annotated[float, Meta(ge=0.2, le=86400)] = 15.0
    timezone: Annotated[str, Meta(max_length=60)] | None = None


def source_id(url: str) -> str:
    """An id that people can read, from the address: its last telling part, and 6 characters that keep it apart."""
    parts = urlsplit(url)
    words = re.sub(r"[^a-z0-9]+", "-", f"{parts.hostname or ''}{parts.path}".lower().removeprefix("www.")).strip("-")
    return f"{words[-60:].strip('-') or 'source'}-{hashlib.blake2b(url.encode(), digest_size=3).hexdigest()}"
