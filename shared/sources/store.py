"""The watched sources in Redis: their records, when each is due, who polls it, and what is known of it.

Several fetchers share the sources by lease. Whoever claims a source gets a token; only with it is the result of the
poll written, so that a fetcher that lost its lease writes nothing, and a dead one's sources fall due again.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from shared.keys import ENTRIES, PAGES, key, source_partition, source_partitions
from shared.sources.fetch_state import FetchState, Told
from shared.sources.record import Source
from shared.sources.status import Status, status
from shared.sources.told import told_from
from shared.streams.commit import as_string
from shared.streams.script import Script
from shared.telemetry.logs import get_logger

SOON_SECONDS = 1.0
"""Within how long a new source is first polled, at random, so that many new ones do not come at once."""

MOST_CLAIMED = 500
"""Lua returns five values of each from its stack, which holds some 8,000."""
SPREAD_SECONDS, LATE_SECONDS, FEW = 60.0, 1.0, 20
"""After an outage what is so late is spread over its interval, and over this at most; few are not."""

log = get_logger()
_claim = Script.beside(__file__, "claim.lua")
_renew = Script.beside(__file__, "renew.lua")
_settle = Script.beside(__file__, "settle.lua")
_put = Script.beside(__file__, "put.lua")
_remove = Script.beside(__file__, "remove.lua")
_spread = Script.beside(__file__, "spread.lua")
_encode = msgspec.msgpack.Encoder().encode
_decode_state = msgspec.msgpack.Decoder(FetchState).decode


class Claimed(Struct, frozen=True, kw_only=True):
    """A source leased to us. `due` and `claimed` are ms on the server's clock."""

    tag: str
    source: Source
    state: FetchState
    told: Told = Told()
    due: int
    claimed: int
    token: str
    at: float = 0.0
    """When it was claimed, on this process's own clock (time.monotonic)."""


class Claims(Struct, frozen=True, kw_only=True):
    sources: list[Claimed]
    wait: float | None
    """Seconds until the next source falls due, None where there is none."""


class Settlement(Struct, frozen=True, kw_only=True):
    """What became of a claimed source; written as a whole, or not at all."""

    claimed: Claimed
    next_due: int | None
    """Ms on the server's clock; the past means now, None never: until somebody puts the source again."""
    state: FetchState | None = None
    """None leaves what is known."""
    page: bytes | None = None
    """A message for the stream `pages`."""
    events: Sequence[bytes] = ()
    """Messages for the stream `entries`."""


