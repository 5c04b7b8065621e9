"""The parser's shell: a page in, what changed on it out, and what is known of the source brought up to date."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import zstandard
from prometheus_client import Counter, Histogram
from redis.asyncio import Redis

from services.parser.difference import Bounds, Difference, Fetched, difference
from services.parser.doubts import FAILED
from services.parser.limits import PAGE_BYTES
from services.parser.memo import Memo, Memos
from services.parser.memory import Memory, Remembered
from services.parser.previewing import follow_previews
from services.parser.reading import NoLiveBlogError, read_page
from services.parser.settings import Settings
from shared.keys import ENTRIES, PAGES, READ, key, source_partitions
from shared.messages import (
    CREATED,
    FAILING,
    RECOVERED,
    Message,
    PageFetched,
    PageRead,
    Passed,
    SourceHealth,
    encode,
    event_id,
)
from shared.records import Page
from shared.service import Service
from shared.streams.commit import Commit, Write, publish
from shared.streams.hop import Hop
from shared.telemetry.logs import get_logger
from shared.telemetry.metrics import LATENCY_BUCKETS, REGISTRY
from shared.telemetry.tracing import carrying

GROUP = "parser"
PAGES_A_READ = 25
"""Few: of two replicas that hold pages of one source at the same time one reads its page twice."""
AGE_BUCKETS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
PAGES_READ = Counter(
    "livebell_pages_total",
    "Pages by format; `none` for one that holds no live blog, `old` for one that came after a newer one.",
    ["format"],
    registry=REGISTRY,
)
PARSE_SECONDS = Histogram(
    "livebell_parse_seconds", "Time to read and compare one page.", buckets=LATENCY_BUCKETS, registry=REGISTRY
)
ENTRIES_CHANGED = Counter(
    "livebell_entries_changed_total",
    "Entries by change; quiet ones were taken in without alerting.",
    ["change", "quiet"],
    registry=REGISTRY,
)
READERS_FAILED = Counter(
    "livebell_readers_failed_total", "Formats' readers that a page broke, by format.", ["format"], registry=REGISTRY
)
PUBLISHED_TO_SEEN = Histogram(
    "livebell_published_to_seen_seconds",
    "How old a new entry was when its page was seen, by the page's own time.",
    buckets=AGE_BUCKETS,
    registry=REGISTRY,
)
PAGE_DOUBTS = Counter(
    "livebell_page_doubts_total", "What could not be read for certain, by reason.", ["reason"], registry=REGISTRY
)
log = get_logger()


async def run(settings: Settings) -> None:
    service = Service("parser", settings)
    bounds = Bounds(max_age=settings.max_alert_age, entries=settings.known_entries)
    stages = {key(tag, PAGES): Stage(service.redis, tag, bounds) for tag in source_partitions(settings.partitions)}

    def on_batch(stream: str) -> Hop:
        stage = stages[stream]
        return Hop(
            service.redis,
            stream=stream,
            group=GROUP,
            max_attempts=settings.max_attempts,
            handle=stage.handle,
            prepare=stage.prepare,
            forget=stage.forget,
        )

    service.consume(source_partitions(settings.partitions), PAGES, GROUP, on_batch, most=PAGES_A_READ)
    service.every(0, "preview", lambda: follow_previews(service.redis))
    await service.run()


class Stage:
    """The step of one slot: pages of its sources in, changes of their entries out."""

    def __init__(self, client: Redis, tag: str, bounds: Bounds) -> None:
        self._memory = Memory(client, tag)
        self._output = key(tag, ENTRIES)
        self._told = key(tag, READ)
        self._memos = Memos()
        self._bounds = bounds

    async def prepare(self, messages: Sequence[Message]) -> None:
        """Replicas take turns at a source: a page that is read against what another has written since is read twice."""
        await self._memory.refresh({message.source for message in messages if isinstance(message, PageFetched)})

    async def handle(self, message: Message) -> Commit:
        if not isinstance(message, PageFetched):
            raise TypeError(f"{type(message).__name__} does not belong into the stream {PAGES}.")
        before = await self._memory.recall(message.source)
        if before.seq and message.seq <= int(before.seq):
            PAGES_READ.labels("old").inc()
            return Commit()
        guard = self._memory.guard(message.source, before)
        try:
            with PARSE_SECONDS.time():
                page = _read(message, self._memos.of(message.source))
                found = difference(before.known, page, _fetched(message), self._bounds)
        except NoLiveBlogError as error:
            return Commit(self._unreadable(message, before, str(error)), guard)
        _observe(message, page, found)
        return Commit(self._changes(message, before, page, found), guard)

    def forget(self, message: Message) -> None:
        if isinstance(message, PageFetched):
            self._memory.forget(message.source)

    def _changes(self, message: PageFetched, before: Remembered, page: Page, found: Difference) -> Sequence[Write]:
        recovered = (_health(message, RECOVERED, before.unreadable, ""),) if before.unreadable else ()
        out = [publish(self._output, encode(carrying(change))) for change in (*recovered, *found.entries, *found.blog)]
        told = publish(self._told, encode(_page_read(message, page, found)))
        return [*out, told, *self._memory.learn(message.source, found)]

    def _unreadable(self, message: PageFetched, before: Remembered, reason: str) -> Sequence[Write]:
        """Told once, when a source's pages stop holding a live blog; a part of one may hold nothing new."""
        PAGES_READ.labels("none").inc()
        log.warning("page.unreadable", source=message.source, url=message.url, bytes=message.body_size, reason=reason)
        if message.part:
            return self._memory.pass_over(message.source, before, message.seq)
        told = () if before.unreadable else (_health(message, FAILING, message.passed.seen, reason),)
        out = [publish(self._output, encode(health)) for health in told]
        return [*out, *self._memory.learn_unreadable(message.source, before, message.seq, message.passed.seen)]


