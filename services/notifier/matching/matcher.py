"""The notifier's first half: which subscriptions does an event concern, and into which batches do they go."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from redis.asyncio import Redis

from services.notifier.delivering.handover import Handed, event_id_of, hand_over
from services.notifier.matching.subscribers import Place, Subscribers
from services.notifier.metrics import MATCH_SECONDS, MATCHES
from shared.keys import subscriber_partitions
from shared.messages import (
    CREATED,
    UPDATED,
    BlogChanged,
    DeliveryBatch,
    Enriched,
    EntryEnriched,
    Message,
    SourceHealth,
    event_id,
)
from shared.streams.commit import Commit
from shared.telemetry.tracing import carrying

BATCH_SIZE = 256


class Matcher:
    """Hands each event over to the slots of its subscribers; acknowledging it is left to the hop."""

    def __init__(self, client: Redis, subscribers: Subscribers, partitions: int) -> None:
        self._client = client
        self._subscribers = subscribers
        self._partitions = partitions

    async def handle(self, message: Message) -> Commit:
        if not isinstance(message, EntryEnriched | BlogChanged | SourceHealth):
            raise TypeError(f"{type(message).__name__} does not belong into the stream of enriched entries.")
        passed = msgspec.structs.replace(message.passed, matched=time.time())
        event = carrying(msgspec.structs.replace(message, passed=passed))
        with MATCH_SECONDS.time():
            first, later = self._matches(event)
        for tag in subscriber_partitions(self._partitions):
            await hand_over(self._client, tag, event, first=first.get(tag, ()), later=later.get(tag, ()))
        return Commit()

    def _matches(self, event: Enriched) -> tuple[dict[str, list[Handed]], dict[str, list[Handed]]]:
        """Batches by slot: for an entry that was never handed over, and for one that was."""
        if not isinstance(event, EntryEnriched):
            return self._batches(event, event.change), {}
        changed = event.changed
        if changed.quiet:
            return {}, {}
        if changed.change == CREATED:
            return self._batches(event, CREATED), {}
        as_it_is = self._batches(event, changed.change)
        if changed.born_quiet:
            return as_it_is, as_it_is
        # Seen for the first time through its edit: it rings once, as news, with the newest content. A deletion of what
        # nobody was told of tells nobody.
        return (self._batches(event, CREATED) if changed.change == UPDATED else {}), as_it_is

    def _batches(self, event: Enriched, change: str) -> dict[str, list[Handed]]:
        batches: dict[str, list[Handed]] = defaultdict(list)
        for place, subscriptions in self._subscribers.index.match_groups(event, change).items():
            tag, channel, _ = place
            MATCHES.labels(channel).inc(len(subscriptions))
            batches[tag] += _batched(event, change, place, subscriptions)
        return batches


def _batched(event: Enriched, change: str, place: Place, subscriptions: Sequence[str]) -> Iterable[Handed]:
    tag, channel, weighed = place
    name = event_id_of(event)
    of_whom = (channel, "weighed") if weighed else (channel,)
    for start in range(0, len(subscriptions), BATCH_SIZE):
        batch = DeliveryBatch(
            id=event_id(name, tag, *of_whom, start),
            event_id=name,
            kind=f"{_subject(event)}.{change}",
            channel=channel,
            subscriptions=tuple(subscriptions[start : start + BATCH_SIZE]),
            passed=event.passed,
        )
        yield Handed(batch, weighed)


def _subject(event: Enriched) -> str:
    if isinstance(event, EntryEnriched):
        return "entry"
    return "blog" if isinstance(event, BlogChanged) else "source"
