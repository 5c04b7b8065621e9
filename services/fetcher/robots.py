"""Asks each origin for its robots.txt, and keeps what it says for a while (RFC 9309)."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from urllib.parse import urlsplit

from msgspec import Struct

from services.fetcher.fetch import fetch_start
from services.fetcher.freshness import fresh_seconds
from services.fetcher.metrics import ROBOTS
from services.fetcher.outcome import Answer, Failed, encodable
from services.fetcher.reasons import Reason
from services.fetcher.robots_rules import MAX_BYTES, Rules, read_rules
from shared.outgoing.client import Outgoing
from shared.outgoing.content_coding import BodyError, decoded
from shared.telemetry.logs import get_logger

SECONDS = 10.0
"""For one robots.txt, redirects and all."""
KEPT_SECONDS = 6 * 3600.0
LEAST_KEPT_SECONDS, MOST_KEPT_SECONDS = 600.0, 86_400.0
AGAIN_SECONDS = 120.0
"""One that could not be had is asked for again after so long; until then the origin is as it last was, or closed."""
MOST_ORIGINS = 5_000
MOST_VERDICTS = 50_000
LARGE = 50_000
"""Bytes: a larger file is read in a thread."""

log = get_logger()


class Verdict(Struct, frozen=True):
    """`failed` says why the address must not be fetched. `delay` is the gap in seconds that the host asks for."""

    failed: Failed | None = None
    delay: float = 0.0


ALLOWED = Verdict()


class _Origin(Struct, frozen=True):
    """`rules` is None where there are none; `failed` why they could not be had."""

    until: float
    rules: Rules | None = None
    failed: Failed | None = None


class Robots:
    def __init__(self, outgoing: Outgoing, *, token: str) -> None:
        self._outgoing = outgoing
        self._token = token
        self._origins: OrderedDict[str, _Origin] = OrderedDict()
        self._verdicts: dict[str, tuple[Verdict, float]] = {}
        self._asking: dict[str, asyncio.Task[_Origin]] = {}

    def known(self, url: str) -> Verdict | None:
        """What is known without asking anybody."""
        if (kept := self._verdicts.get(url)) is not None and time.monotonic() < kept[1]:
            return kept[0]
        return None

    async def verdict(self, url: str) -> Verdict:
        if (found := self.known(url)) is not None:
            return found
        parts = urlsplit(url)
        name = f"{parts.scheme}://{parts.netloc}"
        origin = self._origins.get(name)
        if origin is None or time.monotonic() >= origin.until:
            origin = await self._asked(name)
        found = _verdict(origin, url)
        if len(self._verdicts) >= MOST_VERDICTS:
            self._verdicts.clear()
        self._verdicts[url] = (found, origin.until)
        return found

    async def _asked(self, name: str) -> _Origin:
        """Of several that ask for one origin at a time, one does; none that gives up takes the answer from the rest."""
        if (task := self._asking.get(name)) is None:
            task = self._asking[name] = asyncio.create_task(self._ask(name))
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        return await asyncio.shield(task)

    async def _ask(self, name: str) -> _Origin:
        before = self._origins.pop(name, None)
        answer = await fetch_start(self._outgoing, f"{name}/robots.txt", seconds=SECONDS, most_bytes=MAX_BYTES)
        found = await self._read(answer, before)
        self._origins[name] = found
        while len(self._origins) > MOST_ORIGINS:
            self._origins.popitem(last=False)
        outcome = _outcome(answer, found)
        ROBOTS.labels(outcome).inc()
        log.info(
            "robots.cut" if outcome == "cut" else "robots.read" if outcome != "unreachable" else "robots.unreachable",
            origin=name,
            outcome=outcome,
            status=answer.status if isinstance(answer, Answer) else None,
            reason=str(answer.reason) if isinstance(answer, Failed) else None,
            bytes=len(answer.body) if isinstance(answer, Answer) else 0,
            kept_seconds=round(found.until - time.monotonic()),
        )
        return found

    async def _read(self, answer: Answer | Failed, before: _Origin | None) -> _Origin:
        now = time.monotonic()
        if _not_had(answer):
            if before is not None and before.failed is None:
                return _Origin(now + AGAIN_SECONDS, before.rules)
            return _Origin(now + AGAIN_SECONDS, failed=_why(answer))
        assert isinstance(answer, Answer)  # noqa: S101 (what was not had is dealt with)
        said = fresh_seconds(answer.headers, MOST_KEPT_SECONDS)
        until = now + (min(max(said, LEAST_KEPT_SECONDS), MOST_KEPT_SECONDS) if said else KEPT_SECONDS)
        if answer.status != 200:
            return _Origin(until)
        try:
            body = decoded(answer.body, answer.coding, MAX_BYTES)
        except BodyError as error:
            detail = f"robots.txt: {encodable(str(error))}"
            return _Origin(
                now + AGAIN_SECONDS, failed=Failed(reason=Reason.ROBOTS_UNREACHABLE, seen=answer.seen, detail=detail)
            )
        if len(body) > LARGE:
            return _Origin(until, await asyncio.to_thread(read_rules, body, self._token))
        return _Origin(until, read_rules(body, self._token))


def _outcome(answer: Answer | Failed, found: _Origin) -> str:
    if isinstance(answer, Failed) or _not_had(answer):
        return "unreachable"
    if found.rules is None:
        return "none"
    return "cut" if len(answer.body) >= MAX_BYTES else "read"


def _not_had(answer: Answer | Failed) -> bool:
    """RFC 9309, 2.3.1: too many redirects and what is refused (4xx) mean that there is none."""
    if isinstance(answer, Failed):
        return answer.reason is not Reason.REDIRECT_LOOP
    return answer.status >= 500 or answer.status == 429


def _why(answer: Answer | Failed) -> Failed:
    """A host that does not answer is named as such, not by its robots.txt."""
    if isinstance(answer, Failed):
        return answer
    return Failed(reason=Reason.ROBOTS_UNREACHABLE, seen=answer.seen, detail=f"robots.txt: status {answer.status}")


def _verdict(origin: _Origin, url: str) -> Verdict:
    if origin.failed is not None:
        return Verdict(origin.failed)
    if origin.rules is None:
        return ALLOWED
    delay = origin.rules.delay
    if origin.rules.allow(url):
        return Verdict(delay=delay) if delay else ALLOWED
    return Verdict(Failed(reason=Reason.ROBOTS, seen=0.0, detail="disallowed by its robots.txt"), delay)
