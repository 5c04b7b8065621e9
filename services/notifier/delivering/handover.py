"""From the sources' slots to the subscribers': each event crosses once, however often the step is repeated."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from redis.asyncio import Redis

from services.notifier.channels.payload import topic
from services.notifier.delivering.circuits import PROBE_SECONDS
from shared.deliveries.log import EVENT_SECONDS
from shared.deliveries.waiting import circuits_key, retries_key, waiting_key
from shared.keys import DELIVERIES, WEIGHING, key
from shared.messages import DeliveryBatch, Enriched, EntryEnriched, encode
from shared.streams.script import Script

_handover = Script.beside(__file__, "handover.lua")
_due = Script.beside(__file__, "due.lua")


def event_key(tag: str, event_id: str) -> str:
    return key(tag, "event", event_id)


def newest_key(tag: str, subject: str) -> str:
    """Where an entry that was weighed is kept as it last came; `subject` is its `payload.topic`."""
    return key(tag, "newest", subject)


class Handed(Struct, frozen=True, gc=False):
    """A batch on its way to a slot; `weighed` first, where its subscribers have preferences."""

    batch: DeliveryBatch
    weighed: bool = False


async def hand_over(
    client: Redis, tag: str, event: Enriched, *, first: Sequence[Handed], later: Sequence[Handed]
) -> int:
    """Writes the batches `first` where the entry has never been handed over, else `later`; -1 where this revision or a
    later one of the entry has."""
    subject, revision = _subject(event)
    name = event_id_of(event)
    keys = [
        key(tag, DELIVERIES),
        key(tag, WEIGHING),
        key(tag, "handed", subject),
        event_key(tag, name),
        newest_key(tag, topic(event, name)),
    ]
    batches = [part for one in (*first, *later) for part in (2 if one.weighed else 1, encode(one.batch))]
    return int(await _handover(client, keys, [revision, EVENT_SECONDS, encode(event), len(first), *batches]))


async def move_due(client: Redis, tag: str, most: int) -> int:
    """Puts what waited and whose time has come back into the stream; returns how many were looked at."""
    keys = [key(tag, DELIVERIES), retries_key(tag), waiting_key(tag), circuits_key(tag)]
    return int(await _due(client, keys, [most, int(PROBE_SECONDS * 1000)]))


def event_id_of(event: Enriched) -> str:
    return event.changed.id if isinstance(event, EntryEnriched) else event.id


def _subject(event: Enriched) -> tuple[str, int]:
    """What revisions are counted of: an entry of a source; anything else is its own subject and comes once."""
    if isinstance(event, EntryEnriched):
        return f"{event.changed.source}:{event.changed.entry.id}", event.changed.revision
    return event.id, 1
