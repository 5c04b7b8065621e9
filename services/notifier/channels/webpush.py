"""Message encryption for Web Push (RFC 8291) with the content coding aes128gcm (RFC 8188): one record a message."""

from __future__ import annotations

import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.channels.push_keys import check_push_keys

RECORD_BYTES = 4096
PLAINTEXT_BYTES = 3993
"""What one record of a body that push services must take (4,096 bytes) leaves: 86 for the header, 17 for the end."""


def encrypt(
    plaintext: bytes,
    *,
    p256dh: str,
    auth: str,
    salt: bytes | None = None,
    sender: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body of a push message. `salt` and `sender` are made afresh for every message unless a test gives them.

    Raises ValueError for keys that are none, and for a plaintext that does not fit one record.
    """
    if len(plaintext) > PLAINTEXT_BYTES:
        raise ValueError(f"A push message holds at most {PLAINTEXT_BYTES} bytes, not {len(plaintext)}.")
    receiver = check_push_keys(p256dh, auth)
    salt = salt or os.urandom(16)
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    sender_point = sender.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = sender.exchange(ec.ECDH(), receiver.key)
    info = b"WebPush: info\0" + receiver.point + sender_point
    keying = _hkdf(_hmac(receiver.secret, shared), info)
    content = _hmac(salt, keying)
    content_key = _hkdf(content, b"Content-Encoding: aes128gcm\0")[:16]
    nonce = _hkdf(content, b"Content-Encoding: nonce\0")[:12]
    header = salt + RECORD_BYTES.to_bytes(4) + bytes([len(sender_point)]) + sender_point
    return header + AESGCM(content_key).encrypt(nonce, plaintext + b"\x02", None)


def _hkdf(key: bytes, info: bytes) -> bytes:
    """HKDF's expansion (RFC 5869) to one block of 32 bytes, which is all that is needed here."""
    return _hmac(key, info + b"\x01")


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
