"""The circuit of each push service, with a clock that the test turns."""

from __future__ import annotations

import pytest

from services.notifier.delivering import origins as limits
from services.notifier.delivering.origins import LONGEST_PAUSE_SECONDS, Origins
from services.notifier.delivering.retries import Answer

PUSH, OTHER = "https://push.example", "https://other.example"
DOWN, BUSY, TAKEN = Answer(status=503), Answer(status=429), Answer(status=201)


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_pause_that_a_service_asks_for_holds_for_it_alone_and_within_a_bound() -> None:
    clock = Clock()
    origins = Origins(clock)
    assert origins.wait(PUSH) == origins.claim(PUSH) == 0.0
    origins.observe(PUSH, BUSY, 30.0)
    assert origins.wait(PUSH) == pytest.approx(30.0, abs=0.01)
    assert origins.wait(OTHER) == 0.0
    clock.now += 31
    assert origins.wait(PUSH) == 0.0
    origins.observe(OTHER, BUSY, 86_400.0)
    assert origins.wait(OTHER) == pytest.approx(LONGEST_PAUSE_SECONDS, abs=0.01)


def test_429_alone_asks_for_a_second() -> None:
    origins = Origins(Clock())
    origins.observe(PUSH, BUSY, None)
    assert origins.wait(PUSH) >= 1.0 - 0.01


def test_after_a_pause_one_probes_while_others_wait() -> None:
    clock = Clock()
    origins = Origins(clock)
    origins.observe(PUSH, BUSY, 30.0)
    assert origins.claim(PUSH) > 0.0, "while it lasts nobody is the probe"
    clock.now += 31
    assert origins.claim(PUSH) == 0.0
    assert origins.claim(PUSH) > 0.0
    origins.observe(PUSH, TAKEN, None)
    assert origins.claim(PUSH) == origins.claim(PUSH) == 0.0


@pytest.mark.parametrize("status", [None, 500, 503])
def test_a_service_that_fails_again_and_again_is_left_alone(status: int | None) -> None:
    origins = Origins(Clock())
    for _ in range(20):
        origins.observe(PUSH, Answer(status=status, error=None if status else "reset"), None)
    assert origins.wait(PUSH) > 0.0


@pytest.mark.parametrize("status", [201, 400, 404, 410, 413, 499])
def test_what_speaks_of_one_subscription_says_that_the_service_works(status: int) -> None:
    origins = Origins(Clock())
    for _ in range(20):
        origins.observe(PUSH, DOWN, None)
    origins.observe(PUSH, Answer(status=status), 60.0)
    assert origins.wait(PUSH) == 0.0


def test_as_many_services_as_anybody_names_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ORIGINS", 3)
    origins = Origins(Clock())
    for number in range(4):
        origins.observe(f"https://push{number}.example", BUSY, 30.0)
    assert [origins.wait(f"https://push{number}.example") > 0 for number in range(4)] == [False, False, False, True]
