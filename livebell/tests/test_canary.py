from __future__ import annotations

import base64
import json

from aiohttp.test_utils import TestClient, TestServer

from livebell.canary import ENTRIES, LAST_ARRIVAL, SHOWN, Canary
from services.notifier.channels.standard_webhooks import headers
from shared.channels.webhook_secrets import generate_secret

NOW = 1_790_000_000.0
SECRET = generate_secret()


def canary() -> tuple[Canary, list[float]]:
    times = [NOW]
    return Canary("http://canary:8010/", SECRET, clock=lambda: times[0]), times


def count(end: str) -> float:
    return ENTRIES.labels(end)._value.get()


def test_an_alert_counts_once() -> None:
    one, times = canary()
    name = one.post()
    times[0] += 7
    assert one.arrive(name) == 7
    assert one.arrive(name) is None
    assert one.arrive("somebody-elses") is None
    assert LAST_ARRIVAL._value.get() == NOW + 7


def test_what_has_left_the_page_without_its_alert_is_lost() -> None:
    one, _ = canary()
    before = count("lost")
    first = one.post()
    one.arrive(first)
    for _ in range(SHOWN):
        one.post()
    assert count("lost") == before
    one.post()
    assert count("lost") == before + 1


async def test_only_what_bears_our_signature_arrives() -> None:
    one, _ = canary()
    entry = one.post()
    body = json.dumps({"type": "entry.created", "data": {"entry": {"id": f"{one.blog}#{entry}"}}}).encode()
    before, refused = count("arrived"), count("refused")
    async with TestClient(TestServer(one.app())) as client:
        for secret, at, status in (
            ("whsec_" + base64.b64encode(b"x" * 32).decode(), NOW, 401),
            (SECRET, NOW - 3600, 401),
            (SECRET, NOW, 204),
        ):
            signed = headers([secret], delivery="msg_1", timestamp=int(at), body=body)
            assert (await client.post("/alerts", data=body, headers=signed)).status == status
        assert f"{one.blog}#{entry}" in await (await client.get("/blog")).text()
    assert (count("arrived"), count("refused")) == (before + 1, refused + 2)
