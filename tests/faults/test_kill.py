"""Faults on purpose: every process is killed in turn under a steady load, and an independent ledger is compared."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.connection import connect
from shared.keys import DELIVERIES, ENRICHED, ENTRIES, dead, key
from shared.messages import EntryEnriched, decode
from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import WebhookReceiver
from tests.stack import SERVICES, Stack, livebell_up, serving, until

BLOGS = 3
POST_SECONDS = 0.1
ROUNDS = int(os.environ.get("LIVEBELL_FAULT_ROUNDS", "10"))
ENVIRONMENT = {"LIVEBELL_APPENDFSYNC": "always", "LIVEBELL_CLAIM_IDLE": "2", "LIVEBELL_RETRY_SCHEDULE": "1,1,2,2,5,5"}


@dataclass
class Writer:
    """Posts entries to the blogs in turn and keeps its own record of what it posted."""

    blogs: list[LiveBlog]
    posted: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Writer]:
        task = asyncio.create_task(self._write())
        yield self
        task.cancel()

    async def _write(self) -> None:
        while True:
            name = f"post-{len(self.posted)}"
            self.blogs[len(self.posted) % len(self.blogs)].post(
                name, f"Report {name} from Esbjerg", f"Crews in Denmark answered call {name} at the harbour."
            )
            self.posted.append(name)
            await asyncio.sleep(POST_SECONDS)


async def kill_each_in_turn(up: Stack, victims: tuple[str, ...], rounds: int) -> None:
    for _ in range(rounds):
        for victim in victims:
            await until(lambda victim=victim: up.pid(victim) is not None, 30)
            killed = up.kill(victim)
            await until(lambda victim=victim, killed=killed: up.pid(victim) not in {None, killed}, 30)


async def run_under_faults(tmp_path: Path, victims: tuple[str, ...], rounds: int) -> None:
    writer, hook = Writer([LiveBlog(f"blog-{n}") for n in range(BLOGS)]), WebhookReceiver()
    for blog in writer.blogs:
        blog.post(f"{blog.name}-first", "First", "Taken in quietly.")
    async with serving(LiveBlogs(*writer.blogs).app()) as blogs, serving(hook.app()) as hook_url:
        sources = "".join(
            f'[[source]]\nid = "{blog.name}"\nurl = "{blogs}/{blog.name}"\nevery = 0.3\n' for blog in writer.blogs
        )
        async with livebell_up(tmp_path / "data", sources=sources, environment=ENVIRONMENT) as up:
            made = await up.subscribe({"type": "webhook", "url": f"{hook_url}/hook"})
            hook.secret = made["secret"]
            await until(lambda: _all_known(up, writer.blogs))
            async with writer.writing():
                await kill_each_in_turn(up, victims, rounds)

            def arrived() -> set[str]:
                return {delivery.entry for delivery in hook.received}

            await until(
                lambda: arrived() >= set(writer.posted), 120, lambda: sorted(set(writer.posted) - arrived())[:20]
            )
            await until(up.ready, 60)
            await check_inside(up, writer.posted)
    assert hook.errors == []
    assert arrived() == set(writer.posted)
    ids_of: dict[str, set[str]] = {}
    for delivery in hook.received:
        ids_of.setdefault(delivery.entry, set()).add(delivery.id)
    assert {entry: ids for entry, ids in ids_of.items() if len(ids) > 1} == {}, "a repeat bears the same id"


async def check_inside(up: Stack, posted: list[str]) -> None:
    """Nothing is doubled in a stream, and nothing lies in a dead-letter stream."""
    client = connect(up.redis_url, "test")
    try:
        for tag, kinds in (("{p0}", (ENTRIES, ENRICHED)), ("{d0}", (DELIVERIES,))):
            for kind in kinds:
                assert await client.xlen(dead(key(tag, kind))) == 0, kind
        enriched = [decode(fields[b"m"]) for _, fields in await client.xrange(key("{p0}", ENRICHED))]
        rang = Counter(m.changed.entry.id for m in enriched if isinstance(m, EntryEnriched) and not m.changed.quiet)
        assert rang == Counter(posted)
    finally:
        await client.aclose()


async def _all_known(up: Stack, blogs: list[LiveBlog]) -> bool:
    return all([len(await up.entries(blog.name)) == len(blog.posts) for blog in blogs])


@pytest.mark.parametrize("victim", [*SERVICES, "valkey"])
async def test_killing_a_process_once_loses_and_doubles_nothing(tmp_path: Path, victim: str) -> None:
    await run_under_faults(tmp_path, (victim,), 1)


@pytest.mark.slow
async def test_killing_every_process_ten_times_over_loses_and_doubles_nothing(tmp_path: Path) -> None:
    await run_under_faults(tmp_path, (*SERVICES, "valkey"), ROUNDS)
