"""Who wants to know what: the subscription as the API takes it, Redis keeps it and the notifier matches it."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

Term: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Terms: TypeAlias = Annotated[tuple[Term, ...], Meta(max_length=100)]


class Near(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Within `km` kilometres of a point in degrees."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    km: Annotated[float, Meta(gt=0, le=20038)]


class Filter(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What must hold of an event, all keys ANDed; an empty filter matches every created entry.

    `words` is any of (a phrase is one string), `all_words` all of, `none_words` none of. `places` are names, ISO
    country codes or GeoNames ids. `changes` are created, updated, deleted, closed, moved, silent, failing, recovered.
    """

    sources: Terms = ()
    words: Terms = ()
    all_words: Terms = ()
    none_words: Terms = ()
    places: Annotated[tuple[Term | int, ...], Meta(max_length=100)] = ()
    near: Near | None = None
    people: Terms = ()
    organisations: Terms = ()
    topics: Terms = ()
    languages: Terms = ()
    min_urgency: Annotated[float, Meta(ge=0, le=1)] | None = None
    changes: Terms = ("created",)


Clock: TypeAlias = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day by the clock on the wall, `22:30`."""
LONGEST_DIGEST_MINUTES = 1440
LONGEST_COLLAPSE_MINUTES = 1440


class QuietHours(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename={"since": "from"}
):
    """Every day from `from` until before `to` by the clock of an IANA zone, also across midnight. What is more urgent
    than `urgent_above` waits neither for their end nor for a digest."""

    since: Clock
    to: Clock
    timezone: Annotated[str, Meta(min_length=1, max_length=60)]
    urgent_above: Annotated[float, Meta(ge=0, le=1)] | None = None


class Preferences(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How often a subscriber is alerted. What is withheld comes in a digest.

    `max_per_hour`: in no sixty minutes more alerts than these, digests among them. `digest`: nothing alone, one digest
    at most every so many minutes. `collapse_story`: one alert for a story within so many minutes; what follows in it
    replaces a browser's notification without a sound, and comes in a webhook's digest.
    """

    quiet_hours: QuietHours | None = None
    max_per_hour: Annotated[int, Meta(ge=1, le=1000)] | None = None
    digest: Annotated[int, Meta(ge=1, le=LONGEST_DIGEST_MINUTES)] | None = None
    collapse_story: Annotated[int, Meta(ge=1, le=LONGEST_COLLAPSE_MINUTES)] | None = None


class WebhookChannel(Struct, frozen=True, kw_only=True, tag="webhook", forbid_unknown_fields=True):
    """`secret` is `whsec_` and base64 of 24 to 64 bytes, as Standard Webhooks asks. With `signature` "v1a" deliveries
    are signed by a key that is made here, and whoever verifies holds its public half; `secret` is then left out.
    """

    url: Annotated[str, Meta(max_length=2048)]
    secret: Annotated[str, Meta(max_length=120)] | None = None
    signature: Annotated[str, Meta(pattern="^v1a?$")] = "v1"


class OldSecret(Struct, frozen=True, kw_only=True):
    """A secret that another has taken over from: deliveries bear its signature too until then, in epoch seconds."""

    secret: str
    until: float


class PushKeys(Struct, frozen=True, kw_only=True):
    """base64url, as PushSubscription.toJSON() gives them: a P-256 point of 65 bytes and 16 random bytes."""

    p256dh: Annotated[str, Meta(max_length=120)]
    auth: Annotated[str, Meta(max_length=60)]


class WebPushChannel(Struct, frozen=True, kw_only=True, tag="webpush", rename={"expiration_time": "expirationTime"}):
    endpoint: Annotated[str, Meta(max_length=2048)]
    keys: PushKeys
    expiration_time: float | None = None


class AppriseChannel(Struct, frozen=True, kw_only=True, tag="apprise", forbid_unknown_fields=True):
    """One of the services that Apprise knows (Slack, Telegram, e-mail, ntfy, …), by its address as Apprise writes it.

    For the operator's own subscriptions: Apprise calls what the address names without our guard.
    """

    url: Annotated[str, Meta(max_length=2048, pattern="^[a-z0-9]+://.")]


CHANGES = ("created", "updated", "deleted", "closed", "moved", "silent", "failing", "recovered")
"""What a filter's `changes` may name."""


Channel: TypeAlias = WebhookChannel | WebPushChannel | AppriseChannel
WEBHOOK, WEBPUSH, APPRISE = "webhook", "webpush", "apprise"
"""The names of the channels, as they stand in deliveries, metrics and the API."""

ACTIVE, PENDING, PAUSED, DISABLED = "active", "pending", "paused", "disabled"


class Subscription(Struct, frozen=True, kw_only=True):
    """One subscriber's filter and where its alerts go.

    `status` is active, pending (the endpoint has not proved that it wants the traffic), paused, or disabled (with
    `status_reason`). `token_hash` is the SHA-256 of the bearer token in hex; the token itself is kept nowhere.
    """

    id: str
    channel: Channel
    filter: Filter = Filter()
    preferences: Preferences | None = None
    """None where there are none: then each alert goes out at once."""
    status: str = PENDING
    status_reason: str | None = None
    token_hash: str
    created_at: float
    old_secrets: tuple[OldSecret, ...] = ()
    """Of a webhook whose secret was rotated, the latest first."""
    version: int = 1
    """Grows with each change: who writes names the version that it read."""


def channel_name(subscription: Subscription) -> str:
    return str(subscription.channel.__struct_config__.tag)
