from __future__ import annotations

import sys
import urllib.error
import urllib.request

import click

from shared.settings import CommonSettings, load_settings


@click.command("health")
@click.option("--url", help="The service's address; http://127.0.0.1:LIVEBELL_PORT if not given.")
def command(url: str | None) -> None:
    """Ask a running service whether it is ready: exit status 0 if so, 1 if not. Containers use it as health check."""
    base = url or f"http://127.0.0.1:{load_settings(CommonSettings).port}"
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=5) as response:  # noqa: S310 - the operator's own address
            click.echo(response.read().decode())
    except urllib.error.HTTPError as error:
        click.echo(error.read().decode())
        sys.exit(1)
    except OSError as error:
        click.echo(f"{base} does not answer: {error}", err=True)
        sys.exit(1)
