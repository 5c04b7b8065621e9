from __future__ import annotations

import secrets

import click

from shared.vapid_keys import generate_key
from shared.webhook_secrets import generate_secret


@click.group("keys")
def command() -> None:
    """Make keys and secrets. Nothing is kept: put what is printed where the services read it."""


@command.command("vapid")
def vapid_command() -> None:
    """A key pair for Web Push (RFC 8292). Without one the services make their own and keep it in Redis.

    A new key ends every browser subscription made under the old one, since browsers tie a subscription to its key:
    push services answer 403 to the new key, and readers get no alert until they have visited the page again.
    """
    key = generate_key()
    click.echo(f"LIVEBELL_VAPID_PRIVATE_KEY={key.private}")
    click.echo(f"# public (application server key): {key.public}")
    click.echo("# Another key than the one in use ends all browser subscriptions: readers must visit the page again.")


@command.command("webhook")
def webhook_command() -> None:
    """A secret for signing webhooks (Standard Webhooks)."""
    click.echo(generate_secret())


@command.command("token")
def token_command() -> None:
    """An operator's token."""
    click.echo(f"LIVEBELL_ADMIN_TOKEN={secrets.token_urlsafe(32)}")
