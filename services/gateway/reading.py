"""/api/v1/entries: the retained entries, newest first, a page at a time."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from services.gateway.problems import ProblemError
from services.gateway.view import EntryView, View, place

MOST = 200


class Entries(Struct, frozen=True, kw_only=True):
    """`next` is the cursor of the page that follows, null on the last."""

    entries: list[EntryView]
    next: str | None


@get("/api/v1/entries", tags=("live blogs",), summary="Entries, newest first")
async def list_entries(
    view: View,
    source: Annotated[str | None, Parameter(description="Of this live blog alone.")] = None,
    limit: Annotated[int, Parameter(ge=1, le=MOST, description="At most so many.")] = 50,
    cursor: Annotated[str | None, Parameter(max_length=200, description="`next` of the page before.")] = None,
) -> Entries:
    found = view.entries(source, limit=limit + 1, before=_decoded(cursor) if cursor else None)
    shown = found[:limit]
    return Entries(entries=shown, next=_encoded(place(shown[-1])) if len(found) > limit else None)


def _encoded(at: tuple[float, int]) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(at)).rstrip(b"=").decode()


def _decoded(cursor: str) -> tuple[float, int]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.msgpack.decode(raw, type=tuple[float, int])
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise ProblemError(400, "cursor: pass on `next` of the page before as it was, or leave it out.") from error
