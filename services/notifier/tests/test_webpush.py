"""Encryption of pushes, read back by PyPI's `http_ece`."""

from __future__ import annotations

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings, strategies as st

from services.notifier.channels.webpush import PLAINTEXT_BYTES, encrypt
from shared.channels.push_keys import check_push_keys
from shared.channels.vapid_keys import b64, unb64

# RFC 8291, appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
RECEIVER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SALT, AUTH = "DGv6ra1nlYgDCS1FRnbzlw", "BTBZMqHH6r4Tts7J_aSIgg"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)

BROWSER = ec.derive_private_key(int.from_bytes(unb64(RECEIVER_PRIVATE)), ec.SECP256R1())
P256DH, SECRET = RECEIVER, bytes(range(16))


def test_example_of_the_rfc() -> None:
    sender = ec.derive_private_key(int.from_bytes(unb64(SENDER)), ec.SECP256R1())
    assert b64(encrypt(PLAINTEXT, p256dh=RECEIVER, auth=AUTH, salt=unb64(SALT), sender=sender)) == MESSAGE


@given(st.binary(max_size=PLAINTEXT_BYTES))
@settings(max_examples=60, deadline=None)
def test_another_implementation_reads_it(plaintext: bytes) -> None:
    body = encrypt(plaintext, p256dh=P256DH, auth=b64(SECRET))
    assert http_ece.decrypt(body, private_key=BROWSER, auth_secret=SECRET, version="aes128gcm") == plaintext


def test_the_longest_message_fills_one_record_that_push_services_take() -> None:
    longest = b"x" * PLAINTEXT_BYTES
    body = encrypt(longest, p256dh=P256DH, auth=b64(SECRET))
    assert len(body) == 4096
    assert http_ece.decrypt(body, private_key=BROWSER, auth_secret=SECRET, version="aes128gcm") == longest
    with pytest.raises(ValueError, match="3993"):
        encrypt(longest + b"x", p256dh=P256DH, auth=b64(SECRET))


def test_every_message_has_its_own_key_and_salt() -> None:
    one, other = (encrypt(b"x", p256dh=P256DH, auth=b64(SECRET)) for _ in range(2))
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]


@pytest.mark.parametrize(
    ("p256dh", "auth", "wrong"),
    [
        ("", b64(SECRET), "p256dh"),
        ("not base64!", b64(SECRET), "p256dh"),
        (P256DH[:-4], b64(SECRET), "p256dh"),
        (b64(b"\x04" + b"\x01" * 64), b64(SECRET), "p256dh"),
        (b64(b"\x02" + unb64(P256DH)[1:33]), b64(SECRET), "p256dh"),
        (b64(b"\x00"), b64(SECRET), "p256dh"),
        (P256DH, "", "auth"),
        (P256DH, b64(bytes(15)), "auth"),
        (P256DH, b64(bytes(17)), "auth"),
        (P256DH, "ä" * 22, "auth"),
    ],
)
def test_keys_that_are_none_are_refused_by_name(p256dh: str, auth: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"keys.{wrong}"):
        check_push_keys(p256dh, auth)


def test_padded_base64_is_taken() -> None:
    assert check_push_keys(f"{P256DH}=", f"{b64(SECRET)}==").secret == SECRET
