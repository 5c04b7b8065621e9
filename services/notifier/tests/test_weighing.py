"""Matching, weighing and calling digests over a real server, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from services.notifier.channels.payload import event_data, webhook_body
from services.notifier.delivering.handover import event_key
from services.notifier.matching.matcher import Matcher
from services.notifier.matching.subscribers import Subscribers
from services.notifier.preferences.verdict import HOUR
from services.notifier.preferences.weighing import ASLEEP_SECONDS, Weigher, one_by_one
from services.notifier.preferences.withheld import MOST_WITHHELD, Withheld
from services.notifier.tests.news import subscription
from shared.keys import DELIVERIES, WEIGHING, key
from shared.messages import (
    BlogChanged,
    DeliveryBatch,
    Digest,
    Enrichment,
    EntryChanged,
    EntryEnriched,
    Message,
    decode,
    event_id,
)
from shared.records import Blog, Entry
from shared.streams.consumer import Record
from shared.streams.hop import Hop
from shared.subscriptions.record import PAUSED, Filter, Preferences, QuietHours, Subscription
from shared.subscriptions.store import SubscriptionStore

TAG, GROUP = "{d0}", "notifier"
NOON = 1_800_014_400.0
"""2027-01-15 12:00 UTC."""
EVERYTHING = Filter(changes=("created", "updated", "deleted"))


def entry(
    name: str,
    revision: int = 1,
    *,
    text: str = "",
    change: str | None = None,
    urgency: float = 0.3,
    story: str | None = None,
    **rest: bool,
) -> EntryEnriched:
    change = change or ("created" if revision == 1 else "updated")
    changed = EntryChanged(
        id=event_id("storm", name, revision),
        source="storm",
        blog=Blog(url="https://news.example/storm", title="Storm latest"),
        change=change,
        entry=Entry(id=name, title=f"Entry {name}", text=text or f"Version {revision}."),
        revision=revision,
        **rest,
    )
    return EntryEnriched(changed=changed, about=Enrichment(urgency=urgency, story_id=story, alert=f"Entry {name}"))


@dataclass
class Desk:
    """One slot; `workers` are as many notifiers. A message is worked on as one that was read and not acknowledged."""

    redis: Redis
    workers: int = 1
    now: float = NOON
    store: SubscriptionStore = field(init=False)
    hops: list[Hop] = field(init=False)

    def __post_init__(self) -> None:
        self.store = SubscriptionStore(self.redis, 1)
        self.subscribers = Subscribers(self.store, 1)
        self.matcher = Matcher(self.redis, self.subscribers, 1)
        self.withheld = Withheld(self.redis, TAG)
        self.stream = key(TAG, WEIGHING)
        self.hops = [
            Hop(
                self.redis,
                stream=self.stream,
                group=GROUP,
                max_attempts=5,
                handle=Weigher(self.withheld, self.store, TAG, clock=lambda: self.now).handle,
            )
            for _ in range(self.workers)
        ]

    async def open(self, *subscriptions: Subscription) -> None:
        await self.redis.xgroup_create(self.stream, GROUP, id="0", mkstream=True)
        for one in subscriptions:
            await self.store.create(one)
        await self.subscribers.load()

    async def happens(self, *events: Message) -> None:
        for event in events:
            await self.matcher.handle(event)
        await self.weigh()

    async def weigh(self) -> None:
        while records := await self.read():
            await one_by_one(self.hops[0])(records)

    async def read(self) -> list[Record]:
        found = await self.redis.xreadgroup(GROUP, "one", {self.stream: ">"}, count=100)
        return [Record(i, fields[b"m"]) for i, fields in found[0][1]] if found else []

    async def call(self) -> int:
        """As the server does when the test's clock has come to be its own."""
        calls = key(TAG, "digests")
        for member in await self.redis.zrangebyscore(calls, "-inf", self.now * 1000):
            await self.redis.zadd(calls, {member: 0})
        return await self.withheld.call_due(100)

    async def passes(self, seconds: float) -> None:
        """Time passes, and calls come when they are due."""
        end = self.now + seconds
        while True:
            calls = await self.redis.zrange(key(TAG, "digests"), 0, 0, withscores=True)
            if not calls or calls[0][1] / 1000 > end:
                break
            self.now = max(self.now, calls[0][1] / 1000)
            await self.call()
            await self.weigh()
        self.now = end

    async def sent(self) -> list[DeliveryBatch]:
        found = [decode(fields[b"m"]) for _, fields in await self.redis.xrange(key(TAG, DELIVERIES))]
        return [one for one in found if isinstance(one, DeliveryBatch)]

    async def kept(self, name: str) -> Message:
        return decode(await self.redis.get(event_key(TAG, name)))

    async def alone(self) -> list[tuple[str, str]]:
        """(kind, entry) of each alert of its own."""
        found = []
        for batch in await self.sent():
            if batch.kind != "digest":
                event = await self.kept(batch.event_id)
                name = event.changed.entry.id if isinstance(event, EntryEnriched) else event.id
                found += [(batch.kind, name)] * len(batch.subscriptions)
        return found

    async def digests(self) -> list[Digest]:
        found = [await self.kept(batch.event_id) for batch in await self.sent() if batch.kind == "digest"]
        return [one for one in found if isinstance(one, Digest)]


