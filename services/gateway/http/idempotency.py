"""Idempotency-Key on POST: the same key with the same body gets the same answer, and nothing is done twice.

An answer may hold a new token, so that it is kept encrypted under the key that the client chose, which is kept only as
a hash: what lies in Redis opens nothing. Answers are kept for a day; those that refused are not kept, so that the same
key can be sent again with what was wrong mended.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.gateway.http.problems import RETRY_SOON, WITHOUT_REDIS, send_problem
from shared.keys import key, subscriber_partition
from shared.telemetry.health import App, Receive, Scope, Send

SHORTEST, LONGEST = 16, 255
KEPT_SECONDS = 86_400
UNDER_WAY_SECONDS = 60
ANSWER_BYTES = 65_536
QUESTIONS = frozenset({"/api/v1/caught", "/api/v1/explain", "/api/v1/sources/test"})
"""They change nothing: asked twice, they are answered twice."""
NONCE_BYTES, PRINT_BYTES = 12, 32
UNDER_WAY, DONE = b"?", b"!"


class Answer(Struct, frozen=True, kw_only=True):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Kept(Exception):  # noqa: N818 - no error: what was answered before
    """Nothing is to be done: `status` and `detail` of a refusal, or the answer of the first time."""

    def __init__(self, answer: Answer | None, status: int = 0, detail: str = "") -> None:
        super().__init__(detail)
        self.answer, self.status, self.detail = answer, status, detail


def with_idempotency(
    app: App, redis: Redis, partitions: int, *, most_bytes: int, client_of: Callable[[Scope], str]
) -> App:
    async def once(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = _header(scope, b"idempotency-key")
        if scope.get("method") != "POST" or chosen is None or str(scope["path"]).rstrip("/") in QUESTIONS:
            await app(scope, receive, send)
            return
        if not SHORTEST <= len(chosen) <= LONGEST:
            detail = f"Idempotency-Key: send {SHORTEST} to {LONGEST} characters that nobody guesses, such as a UUID."
            await send_problem(send, 400, detail)
            return
        try:
            body = await _body(receive, most_bytes)
        except ConnectionError:
            return
        if body is None:
            await send_problem(send, 413, "The body is larger than 64 kB: send a smaller one.")
            return
        who = _header(scope, b"authorization") or client_of(scope)
        held = _Held(redis, partitions, chosen, f"{who}\x1f{scope['path']}", body)
        try:
            await held.claim()
        except Kept as kept:
            await _tell(kept, send)
            return
        except RedisError:
            await send_problem(send, 503, WITHOUT_REDIS, RETRY_SOON)
            return
        await _answer(app, scope, body, send, held)

    return once


async def _answer(app: App, scope: Scope, body: bytes, send: Send, held: _Held) -> None:
    """Keeps what is answered before it is sent: whoever hears of it may rely on it."""
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def collect(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    try:
        await app(scope, receive, collect)
    except BaseException:
        await held.give_up()
        raise
    answer = Answer(status=start["status"], headers=list(start.get("headers", ())), body=b"".join(parts))
    try:
        await (held.keep(answer) if answer.status < 300 and len(answer.body) <= ANSWER_BYTES else held.give_up())
    except RedisError:
        await send_problem(send, 503, WITHOUT_REDIS, RETRY_SOON)
        return
    await _send(answer, send)


class _Held:
    def __init__(self, redis: Redis, partitions: int, chosen: str, whose: str, body: bytes) -> None:
        self._redis: Any = redis  # redis-py annotates the union of what its modes answer
        name = hashlib.sha256(f"{whose}\x1f{chosen}".encode()).hexdigest()
        self._name = key(subscriber_partition(name, partitions), "idempotency", name)
        self._cipher = AESGCM(hashlib.sha256(f"answer\x1f{whose}\x1f{chosen}".encode()).digest())
        self._print = hashlib.sha256(body).digest()

    async def claim(self) -> None:
        """Raises Kept where the key was used before."""
        if await self._redis.set(self._name, UNDER_WAY + self._print, nx=True, ex=UNDER_WAY_SECONDS):
            return
        found = await self._redis.get(self._name) or UNDER_WAY + self._print
        if found[1 : 1 + PRINT_BYTES] != self._print:
            raise Kept(None, 422, "This Idempotency-Key came with another body before: choose a new key.")
        if found[:1] == UNDER_WAY:
            raise Kept(None, 409, "A request with this Idempotency-Key is under way: ask again in a second.")
        sealed = found[1 + PRINT_BYTES :]
        try:
            opened = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
            raise Kept(msgspec.msgpack.decode(opened, type=Answer))
        except (InvalidTag, msgspec.DecodeError) as error:
            raise Kept(None, 422, "This Idempotency-Key was used before: choose a new key.") from error

    async def keep(self, answer: Answer) -> None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, msgspec.msgpack.encode(answer), None)
        await self._redis.set(self._name, DONE + self._print + nonce + sealed, ex=KEPT_SECONDS)

    async def give_up(self) -> None:
        await self._redis.delete(self._name)


async def _tell(kept: Kept, send: Send) -> None:
    if kept.answer is None:
        await send_problem(send, kept.status, kept.detail, {"Retry-After": "1"} if kept.status == 409 else {})
        return
    headers = [*kept.answer.headers, (b"idempotency-replayed", b"true")]
    await _send(msgspec.structs.replace(kept.answer, headers=headers), send)


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _body(receive: Receive, most: int) -> bytes | None:
    """The whole body, None where it is larger than `most`. Raises ConnectionError where the client left."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for known, value in scope.get("headers", ()) if known == name), None)
