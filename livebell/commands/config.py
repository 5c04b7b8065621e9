from __future__ import annotations

import importlib
import os
import textwrap

import click
import msgspec

from livebell.commands.run import SERVICES
from shared.settings import CommonSettings, describe


@click.command("config")
@click.argument("service", type=click.Choice(SERVICES), required=False)
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text")
def command(service: str | None, form: str) -> None:
    """Show every setting: its variable, default and meaning. A secret may also be given as LIVEBELL_…_FILE."""
    rows = settings_of((service,) if service else SERVICES)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(rows)).decode())
    elif form == "markdown":
        click.echo("| variable | default | services | meaning |\n| --- | --- | --- | --- |")
        for row in rows:
            default = f"`{row['default']}`" if row["default"] else ""
            click.echo(f"| `{row['variable']}` | {default} | {row['services']} | {row['meaning']} |")
    else:
        for row in rows:
            held = " (set)" if row["variable"] in os.environ else ""
            click.echo(click.style(row["variable"], bold=True) + f"={row['default']}{held}  [{row['services']}]")
            click.echo(textwrap.indent(textwrap.fill(row["meaning"], 96), "    "))


def settings_of(services: tuple[str, ...]) -> list[dict[str, str]]:
    """Each variable once, with the services that read it."""
    found: dict[str, dict[str, str]] = {}
    common = {name for name, _, _ in describe(CommonSettings)}
    for service in services:
        kind = importlib.import_module(f"services.{service}.settings").Settings
        for name, default, meaning in describe(kind):
            row = found.setdefault(name, {"variable": name, "default": default, "services": "", "meaning": meaning})
            readers = [*filter(None, row["services"].split(", ")), service]
            row["services"] = "all" if name in common else ", ".join(readers)
    return list(found.values())
