"""Runs in a service's container: the entries of the blog `storm` that were enriched to ring, once for each time, and
the dead letters."""

from __future__ import annotations

import asyncio
import json

from shared.connection import connect, with_password
from shared.keys import (
    DELIVERIES,
    ENRICHED,
    ENTRIES,
    PAGES,
    READ,
    WEIGHING,
    dead,
    key,
    source_partitions,
    subscriber_partitions,
)
from shared.messages import EntryEnriched, decode
from shared.settings import CommonSettings, load_settings


async def main() -> None:
    settings = load_settings(CommonSettings)
    client = connect(with_password(settings.redis_url, settings.redis_password), "test")
    created = []
    for tag in source_partitions(settings.partitions):
        for _, fields in await client.xrange(key(tag, ENRICHED)):
            message = decode(fields[b"m"])
            if isinstance(message, EntryEnriched) and message.changed.source == "storm" and not message.changed.quiet:
                created.append(message.changed.entry.id)
    streams = [
        key(tag, kind) for tag in source_partitions(settings.partitions) for kind in (PAGES, READ, ENTRIES, ENRICHED)
    ]
    streams += [
        key(tag, kind)
        for tag in subscriber_partitions(settings.subscriber_partitions)
        for kind in (WEIGHING, DELIVERIES)
    ]
    parked = {stream: await client.xlen(dead(stream)) for stream in streams}
    print(json.dumps({"created": created, "dead": {stream: count for stream, count in parked.items() if count}}))
    await client.aclose()


asyncio.run(main())
