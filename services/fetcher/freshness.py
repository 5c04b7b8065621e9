"""How long an answer stays fresh by its own word (RFC 9111): until then a site need not be asked again."""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_DIGITS = 9
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})(?!\d)", re.IGNORECASE)
_ALWAYS_ASK = re.compile(r"(?:^|[\s,])no-(?:cache|store)(?:[\s,]|$)", re.IGNORECASE)


def fresh_seconds(headers: Mapping[str, str], most: float) -> float:
    """What is left of Cache-Control's max-age once Age is taken off, at most `most`; 0 where nothing is said.

    `s-maxage` is for caches that others share, and Expires for those that know no max-age.
    """
    said = headers.get("cache-control")
    if said is None or (found := _MAX_AGE.search(said)) is None or _ALWAYS_ASK.search(said):
        return 0.0
    age = headers.get("age", "").strip()
    old = int(age[:MAX_DIGITS]) if age.isascii() and age.isdigit() else 0
    return float(min(most, max(0, int(found[1]) - old)))
