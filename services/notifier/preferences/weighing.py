"""The notifier between matching and delivering, for subscribers with preferences alone: what goes out now, what later.

Each message is committed with the states that it changes, against the states that it was decided from: of two
notifiers that weigh for one subscriber at once, one decides again.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import msgspec
from msgspec.structs import replace

from services.notifier.channels.payload import topic
from services.notifier.delivering.observing import observe_expired
from services.notifier.metrics import DIGESTS, WEIGHED
from services.notifier.preferences.digest_lines import LINES, is_withdrawn, line, ranked
from services.notifier.preferences.verdict import Action, Decision, Event, Held, decide, digest_due, digested, emptied
from services.notifier.preferences.withheld import DIGEST, MOST_WITHHELD, Kept, Withheld
from shared.deliveries.log import EVENT_SECONDS
from shared.messages import DeliveryBatch, Digest, DigestLine, Enriched, EntryEnriched, Message, event_id
from shared.streams.commit import Commit, Guard, Write
from shared.streams.consumer import OnBatch, Record
from shared.subscriptions.record import ACTIVE, WEBPUSH, Preferences, Subscription, channel_name
from shared.subscriptions.store import SubscriptionStore
from shared.telemetry.logs import get_logger

ASLEEP_SECONDS = 3600.0
"""The digest of a subscription that is paused waits for it, looking again so often."""
CALLS_AT_ONCE = 16
NONE = Preferences()
log = get_logger()


class _Kind(msgspec.Struct):
    kind: str = ""


_kind = msgspec.msgpack.Decoder(_Kind)


class Weigher:
    """Works on one slot of subscribers; it computes commits and writes nothing."""

    def __init__(
        self, withheld: Withheld, store: SubscriptionStore, tag: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._withheld = withheld
        self._store = store
        self._tag = tag
        self._clock = clock

    async def handle(self, message: Message) -> Commit:
        if not isinstance(message, DeliveryBatch):
            raise TypeError(f"{type(message).__name__} does not belong into the stream of what is weighed.")
        if message.kind == DIGEST:
            return await self._digest(message.subscriptions[0])
        event = await self._withheld.event(message.event_id)
        if event is None:
            observe_expired(message)
            return Commit()
        return await self._weigh(message, event)

    async def _weigh(self, batch: DeliveryBatch, event: Enriched) -> Commit:
        asked, now = _asked(batch, event), self._clock()
        subscriptions = await self._wanting(batch)
        kept = await self._withheld.of([one.id for one in subscriptions], asked.subject)
        passing: dict[tuple[str, bool, bool], list[str]] = defaultdict(list)
        writes: list[Write] = []
        guards: list[Guard] = []
        for subscription, before in zip(subscriptions, kept, strict=True):
            wanted = subscription.preferences or NONE
            found = decide(now, wanted, before.state, asked, before.held, replaces=batch.channel == WEBPUSH)
            WEIGHED.labels(found.action.value).inc()
            guards.append(self._withheld.guard(subscription.id, before))
            writes += await self._kept(subscription.id, batch.channel, asked.subject, before, found)
            if found.action in {Action.ALONE, Action.SILENT}:
                story = wanted.collapse_story is not None and asked.story is not None
                passing[found.kind, story, found.action is Action.SILENT].append(subscription.id)
        return Commit([*writes, *self._passing(batch, passing)], guards=guards)

    async def _wanting(self, batch: DeliveryBatch) -> list[Subscription]:
        return [one for one in await self._store.many(self._tag, batch.subscriptions) if one.status == ACTIVE]

    async def _kept(self, subscription: str, channel: str, subject: str, before: Kept, found: Decision) -> list[Write]:
        held: dict[str, Held | None] = {}
        state = found.state
        if found.held is not None or before.held is not None:
            held[subject] = found.held
        if found.held is not None and before.held is None and before.state.waiting >= MOST_WITHHELD:
            _, all_held = await self._withheld.all(subscription)
            held |= dict.fromkeys(ranked(all_held)[MOST_WITHHELD - 1 :])
            dropped = len(held) - 1
            state = replace(state, waiting=state.waiting - dropped, rest=state.rest + dropped)
        writes = self._withheld.keep(subscription, state, held)
        if found.call and state.due is not None:
            writes.append(self._withheld.call(subscription, channel, state.due))
        return writes

    def _passing(self, batch: DeliveryBatch, passing: Mapping[tuple[str, bool, bool], Sequence[str]]) -> list[Write]:
        return [
            self._withheld.send(
                replace(
                    batch,
                    id=event_id(batch.id, kind, story, silent),
                    kind=kind,
                    subscriptions=tuple(subscriptions),
                    story=story,
                    silent=silent,
                )
            )
            for (kind, story, silent), subscriptions in passing.items()
        ]

    async def _digest(self, name: str) -> Commit:
        """Sends what is withheld, or calls for it again where it is too early."""
        now = self._clock()
        subscription = await self._store.get(name)
        before, held = await self._withheld.all(name)
        if subscription is None or _is_over(subscription, held, now):
            return Commit(self._withheld.forget(name))
        guards = [self._withheld.guard(name, before)]
        wanted = subscription.preferences or NONE
        channel = channel_name(subscription)
        later = digest_due(now, wanted, before.state) if subscription.status == ACTIVE else now + ASLEEP_SECONDS
        if later is not None and (held or before.state.rest):
            state = replace(before.state, version=before.state.version + 1, due=later)
            call = self._withheld.call(name, channel, later)
            return Commit([*self._withheld.keep(name, state, {}), call], guards=guards)
        lines, count = await self._lines(held)
        count += before.state.rest
        if not count:
            return Commit(self._withheld.keep(name, emptied(before.state), dict.fromkeys(held)), guards=guards)
        digest = Digest(id=event_id(DIGEST, name, before.state.version), lines=lines, count=count)
        writes = self._withheld.keep(name, digested(now, wanted, before.state), dict.fromkeys(held))
        DIGESTS.labels(channel).inc()
        return Commit([*writes, *self._withheld.send_digest(name, channel, digest)], guards=guards)

    async def _lines(self, held: Mapping[str, Held]) -> tuple[tuple[DigestLine, ...], int]:
        """What is told of the withheld, and how many there are: those that were withdrawn meanwhile are not."""
        subjects = ranked(held)
        lines: list[DigestLine] = []
        count = len(subjects)
        for start in range(0, len(subjects), LINES):
            part = subjects[start : start + LINES]
            for subject, newest in zip(part, await self._withheld.newest(part), strict=True):
                if is_withdrawn(held[subject], newest):
                    count -= 1
                elif newest is not None and len(lines) < LINES:
                    lines.append(line(held[subject], newest))
        return tuple(lines), count


def one_by_one(hop: OnBatch) -> OnBatch:
    """Each message in a commit of its own, since neighbours change the same states; but calls of digests, each for
    another subscription, some at once: many come at seven in the morning."""

    async def each(records: Sequence[Record]) -> None:
        for is_call, run in groupby(records, key=_is_call):
            for some in _chunks(list(run), CALLS_AT_ONCE if is_call else 1):
                await asyncio.gather(*(hop([record]) for record in some))

    return each


def _is_call(record: Record) -> bool:
    try:
        return _kind.decode(record.body).kind == DIGEST
    except msgspec.DecodeError:
        return False


def _chunks(records: Sequence[Record], size: int) -> list[Sequence[Record]]:
    return [records[start : start + size] for start in range(0, len(records), size)]


def _asked(batch: DeliveryBatch, event: Enriched) -> Event:
    if not isinstance(event, EntryEnriched):
        return Event(subject=topic(event, batch.event_id), kind=batch.kind)
    return Event(
        subject=topic(event, batch.event_id),
        kind=batch.kind,
        revision=event.changed.revision,
        urgency=event.about.urgency,
        story=event.about.story_id,
    )


def _is_over(subscription: Subscription, held: Mapping[str, Held], now: float) -> bool:
    """It sleeps, and what waits for it is no longer kept."""
    return subscription.status != ACTIVE and all(one.at < now - EVENT_SECONDS for one in held.values())
