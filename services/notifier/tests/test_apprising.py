"""Apprise, through a service of its own that posts JSON; skipped where it is not installed."""

from __future__ import annotations

import importlib.util
import json

import pytest

from services.notifier.channels.apprising import notify
from services.notifier.tests.conftest import Bench, Endpoints, status
from shared.subscriptions.record import AppriseChannel

INSTALLED = importlib.util.find_spec("apprise") is not None
needs_apprise = pytest.mark.skipif(not INSTALLED, reason="Apprise is not installed: pip install apprise")


def channel(bench: Bench, path: str) -> AppriseChannel:
    return AppriseChannel(url=bench.endpoints.base.replace("http://", "json://") + path)


@needs_apprise
async def test_title_text_and_address_arrive(bench: Bench, endpoints: Endpoints) -> None:
    await bench.subscribe("a", channel=channel(bench, "/ok"))
    await bench.publish(["sub_a"], channel="apprise")
    await bench.work()
    [(_, _, body)] = endpoints.seen["/ok"]
    assert json.loads(body)["title"]
    assert "https://livebell.example/" in json.loads(body)["message"]
    assert [one.status for one in await bench.log("a")] == ["delivered"]


@needs_apprise
async def test_what_is_not_taken_is_tried_again(bench: Bench, endpoints: Endpoints) -> None:
    endpoints.answers["sick"] = status(500)
    await bench.subscribe("a", channel=channel(bench, "/sick"))
    await bench.publish(["sub_a"], channel="apprise")
    await bench.work()
    assert [(one.status, one.error) for one in await bench.log("a")] == [("retrying", "was not taken")]
    assert len(await bench.waiting()) == 1


@needs_apprise
async def test_an_address_that_apprise_does_not_know() -> None:
    assert "no address" in str((await notify("nothing://here", "t", "b", 1.0)).error)


@pytest.mark.skipif(INSTALLED, reason="Apprise is installed")
async def test_without_apprise_the_log_says_what_to_install(bench: Bench) -> None:
    await bench.subscribe("a", channel=channel(bench, "/ok"))
    await bench.publish(["sub_a"], channel="apprise")
    await bench.work()
    [record] = await bench.log("a")
    assert "pip install livebell[apprise]" in (record.error or "")
