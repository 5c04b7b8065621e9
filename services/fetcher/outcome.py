"""What an answer means: a changed page, an unchanged one, or a failure with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

from msgspec import Struct

from services.fetcher.freshness import fresh_seconds
from services.fetcher.reasons import Reason
from shared.outgoing.content_coding import BodyError, BombError, TooLargeError, decoded
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source

PAGE_STATUSES = frozenset((200, 203))
HASH_DIGITS = 32
MAX_CODING = 40
MAX_VALIDATOR = 1024
MAX_CONTENT_TYPE = 200
MAX_RETRY_AFTER = 86_400.0
"""Seconds: a site may ask us to stay away for a day, not for ever."""
MAX_FRESH = 86_400.0
_STATUS_REASONS = {401: Reason.FORBIDDEN, 403: Reason.FORBIDDEN, 404: Reason.NOT_FOUND, 410: Reason.GONE}
_STATUS_REASONS |= {429: Reason.RATE_LIMITED, 451: Reason.FORBIDDEN}


class Answer(Struct, frozen=True, kw_only=True):
    """What a site answered, after redirects. `headers` are those that we use, in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    coding: str = ""
    body: bytes
    """As it came, in its coding."""
    seen: float
    """Seconds since the epoch, when all of it was there."""


class Changed(Struct, frozen=True, kw_only=True):
    url: str
    body: bytes
    """Decoded."""
    wire_hash: str
    body_hash: str
    content_type: str | None
    etag: str
    last_modified: str
    seen: float
    fresh: float = 0.0
    """Seconds for which the answer is good by its own word."""


class Unchanged(Struct, frozen=True, kw_only=True):
    wire_hash: str
    etag: str
    last_modified: str
    seen: float
    fresh: float = 0.0


class Failed(Struct, frozen=True, kw_only=True):
    reason: Reason
    seen: float
    detail: str = ""
    retry_after: float = 0.0
    """Seconds that the site asked us to wait."""


Outcome: TypeAlias = Changed | Unchanged | Failed


def judge(source: Source, state: FetchState, answer: Answer, *, most_bytes: int) -> Outcome:
    """`most_bytes` bounds the page after decoding."""
    if answer.status in PAGE_STATUSES:
        return _page(source, state, answer, most_bytes)
    if answer.status == 304 and conditional(source, state):
        return Unchanged(
            wire_hash=state.wire_hash,
            etag=_validator(answer, "etag") or state.etag,
            last_modified=_validator(answer, "last-modified") or state.last_modified,
            seen=answer.seen,
            fresh=fresh_seconds(answer.headers, MAX_FRESH),
        )
    return Failed(
        reason=_reason(answer.status),
        seen=answer.seen,
        detail=f"status {answer.status}",
        retry_after=retry_after(answer.headers.get("retry-after", ""), answer.seen),
    )


def conditional(source: Source, state: FetchState) -> bool:
    """Whether a request may say what we have: it was had from the same address."""
    return state.url == source.url and bool(state.etag or state.last_modified)


def retry_after(value: str, now: float) -> float:
    """Seconds to wait, of a Retry-After header in either form (RFC 9110); 0 where there is none that can be read."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), MAX_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    moment = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        return min(max(0.0, (moment - datetime.fromtimestamp(now, UTC)).total_seconds()), MAX_RETRY_AFTER)
    except OverflowError:
        return 0.0


def encodable(text: str) -> str:
    """The text without lone surrogates, which stand for a header's odd bytes and have no place in a message or log."""
    return text.encode("utf-8", "replace").decode()


def _page(source: Source, state: FetchState, answer: Answer, most_bytes: int) -> Outcome:
    etag, last_modified = _validator(answer, "etag"), _validator(answer, "last-modified")
    fresh = fresh_seconds(answer.headers, MAX_FRESH)
    wire_hash = f"{encodable(answer.coding)[:MAX_CODING]}:{_hash(answer.body)}"
    known = state.url == source.url
    if known and wire_hash == state.wire_hash:
        return Unchanged(wire_hash=wire_hash, etag=etag, last_modified=last_modified, seen=answer.seen, fresh=fresh)
    try:
        body = decoded(answer.body, answer.coding, most_bytes)
    except BodyError as error:
        return Failed(reason=_body_reason(error), seen=answer.seen, detail=encodable(str(error)))
    if not body or body.isspace():
        return Failed(reason=Reason.EMPTY, seen=answer.seen)
    body_hash = _hash(body)
    if known and body_hash == state.body_hash:
        return Unchanged(wire_hash=wire_hash, etag=etag, last_modified=last_modified, seen=answer.seen, fresh=fresh)
    return Changed(
        url=answer.url,
        body=body,
        wire_hash=wire_hash,
        body_hash=body_hash,
        content_type=encodable(answer.headers.get("content-type", ""))[:MAX_CONTENT_TYPE] or None,
        etag=etag,
        last_modified=last_modified,
        seen=answer.seen,
        fresh=fresh,
    )


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:HASH_DIGITS]


def _body_reason(error: BodyError) -> Reason:
    if isinstance(error, BombError):
        return Reason.BOMB
    return Reason.TOO_LARGE if isinstance(error, TooLargeError) else Reason.UNDECODABLE


def _reason(status: int) -> Reason:
    if status in _STATUS_REASONS:
        return _STATUS_REASONS[status]
    if 400 <= status < 500:
        return Reason.CLIENT_ERROR
    return Reason.SERVER_ERROR if 500 <= status < 600 else Reason.UNEXPECTED_STATUS


def _validator(answer: Answer, name: str) -> str:
    """A validator that can be sent back as it is, or none."""
    value = answer.headers.get(name, "")
    return value if len(value) <= MAX_VALIDATOR and value.isascii() and value.isprintable() else ""