def _read(message: PageFetched, memo: Memo) -> Page:
    body = zstandard.ZstdDecompressor().decompress(message.body, max_output_size=min(message.body_size, PAGE_BYTES))
    return read_page(
        body,
        url=message.url,
        content_type=message.content_type,
        fetched_at=datetime.fromtimestamp(message.passed.seen, UTC),
        timezone=message.timezone,
        memo=Memo() if message.part else memo,
    )


def _fetched(message: PageFetched) -> Fetched:
    return Fetched(
        source=message.source, seq=message.seq, seen=message.passed.seen, parsed=time.time(), part=message.part
    )


def _page_read(message: PageFetched, page: Page, found: Difference) -> PageRead:
    blog = found.known.blog
    return PageRead(
        source=message.source,
        seq=message.seq,
        live=blog.live,
        next_url=blog.next_url,
        created=sum(change.change == CREATED for change in found.entries),
        newest=found.known.newest,
        more=page.more,
        poll_url=page.poll_url,
        passed=Passed(seen=message.passed.seen, parsed=time.time()),
    )


def _health(message: PageFetched, change: str, since: float, reason: str) -> SourceHealth:
    return SourceHealth(
        id=event_id(message.source, "readable", change, message.seq),
        source=message.source,
        url=message.url,
        change=change,
        since=since,
        reason=reason,
        passed=Passed(seen=message.passed.seen, parsed=time.time()),
    )


def _observe(message: PageFetched, page: Page, found: Difference) -> None:
    PAGES_READ.labels(page.blog.format).inc()
    for doubt in page.doubts:
        broken = doubt.reason.startswith(FAILED)
        PAGE_DOUBTS.labels(FAILED if broken else doubt.reason).inc(doubt.count)
        if broken:
            reader = doubt.reason.removeprefix(f"{FAILED}: ").partition(",")[0]
            READERS_FAILED.labels(reader).inc(doubt.count)
    counts: dict[str, int] = {}
    for change in found.entries:
        ENTRIES_CHANGED.labels(change.change, str(change.quiet).lower()).inc()
        if change.change == CREATED and not change.quiet and change.entry.published_at is not None:
            age = message.passed.seen - change.entry.published_at.timestamp()
            PUBLISHED_TO_SEEN.observe(max(0.0, age))
        counts[change.change] = counts.get(change.change, 0) + 1
    log.info(
        "page.parsed",
        source=message.source,
        seq=message.seq,
        format=page.blog.format,
        entries=len(page.entries),
        bytes=message.body_size,
        **counts,
        quiet=sum(change.quiet for change in found.entries),
        doubts={doubt.reason: doubt.count for doubt in page.doubts} or None,
    )
