"""What alerts arrive at: a webhook endpoint and a push service, checked with implementations that are not ours."""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from standardwebhooks import Webhook


@dataclass
class Delivery:
    id: str
    at: float
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.body["type"])

    @property
    def entry(self) -> str:
        return str(self.body["data"]["entry"]["id"])


@dataclass
class WebhookReceiver:
    """Verifies every request with PyPI's `standardwebhooks`; a request that does not verify is an error kept. What
    comes again under one id, as it may where an answer was lost, is received once and counted."""

    secret: str = ""
    received: list[Delivery] = field(default_factory=list)
    repeats: int = 0
    errors: list[str] = field(default_factory=list)
    answer_challenges: bool = True

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/hook", self.receive)
        return app

    async def receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = json.loads(raw)
        if body["type"] == "endpoint.verification":
            return web.json_response({"challenge": body["data"]["challenge"] if self.answer_challenges else "no"})
        try:
            Webhook(self.secret).verify(raw, dict(request.headers))
        except Exception as error:
            self.errors.append(repr(error))
            return web.Response(status=400)
        delivery = Delivery(request.headers["webhook-id"], time.time(), body)
        if any(delivery.id == one.id for one in self.received):
            self.repeats += 1
        else:
            self.received.append(delivery)
        return web.Response(status=204)

    def of(self, kind: str) -> list[Delivery]:
        return [delivery for delivery in self.received if delivery.kind == kind]


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _unb64(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


@dataclass
class PushMessage:
    topic: str | None
    urgency: str | None
    ttl: int
    claims: dict[str, Any]
    payload: dict[str, Any]


@dataclass
class PushService:
    """A browser and its push service in one: decrypts with PyPI's `http_ece` and checks the VAPID signature. A payload
    that comes again is received once and counted."""

    status: int = 201
    received: list[PushMessage] = field(default_factory=list)
    repeats: int = 0
    errors: list[str] = field(default_factory=list)
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/push/{id}", self.receive)
        return app

    def keys(self) -> dict[str, str]:
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _b64(point), "auth": _b64(self.auth)}

    async def receive(self, request: web.Request) -> web.Response:
        try:
            assert request.headers["Content-Encoding"] == "aes128gcm"
            plain = http_ece.decrypt(
                await request.read(), private_key=self.private, auth_secret=self.auth, version="aes128gcm"
            )
            message = PushMessage(
                topic=request.headers.get("Topic"),
                urgency=request.headers.get("Urgency"),
                ttl=int(request.headers["TTL"]),
                claims=vapid_claims(request.headers["Authorization"]),
                payload=json.loads(plain),
            )
        except Exception as error:
            self.errors.append(repr(error))
            return web.Response(status=400)
        if self.status < 300 and any(message.payload == one.payload for one in self.received):
            self.repeats += 1
        elif self.status < 300:
            self.received.append(message)
        return web.Response(status=self.status)


def vapid_claims(authorization: str) -> dict[str, Any]:
    """The claims of a VAPID token whose signature holds under the key that it names (RFC 8292)."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme.lower() == "vapid"
    parameters = dict(part.strip().split("=", 1) for part in rest.split(","))
    header, claims, signature = parameters["t"].split(".")
    assert json.loads(_unb64(header))["alg"] == "ES256"
    raw = _unb64(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(parameters["k"]))
    public.verify(der, f"{header}.{claims}".encode(), ec.ECDSA(SHA256()))
    return dict(json.loads(_unb64(claims)))
