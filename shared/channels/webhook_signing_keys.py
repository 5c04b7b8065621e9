"""Key pairs for the asymmetric signatures of Standard Webhooks: ed25519, `whsk_` and `whpk_` before the base64."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

PRIVATE_PREFIX, PUBLIC_PREFIX = "whsk_", "whpk_"
SEED_BYTES = 32


class SigningKey(Struct, frozen=True, kw_only=True):
    """`private` stays with us, `public` goes to whoever verifies."""

    private: str
    public: str


def generate_signing_key() -> SigningKey:
    return _pair(Ed25519PrivateKey.generate())


def load_signing_key(private: str) -> tuple[SigningKey, Ed25519PrivateKey]:
    """The pair of a private key: its seed of 32 bytes, or seed and public key, 64 bytes. Raises ValueError."""
    try:
        raw = base64.b64decode(private.removeprefix(PRIVATE_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if not private.startswith(PRIVATE_PREFIX) or len(raw) not in {SEED_BYTES, 2 * SEED_BYTES}:
        raise ValueError("A signing key is whsk_ followed by the 32 or 64 bytes of an ed25519 key in base64.")
    key = Ed25519PrivateKey.from_private_bytes(raw[:SEED_BYTES])
    return _pair(key), key


def public_key_of(secret: str | None) -> str | None:
    """What verifies a channel's signatures, where its secret is a signing key; None where it is a shared secret."""
    return load_signing_key(secret)[0].public if secret and secret.startswith(PRIVATE_PREFIX) else None


def _pair(key: Ed25519PrivateKey) -> SigningKey:
    seed, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    return SigningKey(
        private=PRIVATE_PREFIX + base64.b64encode(seed + public).decode(),
        public=PUBLIC_PREFIX + base64.b64encode(public).decode(),
    )
