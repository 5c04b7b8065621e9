"""The keys of a browser's push subscription (RFC 8291): checked when somebody subscribes, used when we send."""

from __future__ import annotations

import binascii

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from shared.channels.vapid_keys import unb64

POINT_BYTES, AUTH_BYTES = 65, 16


class Receiver(Struct, frozen=True, gc=False):
    """A browser: its public key, the same as a point, and the secret that we share."""

    key: ec.EllipticCurvePublicKey
    point: bytes
    secret: bytes


def check_push_keys(p256dh: str, auth: str) -> Receiver:
    """Raises ValueError that says which of the two is wrong."""
    try:
        point = unb64(p256dh)
        public = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), point if len(point) == POINT_BYTES else b""
        )
    except (ValueError, binascii.Error) as error:
        raise ValueError(
            "keys.p256dh must be a P-256 point of 65 bytes in base64url, as PushSubscription.toJSON() gives it."
        ) from error
    try:
        secret = unb64(auth)
    except (ValueError, binascii.Error):
        secret = b""
    if len(secret) != AUTH_BYTES:
        raise ValueError("keys.auth must be 16 bytes in base64url, as PushSubscription.toJSON() gives it.")
    return Receiver(public, point, secret)