def prefers(name: str = "sub_1", filter_: Filter = EVERYTHING, *, push: bool = False, **wanted: object) -> Subscription:
    return replace(subscription(filter_, name, push=push), preferences=Preferences(**wanted))  # type: ignore[arg-type]


NIGHT = QuietHours(since="22:00", to="07:00", timezone="UTC", urgent_above=0.8)


async def test_who_has_no_preferences_is_delivered_to_as_ever(redis: Redis) -> None:
    desk = Desk(redis)
    await desk.open(*(subscription(EVERYTHING, f"sub_{n}") for n in range(5)), prefers("sub_p", max_per_hour=1))
    await desk.matcher.handle(entry("a"))
    [plain] = await desk.sent()
    assert sorted(plain.subscriptions) == [f"sub_{n}" for n in range(5)]
    assert await redis.xlen(desk.stream) == 1
    await desk.weigh()
    assert [batch.subscriptions for batch in (await desk.sent())[1:]] == [("sub_p",)]


async def test_a_night_comes_as_one_digest_that_tells_how_things_stand_in_the_morning(redis: Redis) -> None:
    desk = Desk(redis)
    # The filter asks for new entries alone: edits and withdrawals of what is withheld count nevertheless.
    await desk.open(prefers(filter_=Filter(), quiet_hours=NIGHT))
    await desk.happens(entry("day"))
    await desk.passes(11 * HOUR)
    await desk.happens(entry("a"), entry("b"), entry("c", urgency=0.6), entry("loud", urgency=0.9))
    await desk.happens(entry("a", 2, text="Corrected."), entry("b", 2, change="deleted"))
    assert await desk.alone() == [("entry.created", "day"), ("entry.created", "loud")]
    await desk.passes(24 * HOUR)
    [digest] = await desk.digests()
    assert digest.count == 2
    assert [(line.kind, line.entry, line.text) for line in digest.lines] == [
        ("entry.created", "c", "Entry c\n\nVersion 1.".split("\n\n")[1]),
        ("entry.created", "a", "Corrected."),
    ]
    assert await redis.zcard(key(TAG, "digests")) == 0


async def test_a_withdrawal_of_what_was_told_before_is_told_in_the_digest(redis: Redis) -> None:
    desk = Desk(redis)
    await desk.open(prefers(quiet_hours=NIGHT))
    await desk.happens(entry("told"))
    await desk.passes(11 * HOUR)
    await desk.happens(entry("told", 2), entry("told", 3, change="deleted"))
    await desk.happens(entry("new"), entry("new", 2, change="deleted"))
    await desk.happens(BlogChanged(id="evt_x", source="storm", blog=Blog(url=None, title="Storm"), change="closed"))
    await desk.passes(24 * HOUR)
    [digest] = await desk.digests()
    assert [(line.kind, line.entry) for line in digest.lines] == [("entry.deleted", "told")]
    assert digest.lines[0].title == "Withdrawn: Entry told"


async def test_the_cap_counts_each_event_once_however_often_it_is_handed_over(redis: Redis) -> None:
    desk = Desk(redis)
    await desk.open(prefers(max_per_hour=2))
    await desk.happens(entry("a"), entry("a"), entry("a"), entry("b"), entry("c"), entry("d"))
    assert await desk.alone() == [("entry.created", "a"), ("entry.created", "b")]
    await desk.passes(2 * HOUR)
    [digest] = await desk.digests()
    assert sorted(line.entry or "" for line in digest.lines) == ["c", "d"]


async def test_a_story_is_replaced_silently_under_one_tag(redis: Redis) -> None:
    desk = Desk(redis)
    await desk.open(prefers("sub_p", push=True, collapse_story=60), prefers("sub_w", collapse_story=60))
    await desk.happens(entry("a", story="s1"), entry("b", story="s1"), entry("c"))
    told = [(batch.channel, batch.story, batch.silent) for batch in await desk.sent()]
    assert sorted(told) == [
        ("webhook", False, False),
        ("webhook", True, False),
        ("webpush", False, False),
        ("webpush", True, False),
        ("webpush", True, True),
    ]
    await desk.passes(HOUR)
    assert [line.entry for digest in await desk.digests() for line in digest.lines] == ["b"]


async def test_a_digest_waits_for_whom_paused_and_ends_with_whom_left(redis: Redis) -> None:
    desk = Desk(redis)
    await desk.open(prefers("sub_1", digest=10), prefers("sub_2", digest=10))
    await desk.happens(entry("a"))
    one, two = await desk.store.many(TAG, ["sub_1", "sub_2"])
    paused = await desk.store.update(replace(one, status=PAUSED))
    await desk.store.delete(two)
    await desk.passes(1200)
    assert await desk.digests() == []
    assert await redis.exists(key(TAG, "withheld", "sub_2")) == 0
    await desk.store.update(replace(paused, status="active"))
    await desk.passes(ASLEEP_SECONDS)
    assert [digest.count for digest in await desk.digests()] == [1]
    assert await redis.zcard(key(TAG, "digests")) == 0


