"""The parser's step against a real server: what is remembered, and two replicas that hold two pages of one source."""

from __future__ import annotations

import time

import zstandard
from redis.asyncio import Redis

from services.parser.app import Stage
from services.parser.difference import Bounds
from services.parser.tests.pages import html, live_blog, update
from shared.keys import ENTRIES, PAGES, READ, key
from shared.messages import EntryChanged, PageFetched, PageRead, Passed, SourceHealth, decode, encode
from shared.streams.consumer import Record
from shared.streams.hop import Hop
from shared.telemetry.metrics import MESSAGES

TAG = "{p0}"
STREAM = key(TAG, PAGES)


def page(seq: int, body: bytes, *, part: bool = False) -> PageFetched:
    return PageFetched(
        source="storm",
        url="https://news.example/live/storm",
        seq=seq,
        body=zstandard.compress(body),
        body_size=len(body),
        content_type="text/html",
        part=part,
        passed=Passed(seen=time.time()),
    )


def blog(*names: str) -> bytes:
    return html(live_blog(*(update(name, datePublished=None) for name in names)))


class Replica:
    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.stage = Stage(redis, TAG, Bounds(max_age=1800.0, entries=1000))
        self.hop = Hop(
            redis,
            stream=STREAM,
            group="parser",
            max_attempts=3,
            handle=self.stage.handle,
            prepare=self.stage.prepare,
            forget=self.stage.forget,
        )

    async def take(self, *messages: PageFetched) -> None:
        """Reads the messages as the group would, and commits them."""
        await self.hop([await held(self.redis, message) for message in messages])


async def held(redis: Redis, message: PageFetched) -> Record:
    body = encode(message)
    await redis.xadd(STREAM, {"m": body})
    [[_, [(record, _)]]] = await redis.xreadgroup("parser", "one", {STREAM: ">"}, count=1)
    return Record(record, body)


async def replica(redis: Redis) -> Replica:
    await redis.xgroup_create(STREAM, "parser", id="0", mkstream=True)
    return Replica(redis)


async def told(redis: Redis) -> list[tuple[str, str]]:
    messages = [decode(fields[b"m"]) for _, fields in await redis.xrange(key(TAG, ENTRIES))]
    return [
        (message.change, message.entry.id if isinstance(message, EntryChanged) else message.source)
        for message in messages
        if isinstance(message, EntryChanged | SourceHealth)
    ]


async def test_what_is_known_outlives_the_process(redis: Redis) -> None:
    await (await replica(redis)).take(page(1, blog("a")), page(2, blog("b", "a")))
    await Replica(redis).take(page(3, blog("c", "b", "a")))
    assert await told(redis) == [("created", "a"), ("created", "b"), ("created", "c")]


async def test_of_two_replicas_with_two_pages_the_loser_computes_again(redis: Redis) -> None:
    one = await replica(redis)
    await one.take(page(1, blog("a")))
    two = Replica(redis)
    await two.stage.handle(page(1, blog("a")))  # fills its memory with what is true now
    await one.take(page(2, blog("b", "a")))
    two.hop = Hop(
        redis, stream=STREAM, group="parser", max_attempts=3, handle=two.stage.handle, forget=two.stage.forget
    )
    await two.take(page(3, blog("c", "b", "a")))  # as if the other had written after this one looked
    assert await told(redis) == [("created", "a"), ("created", "b"), ("created", "c")]
    assert (await redis.xpending(STREAM, "parser"))["pending"] == 0


async def test_replicas_that_take_turns_at_a_source_read_each_page_once(redis: Redis) -> None:
    one = await replica(redis)
    two = Replica(redis)
    stale = MESSAGES.labels(PAGES, "stale")
    before = stale._value.get()
    for seq in range(1, 7):
        await (one, two)[seq % 2].take(page(seq, blog(*"abcdef"[seq - 1 :: -1])))
    assert await told(redis) == [("created", name) for name in "abcdef"]
    assert stale._value.get() == before


async def test_an_older_page_that_comes_late_is_acknowledged_and_changes_nothing(redis: Redis) -> None:
    one = await replica(redis)
    await one.take(page(2, blog("b", "a")), page(1, blog("a")))
    assert await told(redis) == [("created", "a"), ("created", "b")]
    assert (await redis.xpending(STREAM, "parser"))["pending"] == 0


async def test_a_page_that_holds_no_live_blog_is_told_once_and_its_return_too(redis: Redis) -> None:
    one = await replica(redis)
    await one.take(page(1, blog("a")), page(2, b"<html>down for repairs</html>"), page(3, b"<html>still down</html>"))
    await one.take(page(4, blog("b", "a")))
    assert await told(redis) == [("created", "a"), ("failing", "storm"), ("recovered", "storm"), ("created", "b")]


async def test_the_fetcher_is_told_what_a_page_said_of_its_blog(redis: Redis) -> None:
    one = await replica(redis)
    await one.take(page(1, blog("a", "b")), page(2, b"<html>down for repairs</html>"), page(3, blog("c", "a", "b")))
    messages = [decode(fields[b"m"]) for _, fields in await redis.xrange(key(TAG, READ))]
    read = [message for message in messages if isinstance(message, PageRead)]
    assert [(message.source, message.seq, message.created) for message in read] == [("storm", 1, 2), ("storm", 3, 1)]
    assert read[0].newest == read[0].passed.seen


async def test_a_part_of_a_listing_says_nothing_of_the_blog(redis: Redis) -> None:
    one = await replica(redis)
    await one.take(page(1, blog("a")), page(2, b"{}", part=True), page(3, blog("z"), part=True))
    assert await told(redis) == [("created", "a"), ("created", "z")]
    assert await redis.hget(key(TAG, "blog", "storm"), "seq") == b"3"


async def test_one_source_that_is_broken_keeps_nothing_from_another(redis: Redis) -> None:
    one = await replica(redis)
    broken = page(1, blog("x"))
    not_zstd = PageFetched(source="other", url="u", seq=1, body=b"\x00\x01", body_size=100, passed=Passed(seen=1.0))
    await one.take(not_zstd, broken)
    assert await told(redis) == [("created", "x")]
    assert (await redis.xpending(STREAM, "parser"))["pending"] == 1
