"""/api/v1/entries: the retained entries, newest first, a page at a time."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from services.gateway.http.conditional import entity_tag
from services.gateway.http.given import GivenView
from services.gateway.http.problems import ProblemError
from services.gateway.view import EntryView, Place

MOST = 200
MOST_CURSOR = 2_000
"""An entry's id may be a long address."""


class Entries(Struct, frozen=True, kw_only=True):
    """`next` is the cursor of the page that follows, null on the last."""

    entries: list[EntryView]
    next: str | None


@get("/api/v1/entries", tags=("live blogs",), summary="Entries, newest first")
async def list_entries(
    view: GivenView,
    source: Annotated[str | None, QueryParameter(description="Of this live blog alone.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST, description="At most so many.")] = 50,
    cursor: Annotated[
        str | None, QueryParameter(max_length=MOST_CURSOR, description="`next` of the page before.")
    ] = None,
) -> Response[Entries]:
    page = view.page(source, limit=limit, before=_decoded(cursor) if cursor else None)
    following = _encoded(page.next) if page.next else None
    # An event's id stands for one revision of one entry: as good as its whole text, and sooner hashed.
    tag = entity_tag("\n".join([entry.event for entry in page.entries] + [following or ""]).encode())
    return Response(Entries(entries=page.entries, next=following), headers={"ETag": tag})


def _encoded(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).rstrip(b"=").decode()


def _decoded(cursor: str) -> Place:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place: Place = msgspec.msgpack.decode(raw, type=Place)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise ProblemError(400, "cursor: pass on `next` of the page before as it was, or leave it out.") from error
    return place
