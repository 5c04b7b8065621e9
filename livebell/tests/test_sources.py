"""`livebell sources` as a person or a script calls it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp import web
from redis.asyncio import Redis

from livebell.replay.recording import DEMO, load_recording
from livebell.replay.server import playing
from shared.keys import key
from shared.sources.fetch_state import FetchState
from shared.sources.record import Source
from shared.sources.store import SourceStore

STORM = "https://news.example/live/storm"


def sources(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "livebell", "sources", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


async def test_a_live_blog_is_added_listed_changed_and_removed(redis_url: str, redis: Redis) -> None:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return sources(*arguments, LIVEBELL_REDIS_URL=redis_url)

    added = call("add", STORM, "--id", "storm", "--every", "5", "--expect-every", "30", "--timezone", "Europe/London")
    assert (added.returncode, added.stdout) == (0, "storm\n"), added.stderr
    found = await SourceStore(redis, 1).get("storm")
    assert found is not None
    assert (found.url, found.every, found.expect_every, found.timezone) == (STORM, 5, 30, "Europe/London")
    assert "changed" in call("add", STORM, "--id", "storm", "--no-robots").stderr
    [line] = call("list").stdout.splitlines()
    assert line.split()[:2] == ["storm", "new"]
    [record] = map(json.loads, call("list", "--json").stdout.splitlines())
    assert (record["id"], record["robots"], record["status"]["state"]) == ("storm", False, "new")
    clash = call("add", f"{STORM}-2", "--id", "storm")
    assert clash.returncode == 1
    assert "--id" in clash.stderr
    assert call("remove", "storm").returncode == 0
    assert "sources list" in call("remove", "storm").stderr
    assert "sources add" in call("list").stderr
    assert await SourceStore(redis, 1).all() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["news.example/live"], "https://host/path"),
        (["http://10.0.0.1/live"], "LIVEBELL_ALLOW_TARGETS"),
        ([STORM, "--timezone", "Mars/Base"], "IANA zone"),
        ([STORM, "--every", "0.01"], "every"),
        ([STORM, "--slowest", "1"], "slowest"),
        ([STORM, "--id", "Storm!"], "id"),
        (["https://editor:s3cret@news.example/"], "before the @"),
    ],
)
def test_what_cannot_be_watched_is_said_in_a_sentence(words: list[str], said: str) -> None:
    result = sources("add", *words, LIVEBELL_REDIS_URL="redis://127.0.0.1:1/0")
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert "s3cret" not in result.stderr


def test_a_server_that_does_not_answer_is_named_with_what_to_do() -> None:
    result = sources("list", LIVEBELL_REDIS_URL="redis://127.0.0.1:1/0")
    assert result.returncode == 1
    assert "livebell up" in result.stderr
    assert "Traceback" not in result.stderr


async def test_a_trial_says_what_would_be_read() -> None:
    async with playing(load_recording(DEMO), history=1.0) as url:
        told = await asyncio.to_thread(sources, "test", url)
        machine = await asyncio.to_thread(sources, "test", url, "--json")
    assert told.returncode == 0, told.stderr
    assert "format    jsonld" in told.stdout
    assert "newest" in told.stdout
    assert "doubtful" in told.stdout
    found = json.loads(machine.stdout)
    assert found["entries"] > 50
    assert found["with_times"] == found["entries"]
    assert found["newest"][0]["published_at"] == found["newest_at"]


@contextlib.asynccontextmanager
async def serving(**pages: str) -> AsyncIterator[str]:
    async def answer(request: web.BaseRequest) -> web.Response:
        text = pages.get(request.path.strip("/").replace(".", "_"))
        return web.Response(text=text, content_type="text/html") if text is not None else web.Response(status=404)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    await runner.cleanup()


def live_blog(*updates: dict[str, str]) -> str:
    data = {"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": list(updates)}
    return f'<html><script type="application/ld+json">{json.dumps(data)}</script></html>'


async def test_a_trial_says_what_is_doubtful() -> None:
    page = live_blog({"@id": "#post1", "headline": "Ferries stop"}, {"@id": "#post2", "headline": "Wind rises"})
    robots = "User-agent: *\nDisallow: /blog\nCrawl-delay: 9"
    async with serving(blog=page, robots_txt=robots) as url:
        found = json.loads((await asyncio.to_thread(sources, "test", f"{url}/blog", "--json")).stdout)
    said = " ".join(found["doubtful"])
    for word in ("robots.txt", "9 s between", "timezone", "does not prove", "does not say whether it is live"):
        assert word in said


async def test_a_trial_of_what_is_no_live_blog_and_of_what_is_not_there() -> None:
    async with serving(page="<html><p>The weather</p></html>") as url:
        none = await asyncio.to_thread(sources, "test", f"{url}/page")
        missing = await asyncio.to_thread(sources, "test", f"{url}/missing")
    assert (none.returncode, none.stdout, len(none.stderr.splitlines())) == (3, "", 1)
    assert missing.returncode == 1
    assert "404" in missing.stderr


async def test_doctor_asks_for_a_contact_while_something_is_watched_and_names_what_fails(
    redis_url: str, redis: Redis
) -> None:
    def doctor(**environment: str) -> str:
        command = [sys.executable, "-m", "livebell", "doctor"]
        environment = {**os.environ, "LIVEBELL_REDIS_URL": redis_url, **environment}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment).stdout

    assert "LIVEBELL_CONTACT" not in doctor()
    await SourceStore(redis, 1).put(Source(id="storm", url=STORM))
    assert "LIVEBELL_CONTACT" in doctor()
    await redis.hset(key("{p0}", "fetch"), "storm", msgspec.msgpack.encode(FetchState(url=STORM, failures=2)))
    said = doctor(LIVEBELL_CONTACT="desk@news.example")
    assert "LIVEBELL_CONTACT" not in said
    assert "1 of 1 fail: storm" in said
