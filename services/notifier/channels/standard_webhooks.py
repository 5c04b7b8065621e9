"""Signatures of Standard Webhooks over `id.timestamp.body`: `v1` is HMAC-SHA256, `v1a` ed25519."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.channels.webhook_secrets import check_secret
from shared.channels.webhook_signing_keys import PRIVATE_PREFIX, load_signing_key

KEYS_HELD = 4096


def headers(secrets: Iterable[str], *, delivery: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery; several secrets, while one takes over from another, give several signatures."""
    signatures = " ".join(sign(secret, delivery=delivery, timestamp=timestamp, body=body) for secret in secrets)
    return {"webhook-id": delivery, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}


def sign(secret: str, *, delivery: str, timestamp: int, body: bytes) -> str:
    """`v1,` for a secret (`whsec_`), `v1a,` for a signing key (`whsk_`), and the signature in base64.

    Raises ValueError for what is neither.
    """
    signed = b"%b.%d.%b" % (delivery.encode(), timestamp, body)
    if secret.startswith(PRIVATE_PREFIX):
        return "v1a," + base64.b64encode(_signing_key(secret).sign(signed)).decode()
    return "v1," + base64.b64encode(hmac.digest(check_secret(secret), signed, hashlib.sha256)).decode()


@lru_cache(maxsize=KEYS_HELD)
def _signing_key(private: str) -> Ed25519PrivateKey:
    return load_signing_key(private)[1]
