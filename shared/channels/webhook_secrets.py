"""Secrets that webhooks are signed with: `whsec_` and base64 of 24 to 64 bytes, as Standard Webhooks has them."""

from __future__ import annotations

import base64
import binascii
import secrets

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES, OUR_BYTES = 24, 64, 32


def generate_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(OUR_BYTES)).decode()


def check_secret(secret: str) -> bytes:
    """The secret's bytes. Raises ValueError that says what it must look like."""
    try:
        raw = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if not secret.startswith(PREFIX) or not FEWEST_BYTES <= len(raw) <= MOST_BYTES:
        raise ValueError(
            "A webhook secret is whsec_ followed by 24 to 64 bytes in base64; leave it out to get one made."
        )
    return raw
