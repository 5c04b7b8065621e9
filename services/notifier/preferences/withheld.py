"""What is withheld in Redis, and what is remembered of subscribers with preferences.

Layout, in each slot of subscribers: for each of these subscribers the hash `withheld:<id>`, in it a State under "state"
and each withheld event's Held under its subject; for each entry that was weighed, `newest:<subject>`, the event as it
last came; and the sorted set `digests` of calls by due time in milliseconds, as `retries` is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from services.notifier.delivering.handover import event_key, newest_key
from services.notifier.preferences.verdict import Held, State
from shared.deliveries.log import EVENT_SECONDS
from shared.keys import DELIVERIES, WEIGHING, key
from shared.messages import (
    BlogChanged,
    DeliveryBatch,
    Digest,
    Enriched,
    EntryEnriched,
    MalformedMessageError,
    SourceHealth,
    decode,
    encode,
    event_id,
)
from shared.streams.commit import Guard, Write, expire, publish
from shared.streams.script import Script

DIGEST = "digest"
MOST_WITHHELD = 200
"""Of one subscription, with what is told of them; more are counted."""
STATE = b"state"

_calls = Script.beside(__file__, "calls.lua")
_pack = msgspec.msgpack.Encoder().encode
_state = msgspec.msgpack.Decoder(State)
_held = msgspec.msgpack.Decoder(Held)


class Kept(Struct, frozen=True, kw_only=True):
    """What is kept of a subscription: its state, as the bytes that were read, and what is held under a subject."""

    raw: bytes
    held: Held | None = None

    @property
    def state(self) -> State:
        return _state.decode(self.raw) if self.raw else State()


class Withheld:
    """The hashes of one slot."""

    def __init__(self, client: Redis, tag: str) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._tag = tag

    async def of(self, subscriptions: Sequence[str], subject: str) -> list[Kept]:
        async with self._client.pipeline(transaction=False) as pipe:
            for subscription in subscriptions:
                pipe.hmget(self._key(subscription), STATE, subject)
            found = await pipe.execute()
        return [Kept(raw=raw or b"", held=_held.decode(held) if held else None) for raw, held in found]

    async def all(self, subscription: str) -> tuple[Kept, dict[str, Held]]:
        found = await self._client.hgetall(self._key(subscription))
        raw = found.pop(STATE, b"")
        return Kept(raw=raw), {subject.decode(): _held.decode(held) for subject, held in found.items()}

    async def event(self, name: str) -> Enriched | None:
        return _enriched(await self._client.get(event_key(self._tag, name)))

    async def newest(self, subjects: Sequence[str]) -> list[Enriched | None]:
        """Each entry as it last came, None where that is no longer kept."""
        if not subjects:
            return []
        return [_enriched(one) for one in await self._client.mget([newest_key(self._tag, name) for name in subjects])]

    async def call_due(self, most: int) -> int:
        """Puts the calls whose time has come into the stream; returns how many."""
        return int(await _calls(self._client, [key(self._tag, WEIGHING), key(self._tag, "digests")], [most]))

    def guard(self, subscription: str, kept: Kept) -> Guard:
        return Guard(self._key(subscription), STATE.decode(), kept.raw)

    def keep(self, subscription: str, state: State, held: Mapping[str, Held | None]) -> list[Write]:
        """The state, and under each subject what is held from now on."""
        name = self._key(subscription)
        fields = [part for subject, one in held.items() if one is not None for part in (subject, _pack(one))]
        gone = [subject for subject, one in held.items() if one is None]
        writes: list[Write] = [("HSET", name, STATE, _pack(state), *fields), expire(name, EVENT_SECONDS)]
        return [*writes, ("HDEL", name, *gone)] if gone else writes

    def forget(self, subscription: str) -> list[Write]:
        return [("DEL", self._key(subscription))]

    def call(self, subscription: str, channel: str, due: float) -> Write:
        """Calls the digest at its time, instead of when it was called for before."""
        batch = DeliveryBatch(
            id=event_id(DIGEST, subscription), event_id="", kind=DIGEST, channel=channel, subscriptions=(subscription,)
        )
        return ("ZADD", key(self._tag, "digests"), int(due * 1000), encode(batch))

    def send(self, batch: DeliveryBatch) -> Write:
        return publish(key(self._tag, DELIVERIES), encode(batch))

    def send_digest(self, subscription: str, channel: str, digest: Digest) -> list[Write]:
        batch = DeliveryBatch(
            id=digest.id, event_id=digest.id, kind=DIGEST, channel=channel, subscriptions=(subscription,)
        )
        return [("SET", event_key(self._tag, digest.id), encode(digest), "EX", EVENT_SECONDS), self.send(batch)]

    def _key(self, subscription: str) -> str:
        return key(self._tag, "withheld", subscription)


def _enriched(body: bytes | None) -> Enriched | None:
    if body is None:
        return None
    try:
        message = decode(body)
    except MalformedMessageError:
        return None
    return message if isinstance(message, EntryEnriched | BlogChanged | SourceHealth) else None
