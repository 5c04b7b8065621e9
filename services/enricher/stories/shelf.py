"""Stories in Redis, for all replicas: buckets of six hours, each bounded in entries and dropped a day later.

They have a hash tag of their own: a story crosses sources, and sources lie in many slots.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from services.enricher.stories.alike import Claim, claim, likeness, story_of
from services.enricher.stories.marks import Marks, Story, found_under, marks_of, own_story, reference
from services.enricher.stories.together import Together
from shared.keys import key
from shared.messages import Enrichment
from shared.records import Entry
from shared.script import Script

TAG = "{s0}"
BUCKET_SECONDS = 6 * 3600
BUCKETS = 5
"""The present one and those of the day before."""
ENTRIES_A_BUCKET = 20_000
ROUNDS = 100
"""How often it is decided anew because another entry was written meanwhile."""

_join = Script.beside(__file__, "join.lua")
_pack = msgspec.msgpack.Encoder().encode
_marks = msgspec.msgpack.Decoder(Marks)


class _Question(Struct, frozen=True):
    """The marks carry the story that was decided on; `seen` are those that it was decided from, as `join.lua` reads
    them."""

    buckets: tuple[int, ...]
    name: bytes
    marks: Marks
    seen: bytes
    fields: list[bytes]


class Stories:
    def __init__(self, client: Redis, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._clock = clock
        self._together = Together(self._call)

    async def join(self, source: str, entry: Entry, about: Enrichment) -> Story:
        """The story that an entry tells: the one it had, that of an entry like it, or a new one."""
        now = self._clock()
        name, marks = reference(source, entry.id), marks_of(source, entry, about, now)
        buckets = tuple(int(now // BUCKET_SECONDS) - ago for ago in range(BUCKETS))
        fields, story, seen = found_under(marks), own_story(name), b""
        claims: dict[bytes, Claim] = {}
        for _ in range(ROUNDS):
            question = _Question(buckets, name, replace(marks, story=story), seen, fields)
            done, told, *rest = await self._together.ask(question)
            if done:
                return Story(id=story, sources=int(told))
            for other, held in zip(rest[::2], rest[1::2], strict=True):
                claims[other] = claim(marks, _marks.decode(held))
                seen += other + _tag(held)
            seen += name + _tag(told) if told else b""
            story = _marks.decode(told).story if told else story_of(claims.values()) or own_story(name)
        raise RuntimeError(f"Others write to the stories of {source} faster than it can be decided.")

    async def _call(self, questions: Sequence[_Question]) -> list[list[Any]]:
        """In their order; those of one moment, and so of the same buckets, in one call."""
        answers: list[list[Any]] = []
        for buckets, asked in groupby(questions, key=lambda question: question.buckets):
            answers += await self._call_in(buckets, list(asked))
        return answers

    async def _call_in(self, buckets: Sequence[int], questions: Sequence[_Question]) -> list[list[Any]]:
        keys = [key(TAG, part, str(bucket)) for part in ("index", "marks") for bucket in buckets]
        keys += [key(TAG, "sources", question.marks.story) for question in questions]
        arguments: list[bytes | str | int] = [len(buckets), BUCKETS * BUCKET_SECONDS, ENTRIES_A_BUCKET]
        for at, one in enumerate(questions):
            unlike = _unlike(one, questions[:at])
            arguments += [one.name, _pack(one.marks), one.marks.source, one.seen, unlike, len(one.fields), *one.fields]
        found: list[list[Any]] = await _join(self._client, keys, arguments)
        return found


def _unlike(one: _Question, before: Sequence[_Question]) -> bytes:
    """Those of the same call that would only seem to be news: they share a field, and nothing more."""
    fields = set(one.fields)
    return b"".join(
        other.name
        for other in before
        if not fields.isdisjoint(other.fields) and other.name != one.name and likeness(one.marks, other.marks) == 0.0
    )


def _tag(held: bytes) -> bytes:
    return hashlib.sha1(held, usedforsecurity=False).hexdigest()[:8].encode()
