"""The enricher's shell: each entry that changed gets what it is about; everything else is passed on as it is."""

from __future__ import annotations

import time

import msgspec
from prometheus_client import Counter, Histogram

from services.enricher.enrichment import Enricher
from services.enricher.loading import enricher_of
from services.enricher.settings import Settings
from services.enricher.stories.shelf import Stories
from shared.collector import spare_collector
from shared.keys import ENRICHED, ENTRIES, source_partitions
from shared.messages import BlogChanged, Enrichment, EntryChanged, EntryEnriched, Message, SourceHealth, encode
from shared.service import Service
from shared.streams.commit import Commit, publish
from shared.streams.hop import Handle, Hop
from shared.telemetry.metrics import LATENCY_BUCKETS, REGISTRY
from shared.telemetry.tracing import carrying

GROUP = "enricher"
ENRICH_SECONDS = Histogram(
    "livebell_enrich_seconds", "Time to enrich one entry.", buckets=LATENCY_BUCKETS, registry=REGISTRY
)
ENTRIES_ENRICHED = Counter(
    "livebell_entries_enriched_total",
    "Enriched entries by language; `none` where it cannot be told.",
    ["language"],
    registry=REGISTRY,
)


async def run(settings: Settings) -> None:
    service = Service("enricher", settings)
    enricher, stories = enricher_of(settings), Stories(service.redis)
    spare_collector()

    def on_batch(stream: str) -> Hop:
        output = stream.removesuffix(ENTRIES) + ENRICHED
        return Hop(
            service.redis,
            stream=stream,
            group=GROUP,
            max_attempts=settings.max_attempts,
            handle=enrich_into(output, enricher, stories),
            side_by_side=True,
        )

    service.consume(source_partitions(settings.partitions), ENTRIES, GROUP, on_batch)
    await service.run()


def enrich_into(output: str, enricher: Enricher, stories: Stories) -> Handle:
    """The stage's step: one message in, one message for the stream `output`."""

    async def placed(changed: EntryChanged, found: Enrichment) -> Enrichment:
        """With the story that it tells, and what lies outside of the entry."""
        story = await stories.join(changed.source, changed.entry, found)
        found = enricher.raised(found, sources=story.sources, tempo=changed.tempo)
        return msgspec.structs.replace(found, story_id=story.id, story_sources=story.sources)

    async def handle(message: Message) -> Commit:
        passed = msgspec.structs.replace(message.passed, enriched=time.time())
        match message:
            case EntryChanged():
                with ENRICH_SECONDS.time():
                    before = enricher.enrich(message.previous, message.blog) if message.previous else None
                    now = enricher.enrich(message.entry, message.blog)
                ENTRIES_ENRICHED.labels(now.language or "none").inc()
                found = EntryEnriched(changed=message, about=await placed(message, now), before=before, passed=passed)
                return Commit((publish(output, encode(carrying(found))),))
            case BlogChanged() | SourceHealth():
                return Commit((publish(output, encode(carrying(msgspec.structs.replace(message, passed=passed)))),))
            case _:
                raise TypeError(f"{type(message).__name__} does not belong into the stream {ENTRIES}.")

    return handle
