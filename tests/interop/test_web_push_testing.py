"""Pushes as npm's `web-push-testing` reads them: its own browser keys, its own decryption, its own check of the VAPID
token."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from benchmarks.support.notifier import happen, notifier, subscribe
from benchmarks.support.service import free_port
from shared.channels.vapid_keys import generate_key
from shared.subscriptions.record import ACTIVE, Filter, PushKeys, Subscription, WebPushChannel
from tests.stack import until

PACKAGE = "web-push-testing@1.2.2"
BROWSERS = 20


async def test_npms_push_service_reads_every_push(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    vapid = generate_key()
    settings = {"LIVEBELL_VAPID_PRIVATE_KEY": vapid.private, "LIVEBELL_ALLOW_TARGETS": "localhost,127.0.0.0/8,::1/128"}
    async with push_testing(tmp_path) as base, aiohttp.ClientSession(base) as http:
        browsers = [await browser(http, vapid.public) for _ in range(BROWSERS)]
        await subscribe(redis, (subscription(number, one) for number, one in enumerate(browsers)))
        async with notifier(redis_url, redis, tmp_path, **settings):
            await happen(redis, 0)
            for one in browsers:
                await until(lambda one=one: has_messages(http, one["clientHash"], 1), 30)
        for one in browsers:
            [message] = await messages(http, one["clientHash"])
            assert '"web_push":8030' in message.replace(" ", "")


async def browser(http: aiohttp.ClientSession, server_key: str) -> dict:
    async with http.post("/subscribe", data={"userVisibleOnly": "true", "applicationServerKey": server_key}) as answer:
        assert answer.status == 200, await answer.text()
        return (await answer.json())["data"]


def subscription(number: int, one: dict) -> Subscription:
    return Subscription(
        id=f"sub_{number:020x}",
        channel=WebPushChannel(endpoint=one["endpoint"], keys=PushKeys(**one["keys"])),
        filter=Filter(sources=("storm",)),
        status=ACTIVE,
        token_hash="0" * 64,
        created_at=0.0,
    )


async def messages(http: aiohttp.ClientSession, browser: str) -> list[str]:
    async with http.post("/get-notifications", json={"clientHash": browser}) as answer:
        return (await answer.json())["data"]["messages"] if answer.status == 200 else []


async def has_messages(http: aiohttp.ClientSession, browser: str, count: int) -> bool:
    return len(await messages(http, browser)) >= count


@asynccontextmanager
async def push_testing(folder: Path) -> AsyncIterator[str]:
    """The server, installed into the folder; skips, with the reason, where npm cannot."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no npm is found: apt-get install npm")
    (folder / "package.json").write_text('{"private": true}')
    install = await asyncio.create_subprocess_exec(
        npm, "install", "--no-audit", "--no-fund", PACKAGE, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await install.communicate()
    if install.returncode:
        pytest.skip(f"npm cannot install {PACKAGE}: {told.decode()[-200:]}")
    port = free_port()
    start = (
        "const Server = require('web-push-testing/src/server');"
        "const {PushApiModel} = require('web-push-testing/src/PushApiModel');"
        f"new Server(new PushApiModel(), {port}).startServer()"
    )
    process = await asyncio.create_subprocess_exec(node, "-e", start, cwd=folder, stdout=asyncio.subprocess.DEVNULL)
    try:
        base = f"http://localhost:{port}"
        async with aiohttp.ClientSession(base) as http:
            await until(lambda: stands(http), 20)
        yield base
    finally:
        process.terminate()
        await process.wait()


async def stands(http: aiohttp.ClientSession) -> bool:
    try:
        async with http.post("/status") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
