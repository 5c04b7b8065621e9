"""Whether an endpoint wants the traffic: it must answer with the challenge that we draw."""

from __future__ import annotations

import secrets

import msgspec

from services.notifier.delivering.retries import Answer, Outcome

SCHEDULE = (5.0, 30.0, 300.0)


def draw_challenge() -> str:
    return secrets.token_urlsafe(24)


def judged(found: Outcome, answer: Answer, challenge: str) -> Outcome:
    """The outcome, failed where what came back does not prove anything."""
    if found.kind == "delivered" and not _answers(answer, challenge):
        return Outcome(kind="failed", reason="The answer must be JSON that carries data.challenge as `challenge`.")
    return found


def _answers(answer: Answer, challenge: str) -> bool:
    try:
        told = msgspec.json.decode(answer.start)
    except msgspec.DecodeError:
        return False
    return isinstance(told, dict) and secrets.compare_digest(
        str(told.get("challenge", "")).encode(), challenge.encode()
    )
