"""Stories in Redis, for all replicas: buckets of six hours, each bounded in entries and dropped a day later.

They have a hash tag of their own: a story crosses sources, and sources lie in many slots.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from services.enricher.stories.alike import story_of
from services.enricher.stories.marks import Marks, Story, found_under, marks_of, own_story, reference
from shared.keys import key
from shared.messages import Enrichment
from shared.records import Entry
from shared.script import Script

TAG = "{s0}"
BUCKET_SECONDS = 6 * 3600
BUCKETS = 5
"""The present one and those of the day before."""
ENTRIES_A_BUCKET = 20_000
ROUNDS = 50
"""How often it is decided anew because another replica wrote meanwhile."""

_join = Script.beside(__file__, "join.lua")
_pack = msgspec.msgpack.Encoder().encode
_marks = msgspec.msgpack.Decoder(Marks)


class Stories:
    def __init__(self, client: Redis, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._clock = clock

    async def join(self, source: str, entry: Entry, about: Enrichment) -> Story:
        """The story that an entry tells: the one it had, that of an entry like it, or a new one."""
        now = self._clock()
        name, marks = reference(source, entry.id), marks_of(source, entry, about, now)
        buckets = [int(now // BUCKET_SECONDS) - ago for ago in range(BUCKETS)]
        fields, story, seen = found_under(marks), own_story(name), ""
        for _ in range(ROUNDS):
            keys = [key(TAG, part, str(bucket)) for part in ("index", "marks") for bucket in buckets]
            done, told, *rest = await self._call(keys, name, replace(marks, story=story), seen, fields)
            if done:
                return Story(id=story, sources=int(told))
            seen, (own, *others) = told, rest
            story = _marks.decode(own).story if own else story_of(marks, map(_marks.decode, others)) or own_story(name)
        raise RuntimeError(f"Others write to the stories of {source} faster than it can be decided.")

    async def _call(self, keys: list[str], name: bytes, marks: Marks, seen: str, fields: list[bytes]) -> list[Any]:
        sources = key(TAG, "sources", marks.story)
        kept = BUCKETS * BUCKET_SECONDS
        found: list[Any] = await _join(
            self._client, [*keys, sources], [name, _pack(marks), marks.source, kept, ENTRIES_A_BUCKET, seen, *fields]
        )
        return found
