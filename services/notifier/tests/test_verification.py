"""Whether what an endpoint answers proves that it wants the traffic."""

from __future__ import annotations

import json

import pytest

from services.notifier.channels.verification import draw_challenge, judged
from services.notifier.delivering.retries import Answer, Outcome

DELIVERED = Outcome(kind="delivered")


def test_challenges_cannot_be_guessed() -> None:
    drawn = {draw_challenge() for _ in range(100)}
    assert len(drawn) == 100
    assert min(map(len, drawn)) >= 32


def test_the_challenge_itself_proves_it() -> None:
    challenge = draw_challenge()
    assert judged(DELIVERED, Answer(status=200, start=json.dumps({"challenge": challenge})), challenge) is DELIVERED


@pytest.mark.parametrize(
    "start",
    ["", "OK", "c-1", '"c-1"', "[]", '["c-1"]', "{}", "null", '{"challenge": null}', '{"challenge": "c-2"}',
     '{"challenge": "c-1 "}', '{"data": {"challenge": "c-1"}}', '{"challenge": "c-1"', '{"challenge": "ç-1"}'],
)  # fmt: skip
def test_any_other_answer_fails(start: str) -> None:
    found = judged(DELIVERED, Answer(status=200, start=start), "c-1")
    assert found.kind == "failed"
    assert "challenge" in (found.reason or "")


def test_an_endpoint_that_could_not_be_reached_is_tried_again() -> None:
    retrying = Outcome(kind="retrying", wait=5.0, reason="answered 503")
    assert judged(retrying, Answer(status=503, start='{"challenge": "c-1"}'), "c-1") is retrying
