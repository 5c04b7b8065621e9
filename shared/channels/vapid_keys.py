"""The key pair that identifies an application server to push services (RFC 8292): P-256, base64url without padding."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

PRIVATE_BYTES = 32
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


class VapidKey(Struct, frozen=True, kw_only=True):
    """`private` is the scalar of 32 bytes, `public` the uncompressed point of 65: the applicationServerKey."""

    private: str
    public: str

    @property
    def signing_key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(unb64(self.private)), ec.SECP256R1())


def generate_key() -> VapidKey:
    return _from_key(ec.generate_private_key(ec.SECP256R1()))


def load_key(private: str) -> VapidKey:
    """The pair of a private key as `livebell keys vapid` prints it. Raises ValueError."""
    wrong = "The VAPID private key must be 32 bytes in base64url, as `livebell keys vapid` makes it."
    try:
        raw = unb64(private.strip())
        scalar = int.from_bytes(raw) if len(raw) == PRIVATE_BYTES else 0  # 0 is on no curve
        return _from_key(ec.derive_private_key(scalar, ec.SECP256R1()))
    except (ValueError, binascii.Error) as error:
        raise ValueError(wrong) from error


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(value: str) -> bytes:
    """Raises ValueError for anything but base64url, with or without padding."""
    bare = value.rstrip("=")
    if not _BASE64URL.fullmatch(bare):
        raise ValueError("Not base64url.")
    return binascii.a2b_base64(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4))


def _from_key(key: ec.EllipticCurvePrivateKey) -> VapidKey:
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return VapidKey(private=b64(key.private_numbers().private_value.to_bytes(PRIVATE_BYTES)), public=b64(point))
