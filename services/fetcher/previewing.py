"""Answers the operator who asks what would be read at an address: fetches it and hands the page to a parser."""

from __future__ import annotations

import zstandard
from redis.asyncio import Redis

from services.fetcher.looking import Look, NotFetchedError, look
from services.fetcher.robots import Robots
from shared.outgoing.client import Outgoing
from shared.sources.previewing import FETCH, READ, PageQuestion, Previewed, ReadQuestion
from shared.streams.asking import BusyError, answer
from shared.telemetry.logs import get_logger

BLOCK_SECONDS = 1.0
log = get_logger()


class Previewer:
    """Fetches through the same guard and with the same bounds as what is watched."""

    def __init__(
        self, client: Redis, outgoing: Outgoing, robots: Robots | None, *, seconds: float, most_bytes: int
    ) -> None:
        self._client = client
        self._outgoing = outgoing
        self._robots = robots
        self._seconds = seconds
        self._most_bytes = most_bytes

    async def follow(self) -> None:
        """Waits a second for a question and sees to it."""
        question = await FETCH.next(self._client, block=BLOCK_SECONDS)
        if question is None:
            return
        try:
            found = await look(
                self._outgoing,
                question.url,
                seconds=self._seconds,
                most_bytes=self._most_bytes,
                robots=self._robots,
            )
            await READ.put(self._client, _to_read(question, found))
        except NotFetchedError as error:
            await answer(self._client, question, Previewed(problem=str(error)))
        except BusyError:
            await answer(self._client, question, Previewed(problem="The parsers are busy: try again in a few seconds."))
        log.info("page.previewed", url=question.url)


def _to_read(question: PageQuestion, found: Look) -> ReadQuestion:
    page = found.page
    return ReadQuestion(
        id=question.id,
        asked_at=question.asked_at,
        url=page.url,
        content_type=page.content_type,
        body=zstandard.ZstdCompressor().compress(page.body),
        body_size=len(page.body),
        seen=page.seen,
        timezone=question.timezone,
        against=found.against,
    )