async def test_preferences_taken_back_still_bring_what_was_withheld(redis: Redis) -> None:
    desk = Desk(redis)
    await desk.open(prefers(digest=60))
    await desk.happens(entry("a"))
    [one] = await desk.store.many(TAG, ["sub_1"])
    await desk.store.update(replace(one, preferences=None))
    await desk.subscribers.load()
    await desk.happens(entry("b"))
    assert await desk.alone() == [("entry.created", "b")]
    await desk.passes(HOUR)
    assert [line.entry for digest in await desk.digests() for line in digest.lines] == ["a"]


async def test_beyond_what_is_held_the_least_urgent_are_counted(redis: Redis) -> None:
    desk = Desk(redis)
    await desk.open(prefers(digest=60))
    await desk.happens(*(entry(f"e{n}", urgency=(n % 90) / 100) for n in range(MOST_WITHHELD + 20)))
    assert await redis.hlen(key(TAG, "withheld", "sub_1")) == MOST_WITHHELD + 1
    await desk.passes(HOUR)
    [digest] = await desk.digests()
    assert digest.count == MOST_WITHHELD + 20
    assert digest.lines[0].urgency == 0.89
    urgencies = [line.urgency for line in digest.lines]
    assert urgencies == sorted(urgencies, reverse=True)
    body = webhook_body("digest", event_data(digest), NOON)
    assert len(body) < 20_000
    data = event_data(digest)
    assert data["more"] == digest.count - len(data["entries"])
    assert len(data["entries"]) > 20


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_dies_each_entry_is_told_of_once(redis: Redis, seed: int) -> None:
    """Notifiers that stop before and after each step, work on the same message at the same time, and repeat steps."""
    dice = random.Random(seed)
    desk = Desk(redis, workers=3)
    wants = (
        {"quiet_hours": NIGHT},
        {"max_per_hour": 2},
        {"digest": 15},
        {"collapse_story": 90},
        {"quiet_hours": NIGHT, "max_per_hour": 1, "collapse_story": 600, "digest": 120},
    )
    subscribers = [prefers(f"sub_{n}", push=n % 2 == 0, **wants[n % 5]) for n in range(10)]
    await desk.open(*subscribers, subscription(EVERYTHING, "sub_plain"))
    pending: dict[bytes, Record] = {}

    async def stagger(until_done: bool = False) -> None:
        for record in await desk.read():
            pending[record.id] = record
        waiting = dice.sample(sorted(pending.values(), key=lambda one: one.id), len(pending))
        while waiting:
            some = [waiting.pop() for _ in range(min(len(waiting), dice.choice((1, 2, 3))))]
            if not until_done and dice.random() < 0.3:
                continue  # read, and died before the commit: they stay pending
            hops = [(hop, record) for record in some for hop in dice.sample(desk.hops, dice.choice((1, 1, 2)))]
            await asyncio.gather(*(hop([record]) for hop, record in hops))
            for record in some:
                left = await redis.xpending_range(desk.stream, GROUP, min=record.id, max=record.id, count=1)
                if not left and dice.random() < 0.8:
                    del pending[record.id]  # else it died after the commit, and the message is worked on once more

    revisions = Counter[str]()
    deleted = set()
    for _ in range(60):
        desk.now += dice.choice((1, 30, 600, 4000))
        name = f"e{dice.randrange(30)}"
        if name not in deleted:
            revisions[name] += 1
            gone = revisions[name] > 1 and dice.random() < 0.2
            deleted |= {name} if gone else set()
            event = entry(
                name, revisions[name], change="deleted" if gone else None,
                urgency=dice.choice((0.1, 0.5, 0.9)), story=dice.choice((None, "s1", "s2")),
            )  # fmt: skip
            for _ in range(dice.choice((1, 1, 2))):
                await desk.matcher.handle(event)
        await desk.call()
        await stagger()
    for _ in range(200):
        desk.now += HOUR
        await desk.call()
        await stagger(until_done=True)
    assert (await redis.xpending(desk.stream, GROUP))["pending"] == 0
    assert await redis.xlen(f"{desk.stream}:dead") == 0

    told: Counter[tuple[str, str]] = Counter()
    for batch in await desk.sent():
        if batch.kind == "entry.created":
            event = await desk.kept(batch.event_id)
            told.update((one, event.changed.entry.id) for one in batch.subscriptions)
        elif batch.kind == "digest":
            digest = await desk.kept(batch.event_id)
            assert digest.count == len(digest.lines)
            told.update((batch.subscriptions[0], line.entry) for line in digest.lines if line.kind == "entry.created")
    everybody = ["sub_plain", *(one.id for one in subscribers)]
    assert set(told.values()) == {1}
    missing = {(one, name) for one in everybody for name in revisions} - set(told)
    assert {name for _, name in missing} <= deleted, "nothing but what was withdrawn before it was told"
    assert all(one != "sub_plain" for one, _ in missing)
    withheld = [await redis.hlen(key(TAG, "withheld", one.id)) for one in subscribers]
    assert max(withheld) <= 1