class SourceStore:
    def __init__(self, client: Redis, partitions: int) -> None:
        self._client = client
        self._partitions = partitions

    @property
    def tags(self) -> list[str]:
        return source_partitions(self._partitions)

    async def put(self, source: Source, *, within: float = SOON_SECONDS, from_file: bool = False) -> bool:
        """Adds or changes a source; returns whether anything changed. It falls due at random `within` so many seconds;
        one that is there as it is keeps its time, and a file brings back nothing that a person removed."""
        tag = self._tag(source.id)
        keys = [key(tag, "sources"), key(tag, "due"), key(tag, "leases"), key(tag, "removed")]
        delay = int(random.uniform(0, min(within, source.every)) * 1000)  # noqa: S311 (spreads load, hides nothing)
        answer: Any = await _put(self._client, keys, [source.id, _encode(source), delay, int(from_file)])
        return int(answer) == 1

    async def remove(self, source: str, *, by_hand: bool = False) -> bool:
        """Forgets a source with all that is known of it, the parser's state too; returns whether it was there.

        `by_hand`: the file of sources, where it names it, does not bring it back.
        """
        tag = self._tag(source)
        names = ("sources", "due", "leases", "fetch", "told", "removed")
        keys = [*(key(tag, name) for name in names), blog_key(tag, source)]
        return bool(await _remove(self._client, keys, [source, int(by_hand)]))

    async def removed(self) -> set[str]:
        """What a person removed, and nobody added again."""
        found: set[str] = set()
        for tag in self.tags:
            members: Any = await self._client.smembers(key(tag, "removed"))
            found |= {name.decode() for name in members}
        return found

    async def forget_removed(self, source: str) -> None:
        await self._client.srem(key(self._tag(source), "removed"), source)

    async def get(self, source: str) -> Source | None:
        raw: Any = await self._client.hget(key(self._tag(source), "sources"), source)
        return _source(raw) if raw else None

    async def all(self) -> list[Source]:
        """All sources, by id. One that this version cannot read is passed over and logged."""
        found = []
        for tag in self.tags:
            records: Any = await self._client.hgetall(key(tag, "sources"))
            found += [source for raw in records.values() if (source := _source(raw))]
        return sorted(found, key=lambda source: source.id)

    async def state(self, source: str) -> FetchState:
        raw: Any = await self._client.hget(key(self._tag(source), "fetch"), source)
        return _state(raw)

    async def told(self, source: str) -> Told:
        """What its pages told of the blog."""
        raw: Any = await self._client.hget(key(self._tag(source), "told"), source)
        return told_from(raw)

    async def known(self) -> list[tuple[Source, FetchState, Told]]:
        """All sources with what is known of each, by id."""
        found = []
        for tag in self.tags:
            raw: dict[str, Any] = {
                name: await self._client.hgetall(key(tag, name)) for name in ("sources", "fetch", "told")
            }
            found += [
                (source, _state(raw["fetch"].get(name)), told_from(raw["told"].get(name)))
                for name, record in raw["sources"].items()
                if (source := _source(record))
            ]
        return sorted(found, key=lambda one: one[0].id)

    async def pages(self, size: int) -> AsyncIterator[list[tuple[str, Status, float | None]]]:
        """All sources, some `size` at a time in no order: id, how it fares, and when it is due (seconds since the
        epoch, None for never). One that changes meanwhile may come twice."""
        for tag in self.tags:
            cursor = -1
            while cursor != 0:
                answer: Any = await self._client.hscan(key(tag, "sources"), max(0, cursor), count=size)
                cursor, records = int(answer[0]), answer[1]
                read = {name: source for name, raw in records.items() if (source := _source(raw))}
                if not read:
                    continue
                states: Any = await self._client.hmget(key(tag, "fetch"), list(read))
                told: Any = await self._client.hmget(key(tag, "told"), list(read))
                due: Any = await self._client.zmscore(key(tag, "due"), list(read))
                yield [
                    (
                        source.id,
                        status(source, _state(state), told_from(what)),
                        None if at is None else float(at) / 1000,
                    )
                    for source, state, what, at in zip(read.values(), states, told, due, strict=True)
                ]

    async def watched(self, tag: str, source: str) -> tuple[Source, bytes] | None:
        """A source of this slot with what its pages told, as it is kept; None where it is not watched."""
        record: Any = await self._client.hget(key(tag, "sources"), source)
        if not record or (found := _source(record)) is None:
            return None
        raw: Any = await self._client.hget(key(tag, "told"), source)
        return found, raw or b""

    async def spread(self, tag: str) -> int:
        """After an outage: spreads what fell due meanwhile; returns how many sources that were."""
        seed = secrets.randbelow(2**31)
        args = [int(SPREAD_SECONDS * 1000), int(LATE_SECONDS * 1000), seed, FEW]
        return int(await _spread(self._client, [key(tag, "due"), key(tag, "sources")], args))

    async def claim(self, tag: str, most: int, lease: float) -> Claims:
        """Leases due sources of a partition for `lease` seconds."""
        token = secrets.token_hex(8)
        keys = [key(tag, name) for name in ("due", "sources", "leases", "fetch", "told")]
        answer: list[Any] = await _claim(self._client, keys, [min(most, MOST_CLAIMED), int(lease * 1000), token])
        now, next_due = answer[:2]
        at = time.monotonic()
        claims = [
            Claimed(
                tag=tag,
                source=source,
                state=_state(state),
                told=told_from(told),
                due=int(float(due)),
                claimed=now,
                token=token,
                at=at,
            )
            for due, record, state, told in zip(answer[3::5], answer[4::5], answer[5::5], answer[6::5], strict=True)
            if (source := _source(record)) is not None
        ]
        return Claims(sources=claims, wait=max(0.0, (float(next_due) - now) / 1000) if next_due else None)

    async def renew(self, tag: str, held: Sequence[Claimed], lease: float) -> int:
        """Leases go on for `lease` seconds from now; returns how many are still ours."""
        names = [part for claimed in held for part in (claimed.source.id, claimed.token)]
        return int(await _renew(self._client, [key(tag, "due"), key(tag, "leases")], [int(lease * 1000), *names]))

    async def settle(self, tag: str, settlements: Sequence[Settlement]) -> list[bool]:
        """Writes the results of polls of one partition; False for each whose lease another holds by now."""
        keys = [key(tag, name) for name in ("due", "leases", "fetch", PAGES, ENTRIES)]
        packed = _encode([_packed(done) for done in settlements])
        return [answer == ord("1") for answer in await _settle(self._client, keys, [packed])]

    async def parsed_seq(self, claimed: Claimed) -> int:
        """The last page of the source that the parser took in, 0 for none."""
        seq: Any = await self._client.hget(blog_key(claimed.tag, claimed.source.id), "seq")
        return int(seq or 0)

    def _tag(self, source: str) -> str:
        return source_partition(source, self._partitions)


def _packed(done: Settlement) -> tuple[object, ...]:
    claimed = done.claimed
    due = -1 if done.next_due is None else max(0, done.next_due)
    state = "" if done.state is None else as_string(_encode(done.state))
    page = "" if done.page is None else as_string(done.page)
    return claimed.source.id, claimed.token, due, state, page, tuple(map(as_string, done.events))


def blog_key(tag: str, source: str) -> str:
    """The hash in which the parser keeps what it knows of the source; its field `seq` is the last page taken in."""
    return key(tag, "blog", source)


@lru_cache(20_000)
def _source(raw: bytes) -> Source | None:
    """The record; fields that a newer version wrote and this one does not know are passed over."""
    try:
        fields = msgspec.msgpack.decode(raw)
        return msgspec.convert({name: fields[name] for name in Source.__struct_fields__ if name in fields}, Source)
    except (msgspec.DecodeError, TypeError) as error:
        log.warning("source.unreadable", error=str(error), record=raw[:200])
        return None


def _state(raw: bytes | None) -> FetchState:
    try:
        return _decode_state(raw) if raw else FetchState()
    except msgspec.DecodeError as error:
        log.warning("fetch.state_unreadable", error=str(error))
        return FetchState()
