"""One request to one endpoint: what goes out, and what came back. Nothing here decides what that means."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import ClientError

from services.notifier.retries import Answer
from services.notifier.standard_webhooks import headers as signature_headers
from services.notifier.vapid import Vapid
from services.notifier.webpush import encrypt
from shared.content_coding import BodyError
from shared.guard import RefusedTargetError
from shared.outgoing import Outgoing, read_bounded
from shared.subscriptions import WebhookChannel, WebPushChannel

RESPONSE_BYTES = 16_384
TTL_SECONDS = 86_400


class Sender:
    """Sends through one guarded client. Waiting for a turn costs an endpoint nothing of its time."""

    def __init__(self, outgoing: Outgoing, vapid: Vapid, *, at_once: int, at_once_per_host: int) -> None:
        self._outgoing = outgoing
        self._vapid = vapid
        self._turns = asyncio.Semaphore(at_once)
        self._at_once_per_host = at_once_per_host
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(self._host_turns)

    async def webhook(self, channel: WebhookChannel, delivery: str, body: bytes) -> Answer:
        headers = signature_headers(
            [channel.secret or ""], delivery=delivery, timestamp=int(time.time()), body=body
        ) | {"content-type": "application/json"}
        return await self._post(channel.url, headers, body)

    async def push(self, channel: WebPushChannel, payload: bytes, *, topic: str, urgency: str) -> Answer:
        headers = {
            "Authorization": self._vapid.authorization(channel.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_SECONDS),
            "Topic": topic,
            "Urgency": urgency,
        }
        body = encrypt(payload, p256dh=channel.keys.p256dh, auth=channel.keys.auth)
        return await self._post(channel.endpoint, headers, body)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        async with self._turn(url):
            started = time.perf_counter()
            try:
                async with self._outgoing.request("POST", url, headers=headers, data=body) as response:
                    start = await read_bounded(response, RESPONSE_BYTES)
                    return Answer(
                        status=response.status,
                        start=start.decode("utf-8", "replace"),
                        retry_after=response.headers.get("Retry-After"),
                        seconds=time.perf_counter() - started,
                    )
            except BodyError as error:
                return Answer(status=response.status, start=f"({error})", seconds=time.perf_counter() - started)
            except RefusedTargetError as error:
                return Answer(error=str(error), seconds=time.perf_counter() - started)
            except TimeoutError:
                return Answer(error="did not answer in time", seconds=time.perf_counter() - started)
            except (ClientError, OSError) as error:
                return Answer(error=f"could not be reached: {error}", seconds=time.perf_counter() - started)

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[None]:
        """A place among those to one host first, so that a slow host holds none of the places for all."""
        async with self._hosts[urlsplit(url).netloc], self._turns:
            yield

    def _host_turns(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self._at_once_per_host)
