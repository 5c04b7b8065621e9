"""One request to one endpoint: what goes out, and what came back. Nothing here decides what that means."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from aiohttp import ClientError, ClientResponse

from services.notifier.channels.apprising import notify
from services.notifier.channels.standard_webhooks import headers as signature_headers
from services.notifier.channels.vapid import Vapid, origin_of
from services.notifier.channels.webpush import encrypt
from services.notifier.delivering.origins import Origins
from services.notifier.delivering.retries import Answer, retry_after
from services.notifier.delivering.turns import Lane, Turn, TurnedAwayError, Turns
from shared.channels.push_hosts import is_push_endpoint
from shared.outgoing.client import Outgoing, read_bounded
from shared.outgoing.content_coding import BodyError
from shared.outgoing.guard import Guard, RefusedTargetError
from shared.subscriptions.record import AppriseChannel, WebhookChannel, WebPushChannel
from shared.telemetry.tracing import span, traceparent

RESPONSE_BYTES = 16_384
APPRISE_SECONDS = 30.0
ORIGINS = 1000


class Flight(Protocol):
    """Whoever waits for an answer sees in `turn` that the request is under way."""

    turn: Turn | None


class Sender:
    """Sends through one guarded client. Waiting for a turn costs an endpoint nothing of its time; who cannot have one
    soon is turned away (TurnedAwayError)."""

    def __init__(
        self,
        outgoing: Outgoing,
        vapid: Vapid,
        turns: Turns,
        origins: Origins,
        guard: Guard,
        push_hosts: Sequence[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._outgoing = outgoing
        self._vapid = vapid
        self._turns = turns
        self._origins = origins
        self._guard = guard
        self._push_hosts = push_hosts
        self._clock = clock
        self._origins_known: dict[str, str | None] = {}

    async def webhook(
        self, flight: Flight, channel: WebhookChannel, secrets: Sequence[str], delivery: str, body: bytes
    ) -> Answer:
        """Signed with each of the secrets."""
        lane = self._turns.endpoint(channel.url)
        turn = flight.turn = await self._turns.enter(lane)
        try:
            headers = signature_headers(secrets, delivery=delivery, timestamp=int(self._clock()), body=body)
            headers["content-type"] = "application/json"
            with span("webhook", sends=True, delivery=delivery):
                if trace := traceparent():
                    headers["traceparent"] = trace
                return await self._post(channel.url, headers, body)
        finally:
            self._turns.leave(turn)

    async def push(
        self, flight: Flight, channel: WebPushChannel, payload: bytes, *, topic: str, urgency: str, ttl: int
    ) -> Answer:
        endpoint = channel.endpoint
        origin = self._origin(endpoint)
        if origin is None:
            return Answer(error="lies on no push service that LIVEBELL_PUSH_HOSTS names")
        lane = self._turns.origin(origin)
        turn = flight.turn = await self._enter_origin(origin, lane)
        try:
            headers = {
                "Authorization": self._vapid.authorization(origin),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(ttl),
                "Topic": topic,
                "Urgency": urgency,
            }
            body = encrypt(payload, p256dh=channel.keys.p256dh, auth=channel.keys.auth)
            with span("webpush", sends=True, service=origin):
                answer = await self._post(endpoint, headers, body)
        finally:
            self._turns.leave(turn)
        self._origins.observe(origin, answer, retry_after(answer.retry_after, self._clock()))
        return answer

    async def apprise(self, flight: Flight, channel: AppriseChannel, title: str, body: str) -> Answer:
        """Apprise has a client of its own, which no guard watches: the gateway takes such channels from the operator
        alone."""
        turn = flight.turn = await self._turns.enter(self._turns.endpoint(channel.url))
        try:
            return await notify(channel.url, title, body, APPRISE_SECONDS)
        finally:
            self._turns.leave(turn)

    def overdue(self, turn: Turn) -> None:
        self._turns.overdue(turn)

    async def _enter_origin(self, origin: str, lane: Lane) -> Turn:
        """Asks before and after waiting in line, since the push service may have asked for a pause meanwhile."""
        if wait := self._origins.wait(origin):
            raise TurnedAwayError(wait)
        turn = await self._turns.enter(lane)
        if wait := self._origins.claim(origin):
            self._turns.leave(turn)
            raise TurnedAwayError(wait)
        return turn

    def _origin(self, endpoint: str) -> str | None:
        """The endpoint's origin; None where it lies on no push service, since a host may be taken off the list after
        somebody subscribed. What stands before the path decides."""
        start = endpoint[: endpoint.find("/", 8) + 1] or endpoint
        if start not in self._origins_known:
            if len(self._origins_known) >= ORIGINS:
                self._origins_known.clear()
            known = is_push_endpoint(start, self._push_hosts) or self._opens(start)
            self._origins_known[start] = origin_of(start) if known else None
        return self._origins_known[start]

    def _opens(self, endpoint: str) -> bool:
        try:
            return self._guard.opens(endpoint)
        except RefusedTargetError:
            return False

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        started = time.perf_counter()
        try:
            async with await self._outgoing.open("POST", url, headers=headers, data=body) as response:
                return Answer(
                    status=response.status,
                    start=await _start(response) if response.content_length != 0 else "",
                    retry_after=response.headers.get("Retry-After"),
                    seconds=time.perf_counter() - started,
                )
        except RefusedTargetError as refused:
            error = str(refused)
        except TimeoutError:
            error = "did not answer in time"
        except (ClientError, OSError) as failed:
            error = f"could not be reached: {failed}"
        return Answer(error=error, seconds=time.perf_counter() - started)


async def _start(response: ClientResponse) -> str:
    """The body's start as text, or why it could not be read: the status counts all the same."""
    try:
        return (await read_bounded(response, RESPONSE_BYTES)).decode("utf-8", "replace")
    except BodyError as error:
        return f"({error})"
