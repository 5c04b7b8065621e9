from __future__ import annotations

import secrets
from pathlib import Path

import click

from livebell.installation_keys import ADMIN_TOKEN, MADE, VAPID_PRIVATE_KEY, install
from shared.channels.vapid_keys import generate_key, load_key
from shared.channels.webhook_secrets import generate_secret


@click.group("keys")
def command() -> None:
    """Make keys and secrets. All but `install` print them and keep nothing: put them where the services read them."""


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


@command.command("install")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--given", type=click.Path(), help="A folder with an operator's token or Web Push key that you chose.")
@click.option("--renew", multiple=True, type=click.Choice(sorted(MADE)), help="Make this one anew.")
def install_command(folder: str, given: str | None, renew: tuple[str, ...]) -> None:
    """Make the secrets of an installation with containers, as files in FOLDER; what is there already stays.

    Compose runs it before all else. The operator's token is then in operator/admin-token.
    """
    chosen = {name: _chosen(given, name) for name in (ADMIN_TOKEN, VAPID_PRIVATE_KEY)}
    try:
        if chosen[VAPID_PRIVATE_KEY]:
            load_key(chosen[VAPID_PRIVATE_KEY])
        changed = install(Path(folder), chosen, frozenset(renew))
    except ValueError as error:
        raise click.ClickException(f"LIVEBELL_VAPID_PRIVATE_KEY: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename} cannot be written: {error.strerror}.") from error
    for name in changed:
        click.echo(f"written: {Path(folder) / name}")
    if not changed:
        click.echo("Every secret is there already.")


def _chosen(given: str | None, name: str) -> str:
    file = Path(given) / Path(name).name if given else None
    return file.read_text().strip() if file is not None and file.exists() else ""
