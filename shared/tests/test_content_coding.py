from __future__ import annotations

import contextlib
import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given, settings, strategies as st

from shared.outgoing.content_coding import (
    ACCEPTED,
    BOMB_RATIO,
    MAX_MEMBERS,
    BodyError,
    BombError,
    TooLargeError,
    UndecodableError,
    decoded,
)

LIMIT = 1_000_000
TEXT = b"Water levels at Pirna have risen to 5.82 metres. " * 400
NOISE = random.Random(7).randbytes(50_000)


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def brotlied(body: bytes) -> bytes:
    return brotli.compress(body, quality=4)


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", brotlied),
    ("zstd", zstandard.compress),
]
each_coding = pytest.mark.parametrize(("coding", "pack"), PACKERS, ids=lambda value: getattr(value, "__name__", value))


def test_names_what_it_can_undo() -> None:
    assert ACCEPTED == "gzip, deflate, br, zstd"


@each_coding
@pytest.mark.parametrize("body", [TEXT, NOISE, b"x"], ids=["text", "noise", "byte"])
def test_undoes_a_coding(coding: str, pack: Callable[[bytes], bytes], body: bytes) -> None:
    assert decoded(pack(body), f" {coding.upper()} ", LIMIT) == body


@each_coding
@pytest.mark.parametrize("body", [TEXT, NOISE], ids=["text", "noise"])
@pytest.mark.parametrize("missing", [1, 20])
def test_a_cut_off_body_is_an_error(coding: str, pack: Callable[[bytes], bytes], body: bytes, missing: int) -> None:
    with pytest.raises(UndecodableError):
        decoded(pack(body)[:-missing], coding, LIMIT)


@each_coding
def test_exactly_the_limit_passes_and_one_byte_more_does_not(coding: str, pack: Callable[[bytes], bytes]) -> None:
    assert decoded(pack(NOISE), coding, len(NOISE)) == NOISE
    with pytest.raises(TooLargeError) as error:
        decoded(pack(NOISE), coding, len(NOISE) - 1)
    assert not isinstance(error.value, BombError)


@each_coding
def test_a_bomb_is_cut_before_it_fills_memory(coding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(60 * LIMIT))
    tracemalloc.start()
    with pytest.raises(BombError):
        decoded(bomb, coding, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * LIMIT


def test_a_large_page_that_compresses_well_is_no_bomb() -> None:
    page = b"".join(b"<p>%d</p>" % n for n in range(200_000))
    packed = gzip.compress(page)
    assert len(page) < BOMB_RATIO * len(packed)
    with pytest.raises(TooLargeError) as error:
        decoded(packed, "gzip", LIMIT)
    assert not isinstance(error.value, BombError)


@pytest.mark.parametrize("coding", ["", "identity", "Identity "])
def test_an_uncoded_body_passes_as_it_is(coding: str) -> None:
    assert decoded(TEXT, coding, LIMIT) == TEXT
    with pytest.raises(TooLargeError):
        decoded(TEXT, coding, len(TEXT) - 1)


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip", "aes128gcm", "x" * 1000])
def test_an_unknown_coding_is_an_error(coding: str) -> None:
    with pytest.raises(UndecodableError):
        decoded(TEXT, coding, LIMIT)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_an_empty_body_is_empty(coding: str) -> None:
    assert decoded(b"", coding, LIMIT) == b""


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_several_members_are_one_body_but_not_endlessly_many(coding: str, pack: Callable[[bytes], bytes]) -> None:
    assert decoded(pack(TEXT) * 3, coding, LIMIT) == TEXT * 3
    assert decoded(pack(b"x") * MAX_MEMBERS, coding, LIMIT) == b"x" * MAX_MEMBERS
    with pytest.raises(UndecodableError, match="more than"):
        decoded(pack(b"x") * (MAX_MEMBERS + 1), coding, LIMIT)


def test_zeros_after_a_gzip_body_are_padding() -> None:
    assert decoded(gzip.compress(TEXT) + bytes(500), "gzip", LIMIT) == TEXT


def test_a_zstd_window_beyond_the_standard_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = packer.compress(TEXT) + packer.flush()
    with pytest.raises(UndecodableError):
        decoded(packed, "zstd", LIMIT)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(PACKERS),
    st.binary(max_size=2000),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=5),
    st.integers(0, 3000),
)
def test_damaged_bodies_end_within_the_limit_or_in_an_error(
    packer: tuple[str, Callable[[bytes], bytes]], body: bytes, damage: list[tuple[int, int]], limit: int
) -> None:
    coding, pack = packer
    packed = bytearray(pack(body))
    for at, value in damage:
        packed[at % len(packed)] = value
    with contextlib.suppress(BodyError):
        assert len(decoded(bytes(packed), coding, limit)) <= limit
