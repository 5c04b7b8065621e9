"""Signatures of Standard Webhooks (version 1 of the specification): `v1` is HMAC-SHA256 over `id.timestamp.body`."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

from shared.webhook_secrets import check_secret


def headers(secrets: Iterable[str], *, delivery: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery; several secrets, while one takes over from another, give several signatures."""
    signatures = " ".join(sign(secret, delivery=delivery, timestamp=timestamp, body=body) for secret in secrets)
    return {"webhook-id": delivery, "webhook-timestamp": str(timestamp), "webhook-signature": signatures}


def sign(secret: str, *, delivery: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the signature in base64. Raises ValueError for a secret of the wrong shape."""
    signed = b"%b.%d.%b" % (delivery.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(check_secret(secret), signed, hashlib.sha256).digest()).decode()
