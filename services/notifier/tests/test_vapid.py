from __future__ import annotations

import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, strategies as st

from services.notifier.channels import vapid as limits
from services.notifier.channels.vapid import Vapid
from shared.channels.vapid_keys import VapidKey, b64, generate_key, load_key, unb64

KEY = generate_key()
ENDPOINT = "https://push.example/send/1"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def claims(authorization: str, key: VapidKey = KEY) -> dict[str, object]:
    """The claims, once the signature has been verified with the key that the header itself names."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert parts["k"] == key.public
    signed, _, signature = parts["t"].rpartition(".")
    raw = unb64(signature)
    assert len(raw) == 64
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
    pair = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public.verify(pair, signed.encode(), ec.ECDSA(SHA256()))
    header, body = (json.loads(unb64(part)) for part in signed.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}
    return dict(body)


def test_names_the_origin_with_its_port_for_at_most_a_day() -> None:
    clock = Clock()
    vapid = Vapid(KEY, "mailto:desk@example.org", clock)
    found = claims(vapid.authorization("https://push.example:8443/send/1?x=2"))
    assert found["aud"] == "https://push.example:8443"
    assert found["sub"] == "mailto:desk@example.org"
    assert clock.now < found["exp"] <= clock.now + 86_400
    assert claims(vapid.authorization(ENDPOINT))["aud"] == "https://push.example"
    assert claims(vapid.authorization("https://PUSH.example:443/send/1"))["aud"] == "https://push.example"
    assert claims(vapid.authorization("http://[::1]:8080/send/1"))["aud"] == "http://[::1]:8080"


def test_one_token_serves_an_origin_for_an_hour() -> None:
    clock = Clock()
    vapid = Vapid(KEY, "https://example.org/contact", clock)
    first = vapid.authorization(ENDPOINT)
    clock.now += 3599
    assert vapid.authorization("https://push.example/send/2") == first
    clock.now += 2
    second = vapid.authorization(ENDPOINT)
    assert second != first
    assert claims(second)["exp"] > clock.now
    clock.now -= 7200
    assert claims(vapid.authorization(ENDPOINT))["exp"] <= clock.now + 86_400


def test_as_many_origins_as_anybody_names_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ORIGINS", 2)
    vapid = Vapid(KEY, "mailto:desk@example.org", Clock())
    endpoints = [f"https://push{number}.example/1" for number in range(3)]
    made = [vapid.authorization(endpoint) for endpoint in endpoints]
    assert vapid.authorization(endpoints[2]) == made[2]
    assert vapid.authorization(endpoints[0]) != made[0], "forgotten, and signed anew"


def test_another_key_does_not_verify() -> None:
    other = generate_key()
    header = Vapid(KEY, "mailto:desk@example.org", Clock()).authorization(ENDPOINT).replace(KEY.public, other.public)
    with pytest.raises(InvalidSignature):
        claims(header, other)


@pytest.mark.parametrize(
    "subject", ["", "desk@example.org", "http://example.org", "mailto:root@localhost", "https://localhost/x"]
)
def test_subjects_that_push_services_reject_are_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="VAPID_SUBJECT"):
        Vapid(KEY, subject, Clock())


@given(st.integers(min_value=1, max_value=2**256 - 2**225))
def test_a_key_survives_being_written_down(scalar: int) -> None:
    kept = load_key(b64(scalar.to_bytes(32)))
    assert unb64(kept.private) == scalar.to_bytes(32)
    assert len(unb64(kept.public)) == 65
    assert unb64(kept.public)[0] == 4
    assert load_key(f" {kept.private}=\n") == kept


@pytest.mark.parametrize("private", ["", "abc", b64(bytes(31)), b64(bytes(32)), b64(b"\xff" * 32), "é" * 43])
def test_what_is_no_key_is_refused(private: str) -> None:
    with pytest.raises(ValueError, match="VAPID private key"):
        load_key(private)
