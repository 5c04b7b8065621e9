"""The names of all Redis keys, and which slot each lies in.

Everything about a source shares the hash tag `{p<N>}`, everything about a subscriber `{d<N>}`: one commit stays in one
slot of a Redis Cluster. A step from one family to the other is a hand-over that may repeat and is idempotent by id.
"""

from __future__ import annotations

from zlib import crc32


def source_partition(source: str, partitions: int) -> str:
    """The hash tag of a source, `{p<N>}`."""
    return f"{{p{crc32(source.encode()) % partitions}}}"


def subscriber_partition(subscription: str, partitions: int) -> str:
    """The hash tag of a subscription, `{d<N>}`."""
    return f"{{d{crc32(subscription.encode()) % partitions}}}"


def source_partitions(partitions: int) -> list[str]:
    return [f"{{p{n}}}" for n in range(partitions)]


def subscriber_partitions(partitions: int) -> list[str]:
    return [f"{{d{n}}}" for n in range(partitions)]


def key(tag: str, *parts: str) -> str:
    """`livebell:{p0}:pages`, `livebell:{d0}:subscription:sub_1`, …"""
    return ":".join(("livebell", tag, *parts))


PAGES, READ, ENTRIES, ENRICHED = "pages", "read", "entries", "enriched"
WEIGHING, DELIVERIES = "weighing", "deliveries"

GROUPS = {
    PAGES: ("parser",),
    READ: ("fetcher",),
    ENTRIES: ("enricher",),
    ENRICHED: ("notifier",),
    WEIGHING: ("notifier",),
    DELIVERIES: ("notifier",),
}
"""Which consumer groups read each stream: it is trimmed behind what all of them have acknowledged."""


def dead(stream: str) -> str:
    """The dead-letter stream of a stream, in the same slot."""
    return f"{stream}:dead"
