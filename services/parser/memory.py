"""What is known of each source, in Redis: one field for each entry, so that a page writes only what it changed.

Layout: the hash `blog:<source>` in the source's slot, with `seq` (the last page that was read, whatever it held),
`blog` (MessagePack: when it was seen, and the blog), `unreadable` (since when pages hold none) and `e:<id>`
(MessagePack of a KnownEntry).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from redis.asyncio import Redis

from services.parser.difference import Difference, Known, KnownEntry
from shared.keys import key
from shared.records import Blog
from shared.streams.commit import Guard, Write, delete_fields, set_fields

CACHED_ENTRIES = 200_000


class Remembered(Struct, frozen=True, kw_only=True):
    """`seq` is "" for a source that was never read; `unreadable` in epoch seconds, 0 where the last page was read."""

    seq: str
    known: Known | None
    unreadable: float = 0.0


class _Head(Struct, frozen=True):
    seq: int
    seen: float
    blog: Blog
    listed: list[str] = []
    newest: float = 0.0


_encode = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(_Head).decode
_decode_entry = msgspec.msgpack.Decoder(KnownEntry).decode


class Memory:
    """Reads what is known of a source, keeps it while it is right, and says what to write: the hop commits it."""

    def __init__(self, client: Redis, tag: str) -> None:
        self._client: Any = client  # redis-py annotates the union of what its modes answer
        self._tag = tag
        self._cache: OrderedDict[str, Remembered] = OrderedDict()
        self._cached_entries = 0
        self._read: dict[str, dict[bytes, bytes]] = {}

    async def refresh(self, sources: Iterable[str]) -> None:
        """Drops what another process has written since, and reads it anew: two calls for all of them. What of it cannot
        be decoded is told to whoever recalls it."""
        held = [source for source in sources if source in self._cache]
        for source, seq in zip(held, await self._all("HGET", held, "seq"), strict=True):
            if (seq or b"").decode() != self._cache[source].seq:
                self.forget(source)
        wanted = [source for source in sources if source not in self._cache]
        self._read = dict(zip(wanted, await self._all("HGETALL", wanted), strict=True))

    async def recall(self, source: str) -> Remembered:
        if (cached := self._cache.get(source)) is not None:
            self._cache.move_to_end(source)
            return cached
        fields = self._read.pop(source, None)
        found = _remembered(await self._client.hgetall(self._key(source)) if fields is None else fields)
        self._keep(source, found)
        return found

    def guard(self, source: str, before: Remembered) -> Guard:
        """That nobody has read a page of the source in between."""
        return Guard(self._key(source), "seq", before.seq)

    def learn(self, source: str, found: Difference) -> list[Write]:
        """The writes of a page that was read."""
        known = found.known
        fields: dict[bytes | str, bytes | str | int] = {
            "seq": str(known.seq),
            "blog": _encode(_Head(known.seq, known.seen, known.blog, list(known.listed), known.newest)),
            **{f"e:{name}": _encode(known.entries[name]) for name in found.touched},
        }
        self._keep(source, Remembered(seq=str(known.seq), known=known))
        gone = [*(f"e:{name}" for name in found.forgotten), "unreadable"]
        return [*set_fields(self._key(source), fields), *delete_fields(self._key(source), gone)]

    def learn_unreadable(self, source: str, before: Remembered, seq: int, seen: float) -> list[Write]:
        """The writes of a page that held no live blog: what is known of the blog stays."""
        since = before.unreadable or seen
        self._keep(source, Remembered(seq=str(seq), known=before.known, unreadable=since))
        return set_fields(self._key(source), {"seq": str(seq), "unreadable": str(since)})

    def pass_over(self, source: str, before: Remembered, seq: int) -> list[Write]:
        """The writes of a page that says nothing at all: only that it was taken in."""
        self._keep(source, replace(before, seq=str(seq)))
        return set_fields(self._key(source), {"seq": str(seq)})

    def forget(self, source: str) -> None:
        if (dropped := self._cache.pop(source, None)) is not None:
            self._cached_entries -= _size(dropped)

    async def _all(self, command: str, sources: list[str], *arguments: str) -> list[Any]:
        async with self._client.pipeline(transaction=False) as pipe:
            for source in sources:
                pipe.execute_command(command, self._key(source), *arguments)
            return list(await pipe.execute())

    def _keep(self, source: str, remembered: Remembered) -> None:
        self.forget(source)
        self._cache[source] = remembered
        self._cached_entries += _size(remembered)
        while self._cached_entries > CACHED_ENTRIES and len(self._cache) > 1:
            self.forget(next(iter(self._cache)))

    def _key(self, source: str) -> str:
        return key(self._tag, "blog", source)


def _remembered(fields: dict[bytes, bytes]) -> Remembered:
    head = _decode_head(fields[b"blog"]) if b"blog" in fields else None
    entries = {name[2:].decode(): _decode_entry(body) for name, body in fields.items() if name.startswith(b"e:")}
    return Remembered(
        seq=fields.get(b"seq", b"").decode(),
        known=_known(head, entries) if head else None,
        unreadable=float(fields.get(b"unreadable", 0)),
    )


def _known(head: _Head, entries: dict[str, KnownEntry]) -> Known:
    return Known(seq=head.seq, seen=head.seen, blog=head.blog, entries=entries, listed=head.listed, newest=head.newest)


def _size(remembered: Remembered) -> int:
    return 1 + (len(remembered.known.entries) if remembered.known else 0)
