"""Answers the operator who asks what would be read at an address, once a fetcher has handed over the page."""

from __future__ import annotations

from datetime import UTC, datetime

import zstandard
from redis.asyncio import Redis

from services.parser.limits import PAGE_BYTES
from services.parser.preview import preview
from services.parser.reading import NoLiveBlogError
from shared.sources.previewing import READ, Previewed, ReadQuestion
from shared.streams.asking import answer

BLOCK_SECONDS = 1.0


async def follow_previews(client: Redis) -> None:
    """Waits a second for a page and reads it."""
    question = await READ.next(client, block=BLOCK_SECONDS)
    if question is not None:
        await answer(client, question, _previewed(question))


def _previewed(question: ReadQuestion) -> Previewed:
    size = min(question.body_size, PAGE_BYTES)
    try:
        found = preview(
            zstandard.ZstdDecompressor().decompress(question.body, max_output_size=size),
            url=question.url,
            content_type=question.content_type,
            fetched_at=datetime.fromtimestamp(question.seen, UTC),
            timezone=question.timezone,
            against=question.against,
        )
    except NoLiveBlogError as error:
        return Previewed(problem=f"{question.url}: {error}")
    return Previewed(preview=found)
