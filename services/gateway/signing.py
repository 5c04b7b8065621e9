"""What a webhook is signed with, and how one secret takes over from another."""

from __future__ import annotations

from msgspec.structs import replace

from services.gateway.http.problems import ProblemError
from shared.channels.webhook_secrets import check_secret, generate_secret
from shared.channels.webhook_signing_keys import generate_signing_key, public_key_of
from shared.subscriptions.record import OldSecret, Subscription, WebhookChannel

OLD_SECRETS = 4
"""So many old ones are signed with beside the current one."""
V1A = "v1a"


def signed(channel: WebhookChannel, before: WebhookChannel | None) -> WebhookChannel:
    """The channel with what it is signed with: the secret that it names, the one before, or one made now."""
    if channel.secret is not None:
        if channel.signature == V1A:
            raise ProblemError(400, "channel.secret: with signature v1a the key is made here; leave the secret out.")
        try:
            check_secret(channel.secret)
        except ValueError as error:
            raise ProblemError(400, f"channel.secret: {error}") from error
        return channel
    if before is not None and before.secret and before.signature == channel.signature:
        return replace(channel, secret=before.secret)
    made = generate_signing_key().private if channel.signature == V1A else generate_secret()
    return replace(channel, secret=made)


def rotated(before: Subscription, channel: WebhookChannel, now: float, overlap: float) -> Subscription:
    """The subscription with its new channel; at the same address the secret before goes on for a while.

    `overlap` in seconds.
    """
    old = before.channel
    if not isinstance(old, WebhookChannel) or old.url != channel.url:
        return replace(before, channel=channel, old_secrets=())
    kept = [one for one in before.old_secrets if one.until > now and one.secret != channel.secret]
    if overlap and old.secret and old.secret != channel.secret:
        kept.insert(0, OldSecret(secret=old.secret, until=now + overlap))
    return replace(before, channel=channel, old_secrets=tuple(kept[:OLD_SECRETS]))


def told_secret(channel: WebhookChannel) -> str | None:
    """What whoever verifies must hold, where that is a secret."""
    return None if public_key_of(channel.secret) else channel.secret
