"""HTTP content codings, undone within a bound: a compression bomb costs no more memory than the limit allows.

gzip and deflate are always there; zstd and br where their packages are installed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

MAX_MEMBERS = 100
"""A gzip or zstd body may be several one after another; more than this many is an attack on our time."""
BOMB_RATIO = 100
"""A body that grows beyond the limit and by more than this factor was made to; text rarely reaches 20."""
ZSTD_WINDOW = 8 * 2**20
"""RFC 9659: the largest window that a zstd content coding may ask for."""
ZSTD_SLICE = 256
"""Four bytes of zstd may stand for 128 kB: so much input at a time grows to 8 MB at most."""
BROTLI_SLICE = 4096
CUT_OFF = "the compressed body is cut off"


class BodyError(Exception):
    """A body that cannot be had: the text says why."""


class TooLargeError(BodyError):
    """More bytes than the limit."""


class BombError(TooLargeError):
    """A small body made to grow beyond the limit."""


class UndecodableError(BodyError):
    """An unknown coding, broken bytes, or the end missing."""


def decoded(body: bytes, coding: str, limit: int) -> bytes:
    """The body without its content coding, at most `limit` bytes. Raises a BodyError."""
    name = coding.strip().lower()
    if name in {"", "identity"} or not body:
        out, used = body, len(body)
    elif name in CODINGS:
        out, used = CODINGS[name](body, limit + 1)
    else:
        raise UndecodableError(f"content coding {coding[:40]!r} is not one that we asked for")
    if len(out) > limit:
        if len(out) > BOMB_RATIO * used:
            raise BombError(f"{len(body)} bytes of {name} grow beyond {limit}")
        raise TooLargeError(f"more than {limit} bytes")
    return out


Decoded: TypeAlias = tuple[bytes, int]
"""What came out, and how many bytes of the body it took. A decoder stops once it holds `most` bytes."""


def _gunzip(body: bytes, most: int) -> Decoded:
    parts: list[bytes] = []
    size, rest = 0, body
    for _ in range(MAX_MEMBERS):
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        part = _inflated(member, rest, most - size)
        parts.append(part)
        size += len(part)
        rest = member.unused_data.lstrip(b"\0")
        if not rest or size >= most:
            return b"".join(parts), len(body) - len(member.unconsumed_tail) - len(rest)
    raise UndecodableError(f"more than {MAX_MEMBERS} gzip members")


def _inflate(body: bytes, most: int) -> Decoded:
    """The name means zlib's format (RFC 9110), but some servers send the bare one."""
    bare = body[0] & 0x0F != zlib.DEFLATED
    member = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS)
    return _inflated(member, body, most), len(body) - len(member.unconsumed_tail)


def _inflated(member: Any, body: bytes, most: int) -> bytes:
    try:
        out: bytes = member.decompress(body, most)
    except zlib.error as error:
        raise UndecodableError(str(error)) from error
    if not member.eof and len(out) < most:
        raise UndecodableError(CUT_OFF)
    return out


def _unzstd(body: bytes, most: int) -> Decoded:
    zstandard = import_module("zstandard")
    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    out = bytearray()
    member, members, used = decompressor.decompressobj(), 1, 0
    try:
        while used < len(body) and len(out) < most:
            part = body[used : used + ZSTD_SLICE]
            if member.eof:
                member, members = decompressor.decompressobj(), members + 1
            out += member.decompress(part)
            used += len(part) - len(member.unused_data)
            if members > MAX_MEMBERS:
                raise UndecodableError(f"more than {MAX_MEMBERS} zstd frames")
    except zstandard.ZstdError as error:
        raise UndecodableError(str(error)) from error
    if not member.eof and len(out) < most:
        raise UndecodableError(CUT_OFF)
    return bytes(out), used


def _unbrotli(body: bytes, most: int) -> Decoded:
    brotli = import_module("brotli")
    decompressor = brotli.Decompressor()
    out = bytearray()
    used = 0
    try:
        while len(out) < most and not decompressor.is_finished():
            part = body[used : used + BROTLI_SLICE] if decompressor.can_accept_more_data() else b""
            if not part and decompressor.can_accept_more_data():
                raise UndecodableError(CUT_OFF)
            out += decompressor.process(part, output_buffer_limit=most - len(out))
            used += len(part)
    except brotli.error as error:
        raise UndecodableError(str(error)) from error
    return bytes(out), used


CODINGS: dict[str, Callable[[bytes, int], Decoded]] = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _inflate}
if find_spec("brotli"):
    CODINGS["br"] = _unbrotli
if find_spec("zstandard"):
    CODINGS["zstd"] = _unzstd

ACCEPTED = ", ".join(name for name in CODINGS if not name.startswith("x-"))
"""For Accept-Encoding."""
