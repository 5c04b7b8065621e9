"""The client's commands against a gateway as it runs."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from livebell.replay.recording import load_recording
from services.gateway.tests.conftest import ADMIN, Gateway, running
from services.gateway.tests.make import enriched
from shared.keys import ENRICHED, key, source_partition
from shared.messages import Enrichment, encode

pytestmark = pytest.mark.parametrize("redis_url", ["valkey"], indirect=True)
HOOK = "http://127.0.0.1:9/hook"


@pytest.fixture
async def gateway(redis):
    async with running(redis) as started:
        yield started


class Command:
    def __init__(self, gateway: Gateway, home: Path) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LIVEBELL_")},
            "XDG_CONFIG_HOME": str(home),
            "LIVEBELL_GATEWAY": gateway.url,
        }

    async def start(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "livebell", *arguments, env={**self.environment, **environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def __call__(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        process = await self.start(*arguments, **environment)
        out, err = await asyncio.wait_for(process.communicate(), 30)
        return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture
def livebell(gateway: Gateway, tmp_path: Path) -> Command:
    return Command(gateway, tmp_path)


async def test_a_webhook_is_subscribed_looked_after_and_ended(livebell: Command, gateway: Gateway, tmp_path: Path):
    code, out, err = await livebell(
        "subscribe", HOOK, "--word", "ferry", "--word", "power cut", "--place", "DK", "--near", "55.5,8.4,30",
        LIVEBELL_ADMIN_TOKEN=ADMIN,
    )  # fmt: skip
    assert (code, err) == (0, "")
    made = json.loads(out)
    assert made["status"] == "active"
    [kept] = [one async for one in gateway.store.all()]
    assert (kept.filter.words, kept.filter.places) == (("ferry", "power cut"), ("DK",))
    assert kept.filter.near is not None
    file = tmp_path / "livebell" / "subscriptions.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    _, out, _ = await livebell("subscriptions")
    assert out.startswith(f"{made['id']}  active")
    assert (await livebell("subscriptions", "pause", made["id"]))[1] == "paused\n"
    assert (await livebell("subscriptions", "resume", made["id"]))[1] == "active\n"
    assert "Asked for" in (await livebell("subscriptions", "test", made["id"]))[1]
    assert json.loads((await livebell("subscriptions", "show", made["id"]))[1])["status"] == "active"
    assert "Nothing was delivered" in (await livebell("deliveries", made["id"]))[2]
    assert "0 asked for again" in (await livebell("deliveries", made["id"], "--recover", "2026-01-01T00:00:00Z"))[1]
    assert (await livebell("subscriptions", "delete", made["id"]))[1] == "Deleted.\n"
    assert await gateway.store.count() == 0
    assert "No subscriptions" in (await livebell("subscriptions"))[2]


async def test_the_operator_lists_everybodys(livebell: Command, gateway: Gateway):
    made = await gateway.subscribe({"channel": {"type": "webhook", "url": HOOK}})
    code, out, _ = await livebell("subscriptions", "list", "--all", LIVEBELL_ADMIN_TOKEN=ADMIN)
    assert (code, made["id"] in out, made["token"] in out) == (0, True, False)
    code, _, err = await livebell("subscriptions", "list", "--all")
    assert (code, "operator's token" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "tells"),
    [
        (("subscribe", "ftp://desk.example/"), "channel.url"),
        (("subscribe", HOOK, "--near", "here"), "LAT,LON,KM"),
        (("subscribe", HOOK, "--change", "exploded"), "none of created"),
        (("subscribe", HOOK, "--preferences", "{"), "no JSON"),
        (("subscriptions", "show", "sub_0"), "token"),
        (("deliveries", "../x"), "nothing at this address"),
        (("deliveries", "sub_0"), "token"),
        (("tail", "--since", "nonsense"), "Last-Event-ID"),
        (("tail", "--gateway", "nowhere"), "http://"),
        (("tail", "--gateway", "http://127.0.0.1:1"), "livebell up"),
    ],
)
async def test_what_goes_wrong_is_told_in_a_sentence(livebell: Command, arguments: tuple[str, ...], tells: str):
    code, out, err = await livebell(*arguments)
    assert (code > 0, out) == (True, "")
    assert tells in err
    assert "Traceback" not in err


async def test_trying_a_filter_makes_nothing(livebell: Command, gateway: Gateway):
    code, _, err = await livebell("subscribe", HOOK, "--word", "ferry", "--try")
    assert (code, "0 of the 0 entries" in err) == (0, True)
    await gateway.happen(enriched("e1", title="Ferry late", published_at=datetime.now(UTC)))
    _, out, err = await livebell("subscribe", HOOK, "--word", "ferry", "--try")
    assert "1 of the 1 entries" in err
    assert out.count("\n") == 1
    assert "Entry e1  ferry" in out
    _, out, _ = await livebell("subscribe", HOOK, "--word", "ferry", "--try", "--json")
    assert json.loads(out)["title"] == "Ferry late"
    assert await gateway.store.count() == 0


async def test_tail_says_that_a_live_blog_is_not_known(livebell: Command, gateway: Gateway):
    await gateway.happen(enriched("e1"))
    process = await livebell.start("tail", "--source", "fery")
    assert process.stderr is not None
    told = await asyncio.wait_for(process.stderr.readline(), 20)
    process.terminate()
    await process.wait()
    assert told.decode() == "No live blog is watched as fery: there are none. Waiting.\n"


async def test_tail_follows_and_goes_on_where_it_was(livebell: Command, gateway: Gateway):
    process = await livebell.start("tail", "--json", "--count", "2")
    await until_listening(gateway)
    await gateway.happen(enriched("e1"), enriched("e2", about=Enrichment(alert="\x1b[31mred")))
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    first, second = [json.loads(line) for line in out.splitlines()]
    assert (first["event"], first["data"]["id"], second["data"]["id"]) == ("entry.created", "e1", "e2")
    _, out, _ = await livebell("tail", "--since", first["id"], "--count", "1")
    assert "red" in out
    assert "\x1b" not in out


async def test_tail_takes_up_what_was_missed_while_the_gateway_was_away(livebell: Command, redis, tmp_path: Path):
    async with running(redis) as before:
        process = await livebell.start("tail", "--json", "--count", "2", LIVEBELL_GATEWAY=before.url)
        await until_listening(before)
        await before.happen(enriched("e1"))
        port = int(before.url.rpartition(":")[2])
        assert process.stdout is not None
        first = json.loads(await asyncio.wait_for(process.stdout.readline(), 10))
        before.follower.stop()
    tag = source_partition("ferry", 2)
    await redis.xadd(key(tag, ENRICHED), {"m": encode(enriched("e2"))})
    async with running(redis, listen_port=port):
        second = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        await asyncio.wait_for(process.wait(), 10)
    assert (first["data"]["id"], second["data"]["id"]) == ("e1", "e2")


async def until_listening(gateway: Gateway) -> None:
    async with asyncio.timeout(20):
        while gateway.follower.listeners == 0:
            await asyncio.sleep(0.02)


async def test_an_export_is_a_recording_that_plays(gateway: Gateway, tmp_path: Path):
    await gateway.happen(enriched("e1"), enriched("e2", minutes=5))
    _, _, told = await gateway.call("GET", "/export/ferry.ndjson")
    file = tmp_path / "ferry.ndjson"
    file.write_text(told)
    assert [revision.entry.id for revision in load_recording(file).entries] == ["e1", "e2"]
