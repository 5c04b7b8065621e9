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
from prometheus_client import Counter
from redis.asyncio import Redis

from services.enricher.stories.alike import Claim, claim, story_of
from services.enricher.stories.marks import Marks, Story, found_under, marks_of, own_story, reference
from shared.keys import key
from shared.messages import Enrichment
from shared.records import Entry
from shared.streams.gathered import Gathered
from shared.streams.script import Script
from shared.telemetry.metrics import REGISTRY

TAG = "{s0}"
BUCKET_SECONDS = 6 * 3600
BUCKETS = 5
"""The present one and those of the day before."""
ENTRIES_A_BUCKET = 20_000
AT_ONCE = 25
"""Questions in one call: the server answers nobody else meanwhile."""
ROUNDS = 50
"""How often it is decided anew because another entry was written meanwhile."""
UNDECIDED = Counter(
    "livebell_stories_undecided_total",
    "Entries that joined no story, since others wrote to theirs faster than it could be decided.",
    registry=REGISTRY,
)

_join = Script.beside(__file__, "join.lua")
_pack = msgspec.msgpack.Encoder().encode
_marks = msgspec.msgpack.Decoder(Marks)


class _Question(Struct, frozen=True):
    """`story` is the one that the entry has already, `claims` are those of the entries that it was shown: `seen` names
    them as `join.lua` reads it."""

    buckets: tuple[int, ...]
    name: bytes
    marks: Marks
    fields: list[bytes]
    story: str
    claims: tuple[Claim, ...]
    seen: bytes


class _Answer(Struct, frozen=True):
    """`sources` of the story that was written, or None and what has to be looked at first."""

    story: str
    sources: int | None
    own: bytes = b""
    others: tuple[tuple[bytes, bytes], ...] = ()


class _Plan(Struct, frozen=True):
    """What is to be written for a question. `needs` numbers, from 1, those of its call that it was decided from."""

    question: _Question
    marks: Marks
    packed: bytes
    seen: bytes
    unlike: bytes
    needs: list[int]


class Stories:
    def __init__(self, client: Redis, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._clock = clock
        self._together = Gathered(self._call, most=AT_ONCE)

    async def join(self, source: str, entry: Entry, about: Enrichment) -> Story:
        """The story that an entry tells: the one it had, that of an entry like it, or a new one."""
        now = self._clock()
        name, marks = reference(source, entry.id), marks_of(source, entry, about, now)
        buckets = tuple(int(now // BUCKET_SECONDS) - ago for ago in range(BUCKETS))
        fields, story, seen = found_under(marks), "", b""
        claims: dict[bytes, Claim] = {}
        for _ in range(ROUNDS):
            asked = _Question(buckets, name, marks, fields, story, tuple(claims.values()), seen)
            answer = await self._together(asked)
            if answer.sources is not None:
                return Story(id=answer.story, sources=answer.sources)
            for other, held in answer.others:
                claims[other] = claim(marks, _marks.decode(held))
                seen += other + _tag(held)
            if answer.own:
                story = _marks.decode(answer.own).story
                seen += name + _tag(answer.own)
        UNDECIDED.inc()
        return Story(id=own_story(name), sources=1)  # to be told matters more than to be told as one story

    async def _call(self, questions: Sequence[_Question]) -> list[_Answer]:
        """In their order; those of one moment, and so of the same buckets, in one call."""
        answers: list[_Answer] = []
        for buckets, asked in groupby(questions, key=lambda question: question.buckets):
            answers += await self._call_in(buckets, list(asked))
        return answers

    async def _call_in(self, buckets: Sequence[int], questions: Sequence[_Question]) -> list[_Answer]:
        plans: list[_Plan] = []
        for question in questions:
            plans.append(_plan(question, plans))
        keys = [key(TAG, part, str(bucket)) for part in ("index", "marks") for bucket in buckets]
        keys += [key(TAG, "sources", plan.marks.story) for plan in plans]
        arguments: list[bytes | str | int] = [len(buckets), BUCKETS * BUCKET_SECONDS, ENTRIES_A_BUCKET]
        for plan in plans:
            asked, needs = plan.question, ",".join(map(str, plan.needs))
            arguments += [asked.name, plan.packed, asked.marks.source, plan.seen, plan.unlike, needs]
            arguments += [len(asked.fields), *asked.fields]
        found: list[list[Any]] = await _join(self._client, keys, arguments)
        return [_answer(plan, told) for plan, told in zip(plans, found, strict=True)]


def _plan(one: _Question, before: Sequence[_Plan]) -> _Plan:
    """Decides as if those before it in the same call were written already: the server goes by it only where they are.
    Otherwise entries that are all alike would each have to be shown the one before."""
    fields, story = set(one.fields), one.story
    claims, seen, unlike = list(one.claims), one.seen, b""
    needs: list[int] = []
    for number, other in enumerate(before, 1):
        if other.question.name == one.name:
            story, needs = other.marks.story, [*needs, number]
        elif fields.isdisjoint(other.question.fields):
            continue
        elif (said := claim(one.marks, other.marks)).likeness > 0.0:
            claims.append(said)
            needs.append(number)
        else:
            unlike += other.question.name
            continue
        seen += other.question.name + _tag(other.packed)
    marks = replace(one.marks, story=story or story_of(claims) or own_story(one.name))
    return _Plan(one, marks, _pack(marks), seen, unlike, needs)


def _answer(plan: _Plan, told: Sequence[Any]) -> _Answer:
    written, more, *others = told
    if written:
        return _Answer(plan.marks.story, int(more))
    return _Answer(plan.marks.story, None, more, tuple(zip(others[::2], others[1::2], strict=True)))


def _tag(held: bytes) -> bytes:
    return hashlib.sha1(held, usedforsecurity=False).hexdigest()[:8].encode()
