"""What an endpoint's answer means, and when to try again: the schedule that Standard Webhooks suggests, with jitter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from msgspec import Struct

JITTER = 0.2
LONGEST_RETRY_AFTER = 2.0
"""An endpoint may put us off for at most so many times the schedule's wait …"""
RETRY_AFTER_FLOOR_SECONDS = 60.0
"""… or for this long, where the schedule's wait is shorter."""
THROTTLED_SECONDS = 5.0
THROTTLED = frozenset({429, 502, 504})
"""The statuses by which Standard Webhooks asks a sender to slow down."""


class Answer(Struct, frozen=True, kw_only=True):
    """What came back: a status with the response's start, or the error that came instead. Seconds it took."""

    status: int | None = None
    error: str | None = None
    start: str = ""
    retry_after: str | None = None
    seconds: float = 0.0


class Outcome(Struct, frozen=True, kw_only=True):
    """`gone` means that the subscription is at an end, `failed` that this delivery is, `waiting` that it was put off
    without having been tried. `wait` in seconds."""

    kind: Literal["delivered", "retrying", "failed", "gone", "waiting"]
    wait: float = 0.0
    reason: str | None = None


def outcome(
    channel: str, answer: Answer, *, attempt: int, schedule: Sequence[float], now: float, jitter: float
) -> Outcome:
    """`attempt` counts from 1; `jitter` is a random number from -1 to 1."""
    status = answer.status
    if status is not None and 200 <= status < 300:
        return Outcome(kind="delivered")
    reason = answer.error or f"answered {status}"
    if status in _GONE[channel]:
        return Outcome(kind="gone", reason=reason)
    if status in _FINAL[channel] or attempt > len(schedule):
        return Outcome(kind="failed", reason=reason)
    wait = schedule[attempt - 1]
    asked = retry_after(answer.retry_after, now)
    if asked is not None:
        wait = min(max(asked, wait), max(wait * LONGEST_RETRY_AFTER, RETRY_AFTER_FLOOR_SECONDS))
        return Outcome(kind="retrying", wait=wait, reason=reason)
    return Outcome(kind="retrying", wait=wait * (1 + JITTER * jitter), reason=reason)


_GONE = {"webpush": frozenset({404, 410}), "webhook": frozenset({410}), "apprise": frozenset[int]()}
"""RFC 8030 ends a push subscription with 404 or 410, and with nothing else; Standard Webhooks an endpoint with 410."""
_FINAL = {"webpush": frozenset({400, 401, 403, 413}), "webhook": frozenset[int](), "apprise": frozenset[int]()}
"""Another try would be answered the same: a bad request, a key that does not match, a body that is too large."""


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait, from a number or an HTTP date (RFC 9110, section 10.2.3)."""
    if not value:
        return None
    if value.isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.fromtimestamp(now, UTC)).total_seconds())


def pause(answer: Answer, now: float) -> float:
    """Seconds for which an endpoint asks to be left alone altogether, 0 where it asks for nothing."""
    if answer.status is None or 200 <= answer.status < 300:
        return 0.0
    asked = retry_after(answer.retry_after, now)
    if asked is None:
        return THROTTLED_SECONDS if answer.status in THROTTLED else 0.0
    return min(asked, RETRY_AFTER_FLOOR_SECONDS)
