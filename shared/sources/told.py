"""What pages told of a source, as it is kept: a field of the hash `told` in the source's slot."""

from __future__ import annotations

import msgspec

from shared.keys import key
from shared.sources.fetch_state import Told
from shared.sources.record import Source
from shared.streams.commit import Commit, Guard, Write, set_fields
from shared.telemetry.logs import get_logger

log = get_logger()
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Told).decode


def told_from(raw: bytes | None) -> Told:
    """What pages told, of what is kept."""
    try:
        return _decode(raw) if raw else Told()
    except msgspec.DecodeError as error:
        log.warning("fetch.told_unreadable", error=str(error))
        return Told()


def learnt(tag: str, source: Source, before: bytes, told: Told, *, due_at: float | None = None) -> Commit:
    """What writes that a page told something, where nothing else was told since `before`; with `due_at`, in seconds
    since the epoch, the source is polled then at the latest."""
    told_key = key(tag, "told")
    writes: list[Write] = set_fields(told_key, {source.id: _encode(told)})
    if due_at is not None:
        writes.append(("ZADD", key(tag, "due"), "LT", int(due_at * 1000), source.id))
    return Commit(writes, Guard(told_key, source.id, before))
