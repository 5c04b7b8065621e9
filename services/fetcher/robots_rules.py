"""What a robots.txt (RFC 9309) lets us fetch, read by Protego within bounds that a hostile file cannot pass."""

from __future__ import annotations

import re

from msgspec import Struct
from protego import Protego

MAX_BYTES = 500_000
"""RFC 9309 asks for 500 KiB at least; what comes after is not read."""
MAX_LINES = 50_000
MAX_DELAY = 60.0
"""Seconds: a site may ask us to be slow, not to stay away without saying so."""
_AGENT = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)
_NOBODY = "User-agent: nobody"


class Rules(Struct, frozen=True):
    """Of one origin, for us."""

    parsed: Protego
    token: str

    def allow(self, url: str) -> bool:
        return bool(self.parsed.can_fetch(url, self.token))

    @property
    def delay(self) -> float:
        """Seconds between two requests, 0 where the file does not say."""
        return min(self.parsed.crawl_delay(self.token) or 0.0, MAX_DELAY)


def read_rules(body: bytes, token: str) -> Rules:
    """`token` is the product token of our user agent (RFC 9309, 2.2.1)."""
    text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.splitlines()[:MAX_LINES]
    return Rules(Protego.parse("\n".join(_ours(line, token.lower()) for line in lines)), token)


def _ours(line: str, token: str) -> str:
    """Groups of others are one group: else the rules, kept once for each agent, would multiply."""
    if (found := _AGENT.match(line)) is None:
        return line
    named = found[1].strip().lower()
    return line if named in {"*", token} else _NOBODY
