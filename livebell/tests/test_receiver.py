"""The demo's receiver over HTTP: what it accepts, what it shows, what it refuses."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from aiohttp import ClientResponse, ClientSession
from standardwebhooks import Webhook

from livebell.alert_line import MAX_LINE_TEXT, alert_line
from livebell.receiver import MAX_BODY_BYTES, receiving

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ALERT = {
    "type": "entry.created",
    "timestamp": "2026-03-04T12:00:00Z",
    "data": {
        "alert": "Ferry to Gotland turns back",
        "urgency": 0.82,
        "source": "gotland-ferries",
        "entry": {"id": "e1", "title": "Ferry turns back", "text": "The ferry is on its way back to Nynäshamn."},
        "blog": {"url": "https://news.example.org/live", "title": "Storm in the Baltic"},
    },
}


class Sender:
    def __init__(self, url: str, session: ClientSession) -> None:
        self._url, self._session = url, session
        self.shown: list[str] = []

    async def post(self, event: object, *, name: str = "msg_1", secret: str = SECRET) -> ClientResponse:
        body = msgspec.json.encode(event).decode()
        now = datetime.now(UTC)
        signature = Webhook(secret).sign(name, now, body)
        return await self.send(body, name, str(int(now.timestamp())), signature)

    async def send(self, body: str, name: str, timestamp: str, signature: str) -> ClientResponse:
        headers = {"webhook-id": name, "webhook-timestamp": timestamp, "webhook-signature": signature}
        return await self._session.post(self._url, data=body, headers=headers)


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Sender]:
    shown: list[str] = []
    async with receiving(SECRET, show=shown.append) as url, ClientSession() as session:
        sender = Sender(url, session)
        sender.shown = shown
        yield sender


async def test_a_signed_alert_is_shown_as_one_line():
    async with a_receiver() as sender:
        assert (await sender.post(ALERT)).status == 204
        assert len(sender.shown) == 1
        assert sender.shown[0].endswith("new        0.82  Ferry to Gotland turns back  gotland-ferries")


async def test_a_repeated_delivery_is_accepted_and_shown_once():
    async with a_receiver() as sender:
        for name in ("msg_1", "msg_1", "msg_2"):
            assert (await sender.post(ALERT, name=name)).status == 204
        assert len(sender.shown) == 2


async def test_the_challenge_is_given_back_and_not_shown():
    async with a_receiver() as sender:
        answer = await sender.post({"type": "endpoint.verification", "data": {"challenge": "c0ffee"}})
        assert (answer.status, (await answer.json())["challenge"]) == (200, "c0ffee")
        assert sender.shown == []


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,%%%", "v2,AAAA", "v1,AAAA v1"])
async def test_a_false_signature_is_refused(signature: str):
    async with a_receiver() as sender:
        answer = await sender.send("{}", "msg_1", str(int(datetime.now(UTC).timestamp())), signature)
        assert answer.status == 401
        assert sender.shown == []


async def test_another_secret_an_old_message_and_no_json_object_are_refused():
    other = "whsec_" + base64.b64encode(b"another secret of 24 bytes").decode()
    async with a_receiver() as sender:
        assert (await sender.post(ALERT, secret=other)).status == 401
        old = Webhook(SECRET).sign("msg_1", NOON, "{}")
        assert (await sender.send("{}", "msg_1", str(int(NOON.timestamp())), old)).status == 401
        assert (await sender.post(["no", "object"])).status == 401
        assert sender.shown == []


async def test_a_body_that_is_too_large_is_refused():
    async with a_receiver() as sender:
        assert (await sender.post({"type": "x" * MAX_BODY_BYTES})).status == 413


@pytest.mark.parametrize(
    ("kind", "data", "line"),
    [
        (
            "entry.deleted",
            {"entry": {"title": None, "text": "Withdrawn text"}, "source": {"id": "s"}},
            "Withdrawn text",
        ),
        ("blog.closed", {"blog": {"title": "Storm in the Baltic"}, "source": "s"}, "Storm in the Baltic"),
        ("source.failing", {"reason": "404 Not Found", "source": "s"}, "404 Not Found"),
        ("test", {}, "test"),
        ("entry.created", {"entry": "odd", "urgency": "high", "source": 7, "blog": []}, "entry.created"),
    ],
)
def test_every_kind_of_event_has_a_line(kind: str, data: dict[str, Any], line: str):
    assert line in alert_line(kind, data, at=NOON)


def test_what_a_stranger_wrote_does_not_steer_the_terminal():
    line = alert_line("entry.created", {"alert": "\x1b[2J\x9b31m\u202egone\n" + "x" * 500, "source": "s"}, at=NOON)
    assert line.isprintable()
    assert len(line) < MAX_LINE_TEXT + 60


def test_colour_tells_urgency():
    def shown(urgency: float) -> str:
        return alert_line("entry.created", {"alert": "Ferry turns back", "urgency": urgency}, at=NOON, colour=True)

    assert "\x1b[1;31mFerry" in shown(0.9)
    assert "\x1b[33mFerry" in shown(0.5)
    assert "\x1b[" not in shown(0.1).split("Ferry")[1]
