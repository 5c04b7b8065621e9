from __future__ import annotations

from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.notifier.delivering.circuits import (
    FIRST_SECONDS,
    LONGEST_SECONDS,
    OPENS_AFTER,
    PROBE_SECONDS,
    Circuit,
    after_failure,
    decode,
    encode,
    is_hopeless,
    is_open,
    probed,
)

NOW = 1_800_000_000.0


def failed(times: int, now: float = NOW, circuit: Circuit | None = None) -> Circuit:
    for _ in range(times):
        circuit = after_failure(circuit, now)
    assert circuit is not None
    return circuit


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    assert not is_open(failed(OPENS_AFTER - 1))
    opened = failed(OPENS_AFTER)
    assert is_open(opened)
    assert opened.open_until == int((NOW + FIRST_SECONDS) * 1000)


def test_whoever_was_under_way_does_not_open_it_again() -> None:
    assert failed(OPENS_AFTER + 20).open_until == failed(OPENS_AFTER).open_until
    assert failed(OPENS_AFTER + 20).opened == 1


def test_one_probe_goes_when_its_time_has_come_and_a_failed_one_opens_for_twice_as_long() -> None:
    opened = failed(OPENS_AFTER)
    assert probed(opened, NOW + FIRST_SECONDS - 1) is None
    now = NOW + FIRST_SECONDS
    probing = probed(opened, now)
    assert probing is not None
    assert probed(probing, now + PROBE_SECONDS - 1) is None
    assert probed(probing, now + PROBE_SECONDS) is not None, "a probe that never tells is followed by another"
    again = after_failure(probing, now + 1)
    assert again.open_until == int((now + 1 + 2 * FIRST_SECONDS) * 1000)
    assert not again.probing


def test_an_endpoint_that_asks_for_a_pause_gets_it_at_once() -> None:
    paused = after_failure(None, NOW, pause=42)
    assert (paused.open_until, paused.failures) == (int((NOW + 42) * 1000), 1)
    assert after_failure(failed(OPENS_AFTER), NOW, pause=1).open_until == failed(OPENS_AFTER).open_until


def test_days_of_failure_are_hopeless_and_a_quiet_week_is_not() -> None:
    long_ago = failed(OPENS_AFTER)
    assert not is_hopeless(long_ago, NOW + 4.9 * 86_400, 5)
    assert is_hopeless(long_ago, NOW + 5 * 86_400, 5)
    assert not is_hopeless(failed(1), NOW + 9 * 86_400, 5), "one failure says little"


times = st.integers(0, 2**52)


@given(st.builds(Circuit, st.integers(0, 10**6), times, times, st.integers(0, 99), st.integers(0, 1)))
def test_what_redis_keeps_is_what_was_written(circuit: Circuit) -> None:
    assert decode(encode(circuit)) == circuit
    assert decode(None) is None


class Life(RuleBasedStateMachine):
    """Whatever happens in whatever order."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.circuit: Circuit | None = None
        self.row = 0

    @rule(seconds=st.floats(0, 2000))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(pause=st.sampled_from((0.0, 0.0, 0.0, 30.0)))
    def one_fails(self, pause: float) -> None:
        self.circuit = after_failure(self.circuit, self.now, pause=pause)
        self.row += 1

    @rule()
    def one_succeeds(self) -> None:
        self.circuit, self.row = None, 0

    @rule()
    def a_probe_is_let_through(self) -> None:
        if self.circuit and is_open(self.circuit) and (probing := probed(self.circuit, self.now)):
            assert self.circuit.open_until <= self.now * 1000
            self.circuit = probing

    @invariant()
    def holds(self) -> None:
        if self.circuit is None:
            return
        assert self.circuit.failures == self.row
        assert self.circuit.since <= self.now * 1000
        assert self.circuit.open_until <= (self.now + LONGEST_SECONDS) * 1000
        if self.row >= OPENS_AFTER:
            assert is_open(self.circuit)


TestLife = Life.TestCase
