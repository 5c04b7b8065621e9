"""POST …/secret: another secret takes over, and deliveries bear both signatures for a while."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from services.gateway.admission import update
from services.gateway.http.access import require_owner
from services.gateway.http.given import GivenSettings, GivenStore
from services.gateway.http.problems import ProblemError
from services.gateway.signing import rotated, signed, told_secret
from shared.channels.webhook_signing_keys import public_key_of
from shared.subscriptions.record import WebhookChannel

LONGEST_OVERLAP = 30 * 86_400


class Rotate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`overlap` in seconds: for how long the old secret's signature stands beside the new one's; 0 ends it at once."""

    secret: Annotated[str, Meta(max_length=120)] | None = None
    signature: Annotated[str, Meta(pattern="^v1a?$")] | None = None
    overlap: Annotated[float, Meta(ge=0, le=LONGEST_OVERLAP)] | None = None


class NewSecret(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`secret` is told here and never again. Of a v1a key `public_key` is told, which verifies. Until
    `old_secret_until` deliveries bear the old one's signature too; null where it ended at once."""

    secret: str | None
    old_secret_until: datetime | None
    public_key: str | None = None


@post(
    "/api/v1/subscriptions/{subscription_id:str}/secret",
    status_code=200,
    tags=("subscriptions",),
    summary="Make a new signing secret; the old one is signed with beside it for a while",
)
async def rotate(
    request: Request[Any, Any, Any],
    subscription_id: FromPath[str],
    store: GivenStore,
    settings: GivenSettings,
    data: JSONBody[Rotate | None] = None,
) -> NewSecret:
    owned = require_owner(request, await store.get(subscription_id), settings.admin_token)
    asked = data or Rotate()
    if not isinstance(owned.channel, WebhookChannel):
        raise ProblemError(400, "Only webhooks are signed with a secret; a browser's push has none.")
    channel = signed(
        replace(owned.channel, secret=asked.secret, signature=asked.signature or owned.channel.signature), None
    )
    overlap = settings.secret_overlap if asked.overlap is None else asked.overlap
    now = time.time()
    await update(store, rotated(owned, channel, now, overlap))
    return NewSecret(
        secret=told_secret(channel),
        public_key=public_key_of(channel.secret),
        old_secret_until=datetime.fromtimestamp(now + overlap, UTC) if overlap else None,
    )
