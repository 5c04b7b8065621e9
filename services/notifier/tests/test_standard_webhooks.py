"""Signatures, verified by PyPI's `standardwebhooks` and by ed25519 itself."""

from __future__ import annotations

import base64
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from services.notifier.channels.standard_webhooks import headers, sign
from shared.channels.webhook_secrets import check_secret, generate_secret
from shared.channels.webhook_signing_keys import generate_signing_key, load_signing_key

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_vector_of_the_specification() -> None:
    signature = sign(
        SECRET, delivery="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(max_size=200), st.binary(min_size=24, max_size=64))
def test_another_implementation_verifies_it(text: str, secret: bytes) -> None:
    body = text.encode()
    key = "whsec_" + base64.b64encode(secret).decode()
    signed = headers([key], delivery="msg_1", timestamp=int(time.time()), body=body)
    Webhook(key).verify(body, signed, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body + b"x", signed, json_parse=False)


def test_both_secrets_verify_while_one_takes_over() -> None:
    old, new = generate_secret(), generate_secret()
    signed = headers([new, old], delivery="msg_1", timestamp=int(time.time()), body=b"{}")
    for secret in (old, new):
        assert Webhook(secret).verify(b"{}", signed) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(generate_secret()).verify(b"{}", signed)


def test_a_secret_that_we_make_is_one() -> None:
    assert 24 <= len(check_secret(generate_secret())) <= 64
    assert generate_secret() != generate_secret()


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_c2hvcnQ=",
        "whsec_not base64 at all, not base64 at all",
        "whsec_" + "QUFB" * 22,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_ä" + "QUFB" * 8,
    ],
)
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        check_secret(secret)


def test_a_signing_key_gives_v1a_that_its_public_half_verifies() -> None:
    key = generate_signing_key()
    signed = headers([generate_secret(), key.private], delivery="msg_1", timestamp=1_800_000_000, body=b'{"a":1}')
    v1, v1a = (signature.split(",") for signature in signed["webhook-signature"].split(" "))
    assert (v1[0], v1a[0]) == ("v1", "v1a")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public.removeprefix("whpk_")))
    public.verify(base64.b64decode(v1a[1]), b'msg_1.1800000000.{"a":1}')
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(v1a[1]), b'msg_1.1800000001.{"a":1}')


def test_a_signing_key_of_the_seed_alone_is_taken() -> None:
    key = generate_signing_key()
    seed = base64.b64decode(key.private.removeprefix("whsk_"))[:32]
    assert load_signing_key("whsk_" + base64.b64encode(seed).decode())[0] == key


@pytest.mark.parametrize("key", ["", "whsk_", "whsk_QUJD", "whsec_" + "QUFB" * 8, "whsk_ä" + "QUFB" * 10])
def test_what_is_no_signing_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="ed25519"):
        load_signing_key(key)
