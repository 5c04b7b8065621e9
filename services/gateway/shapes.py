"""What the API takes and shows of a subscription."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from shared.channels.webhook_signing_keys import public_key_of
from shared.deliveries.log import DeliveryRecord
from shared.subscriptions.record import AppriseChannel, Channel, Filter, Preferences, Subscription, WebhookChannel


class NewSubscription(Preferences, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each of the preferences may also stand beside `filter` by itself."""

    channel: Channel
    filter: Filter = Filter()
    preferences: Preferences | None = None


class ChangedSubscription(Preferences, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given replaces what was; what is left out stays. `"preferences": {}` takes all of them back."""

    channel: Channel | None = None
    filter: Filter | None = None
    preferences: Preferences | None = None
    status: Annotated[str, Meta(pattern="^(active|paused)$")] | None = None


class MadeSubscription(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`token` and `secret` are told here and never again; `secret` is null for a browser's push, and for a webhook
    signed by v1a, which `public_key` verifies."""

    id: str
    token: str
    secret: str | None
    status: str
    public_key: str | None = None


class ShownSubscription(Struct, frozen=True, kw_only=True):
    id: str
    channel: dict[str, Any]
    filter: Filter
    preferences: Preferences
    status: str
    status_reason: str | None
    created_at: float
    public_key: str | None = None
    """Of a webhook signed by v1a: what verifies its signatures."""


class Asked(Struct, frozen=True, kw_only=True):
    """The delivery that was asked for, to be found among the subscription's deliveries."""

    delivery: str


class Recover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`since` is RFC 3339 with its offset."""

    since: Annotated[datetime, Meta(tz=True)]


class Recovered(Struct, frozen=True, kw_only=True):
    """The deliveries that were asked for again, oldest first; with `more` set ask once more for the rest."""

    deliveries: list[str]
    more: bool


class Subscriptions(Struct, frozen=True, kw_only=True):
    """`next` is the cursor of the page that follows, null on the last."""

    subscriptions: list[ShownSubscription]
    next: str | None


class Deliveries(Struct, frozen=True, kw_only=True):
    """The latest first. `next` is the cursor of the page that follows, null on the last."""

    deliveries: list[DeliveryRecord]
    next: str | None


def shown(subscription: Subscription) -> ShownSubscription:
    """Without what only its owner was told once."""
    held = subscription.channel
    channel = msgspec.to_builtins(held)
    channel.pop("secret", None)
    channel.pop("keys", None)
    if isinstance(held, AppriseChannel):  # the address carries passwords and tokens
        channel["url"] = f"{held.url.partition('://')[0]}://…"
    return ShownSubscription(
        id=subscription.id,
        channel=channel,
        filter=subscription.filter,
        preferences=subscription.preferences or Preferences(),
        status=subscription.status,
        status_reason=subscription.status_reason,
        created_at=subscription.created_at,
        public_key=public_key_of(subscription.channel.secret)
        if isinstance(subscription.channel, WebhookChannel)
        else None,
    )


def asked_preferences(data: NewSubscription | ChangedSubscription, before: Preferences | None) -> Preferences | None:
    """The preferences from now on: those given together instead of what was, and those given by themselves."""
    found = data.preferences if data.preferences is not None else before or Preferences()
    alone = {name: value for name in Preferences.__struct_fields__ if (value := getattr(data, name)) is not None}
    found = msgspec.structs.replace(found, **alone)
    return None if found == Preferences() else found
