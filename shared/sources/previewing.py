"""A live blog looked at before it is watched: the operator asks, the fetcher gets the page, the parser reads it."""

from __future__ import annotations

from msgspec import Struct

from shared.sources.preview import Preview
from shared.streams.asking import Desk, Question


class PageQuestion(Question, frozen=True, kw_only=True):
    """From the gateway to a fetcher. `timezone` is an IANA zone for times that carry none."""

    url: str
    timezone: str | None = None


class ReadQuestion(Question, frozen=True, kw_only=True):
    """The same question with the page, from a fetcher to a parser. `body` is compressed with zstd; `against` is what
    the site has against being fetched, in sentences."""

    url: str
    content_type: str | None
    body: bytes
    body_size: int
    seen: float
    timezone: str | None = None
    against: tuple[str, ...] = ()


class Previewed(Struct, frozen=True, kw_only=True):
    """The answer: a preview, or in a sentence why there is none."""

    preview: Preview | None = None
    problem: str = ""


FETCH = Desk("preview", PageQuestion, wait=30.0)
READ = Desk("preview:read", ReadQuestion, wait=30.0)
