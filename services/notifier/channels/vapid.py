"""Voluntary application server identification (RFC 8292): who sends a push, signed for one push service."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from shared.channels.vapid_keys import VapidKey, b64

VALID_SECONDS = 12 * 3600
RENEWED_SECONDS = 3600
"""Apple asks for a fresh token at most once an hour; one token serves all messages to an origin meanwhile."""
ORIGINS = 1000
ENDPOINTS = 4096
_HEADER = b64(b'{"typ":"JWT","alg":"ES256"}')


class Vapid:
    """Makes `Authorization` headers; `subject` is a mailto: or https: address, `clock` gives epoch seconds."""

    def __init__(self, key: VapidKey, subject: str, clock: Callable[[], float]) -> None:
        if not subject.startswith(("mailto:", "https://")) or "localhost" in subject:
            raise ValueError("LIVEBELL_VAPID_SUBJECT must be a mailto: or https: address that a push service can use.")
        self._key = key
        self._signing_key = key.signing_key
        self._subject = subject
        self._clock = clock
        self._headers: dict[str, tuple[float, str]] = {}

    def authorization(self, endpoint: str) -> str:
        """The header for an endpoint, made anew for its origin when the last one is an hour old."""
        origin = origin_of(endpoint)
        now = self._clock()
        made, header = self._headers.get(origin, (0.0, ""))
        if not 0 <= now - made < RENEWED_SECONDS:
            header = f"vapid t={self._token(origin, now)}, k={self._key.public}"
            if len(self._headers) >= ORIGINS:
                self._headers.clear()
            self._headers[origin] = (now, header)
        return header

    def _token(self, origin: str, now: float) -> str:
        claims = {"aud": origin, "exp": int(now) + VALID_SECONDS, "sub": self._subject}
        signed = f"{_HEADER}.{b64(msgspec.json.encode(claims))}"
        r, s = decode_dss_signature(self._signing_key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{b64(r.to_bytes(32) + s.to_bytes(32))}"


@lru_cache(maxsize=ENDPOINTS)
def origin_of(url: str) -> str:
    """Scheme, host in lower case, and the port where it is not the scheme's own (RFC 6454)."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{host}" if parts.port in {None, usual} else f"{parts.scheme}://{host}:{parts.port}"
