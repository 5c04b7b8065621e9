"""Answers what a filter would have caught, from the stream of enriched entries as far back as it is kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from msgspec import Struct
from redis.asyncio import Redis

from services.notifier.channels.payload import alert_told
from services.notifier.channels.shortening import shortened
from services.notifier.matching.reasons import reasons
from shared.filters.conditions import Condition, conditions
from shared.filters.evaluate import holds
from shared.filters.explaining import EXPLAIN, FilterQuestion
from shared.filters.explanation import Caught, Explanation
from shared.filters.features import features_of
from shared.keys import ENRICHED, key
from shared.messages import (
    BlogChanged,
    Enriched,
    EntryEnriched,
    MalformedMessageError,
    SourceHealth,
    UnknownMessageError,
    decode,
)
from shared.streams.asking import answer
from shared.telemetry.logs import get_logger

BLOCK_SECONDS = 1.0
PAGE = 25
"""So many are looked at before others have their turn."""
MOST_EXAMINED = 20_000
MOST_CAUGHT = 100
MOST_SECONDS = 6.0
TITLE_CHARACTERS = 140
log = get_logger()


class _Found(Struct, frozen=True):
    event: Enriched
    change: str


class Explainer:
    def __init__(self, client: Redis, tags: Sequence[str]) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._tags = tags

    async def follow(self) -> None:
        """Waits a second for a question and answers it."""
        question = await EXPLAIN.next(self._client, block=BLOCK_SECONDS)
        if question is not None:
            found = await self.explain(question)
            log.info("filter.explained", examined=found.examined, matched=found.matched, complete=found.complete)
            await answer(self._client, question, found)

    async def explain(self, question: FilterQuestion) -> Explanation:
        asked = conditions(question.filter)
        caught: list[_Found] = []
        examined = quiet = 0
        complete, until = True, time.monotonic() + MOST_SECONDS
        for tag in self._tags:
            of_tag = 0
            async for page in self._pages(tag, question.since):
                for event in page:
                    change = event.changed.change if isinstance(event, EntryEnriched) else event.change
                    if _matches(asked, event, change):
                        is_quiet = isinstance(event, EntryEnriched) and event.changed.quiet
                        quiet += is_quiet
                        caught += [] if is_quiet else [_Found(event, change)]
                of_tag += len(page)
                if of_tag >= MOST_EXAMINED // len(self._tags) or time.monotonic() > until:
                    complete = False
                    break
            examined += of_tag
        newest = sorted(caught, key=lambda one: one.event.passed.seen, reverse=True)[:MOST_CAUGHT]
        return Explanation(
            examined=examined,
            matched=len(caught),
            quiet=quiet,
            complete=complete,
            caught=tuple(_caught(question, one) for one in newest),
        )

    async def _pages(self, tag: str, since: float) -> AsyncIterator[list[Enriched]]:
        """The newest first."""
        last = "+"
        while True:
            records = await self._client.xrevrange(key(tag, ENRICHED), last, f"{int(since * 1000)}-0", count=PAGE)
            yield [event for _, fields in records if (event := _decoded(fields.get(b"m", b""))) is not None]
            if len(records) < PAGE:
                return
            last = f"({records[-1][0].decode()}"
            await asyncio.sleep(0)


def _matches(asked: Sequence[Condition], event: Enriched, change: str) -> bool:
    features = features_of(event, change)
    return all(holds(condition, features) for condition in asked)


def _caught(question: FilterQuestion, found: _Found) -> Caught:
    event = found.event
    title, _, url = alert_told(f"entry.{found.change}", event)
    changed = event.changed if isinstance(event, EntryEnriched) else event
    return Caught(
        event=changed.id,
        source=changed.source,
        change=found.change,
        seen=event.passed.seen,
        title=shortened(title, TITLE_CHARACTERS),
        url=url,
        entry=event.changed.entry.id if isinstance(event, EntryEnriched) else None,
        conditions=tuple(reasons(question.filter, event, found.change)),
    )


def _decoded(body: bytes) -> Enriched | None:
    try:
        message = decode(body)
    except (UnknownMessageError, MalformedMessageError):
        return None
    return message if isinstance(message, EntryEnriched | BlogChanged | SourceHealth) else None
