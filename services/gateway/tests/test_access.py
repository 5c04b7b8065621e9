from __future__ import annotations

import pytest
from litestar.testing import RequestFactory

from services.gateway.http import access
from services.gateway.http.access import Allowance, client_address


def address(peer: str, forwarded: str | None, proxies: tuple[str, ...]) -> str:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded} if forwarded else {})
    request.scope["client"] = (peer, 1)
    return client_address(request, proxies)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "client"),
    [
        ("203.0.113.9", None, (), "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", (), "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", ("10.0.0.0/8",), "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "rubbish", ("10.0.0.0/8",), "rubbish"),
        ("10.0.0.1", "198.51.100.1:4711", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", "[2001:db8:1:2::9]:4711", ("10.0.0.0/8",), "2001:db8:1:2::/64"),
        ("10.0.0.1", "x" * 9_000, ("10.0.0.0/8",), "x" * 64),
        ("10.0.0.1", None, ("10.0.0.0/8",), "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", None, (), "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", None, (), "203.0.113.9"),
    ],
)
def test_the_client_is_whom_no_trusted_proxy_stands_for(peer, forwarded, proxies, client):
    assert address(peer, forwarded, proxies) == client


def test_an_allowance_runs_out_and_fills_again():
    now = [0.0]
    allowance = Allowance(60, lambda: now[0])
    assert [allowance.take("a") for _ in range(60)] == [0.0] * 60
    assert allowance.take("a") == pytest.approx(1.0)
    assert allowance.take("b") == 0.0
    now[0] += 1.0
    assert allowance.take("a") == 0.0
    assert allowance.take("a") > 0
    now[0] += 3600
    assert sum(allowance.take("a") == 0.0 for _ in range(100)) == 60


def test_only_so_many_clients_are_remembered(monkeypatch):
    monkeypatch.setattr(access, "CLIENTS_REMEMBERED", 2)
    allowance = Allowance(1, lambda: 0.0)
    assert [allowance.take(client) for client in "abc"] == [0.0, 0.0, 0.0]
    assert allowance.take("c") > 0
    assert allowance.take("a") == 0.0
