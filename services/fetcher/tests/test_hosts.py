from __future__ import annotations

from services.fetcher.hosts import MOST_HOSTS, Hosts


def test_so_many_at_a_time_and_no_more() -> None:
    hosts = Hosts(at_once=2)
    assert hosts.wait("a", 0) == 0
    hosts.begin("a", 0)
    assert hosts.wait("a", 0) == 0
    hosts.begin("a", 0)
    assert hosts.wait("a", 0) > 0
    assert hosts.wait("b", 0) == 0, "another host is free"
    hosts.end("a")
    assert hosts.wait("a", 0) == 0


def test_a_gap_between_two_beginnings() -> None:
    hosts = Hosts(at_once=8, gap=0.5)
    hosts.begin("a", 10.0)
    assert hosts.wait("a", 10.25) == 0.25
    assert hosts.wait("a", 10.5) == 0


def test_a_host_may_ask_for_a_longer_gap_but_not_for_a_shorter_one() -> None:
    hosts = Hosts(at_once=8, gap=1.0)
    hosts.slow_down("a", 5.0, 0.0)
    hosts.slow_down("b", 0.1, 0.0)
    assert (hosts.gap("a"), hosts.gap("b"), hosts.gap("c")) == (5.0, 1.0, 1.0)


def test_times_that_are_booked_lie_apart() -> None:
    hosts = Hosts(at_once=1, gap=2.0)
    assert [hosts.book("a", 100.0) for _ in range(3)] == [100.0, 102.0, 104.0]
    assert hosts.book("a", 200.0) == 200.0


def test_idle_hosts_are_forgotten_and_busy_ones_are_not() -> None:
    hosts = Hosts(at_once=1, gap=0.0)
    hosts.begin("busy", 0.0)
    for n in range(2 * MOST_HOSTS):
        hosts.begin(f"host-{n}", float(n))
        hosts.end(f"host-{n}")
    assert len(hosts._hosts) <= MOST_HOSTS
    assert hosts.wait("busy", 1e9) > 0


def test_the_end_of_a_request_to_a_host_that_was_forgotten_or_never_asked_is_none() -> None:
    hosts = Hosts(at_once=1)
    hosts.end("a")
    assert hosts.wait("a", 0) == 0
    hosts.begin("a", 0)
    hosts.end("a")
    hosts.end("a")
    hosts.begin("a", 0)
    assert hosts.wait("a", 0) > 0, "an end too many opens no second place"
