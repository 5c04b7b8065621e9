from __future__ import annotations

import asyncio
import sys

import click

from livebell.diagnosing.finding import Finding
from livebell.diagnosing.server import redis_findings
from livebell.diagnosing.services import container_findings, service_findings
from livebell.diagnosing.settings import settings_findings
from livebell.diagnosing.streams import source_findings, stranded_findings, stream_findings
from livebell.embedded import redis_url
from shared.connection import connect
from shared.settings import CommonSettings, SettingsError, load_settings

MARKS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failure": ("failure", "red")}


@click.command("doctor")
@click.option("--data", type=click.Path(), help="The data folder of `livebell up`, instead of LIVEBELL_REDIS_URL.")
@click.option("--port", type=int, help="The gateway's port of a running `livebell up`: ask its services too.")
@click.option("--containers", is_flag=True, help="Ask the services by their names, as Compose runs them.")
def command(data: str | None, port: int | None, containers: bool) -> None:
    """Say what is wrong with an installation and how to mend it. Exit status 1 where something fails.

    \b
    Of a running `livebell up`:     livebell doctor --port 8000
    Of what Compose runs:           docker compose exec gateway livebell doctor --containers
    """
    try:
        findings = asyncio.run(_examine(redis_url(data), port, containers=containers))
    except SettingsError as error:
        raise click.ClickException(f"{error} See `livebell config`.") from error
    for finding in findings:
        mark, colour = MARKS[finding.level]
        click.echo(f"{click.style(f'{mark:<8}', fg=colour)} {finding.subject}: {finding.says}")
        if finding.mend:
            click.echo(f"{'':<8}   → {finding.mend}")
    sys.exit(any(finding.level == "failure" for finding in findings))


def _contact() -> str:
    """Of the fetcher's settings; its user agent may name one too."""
    from services.fetcher.settings import Settings

    try:
        settings = load_settings(Settings)
    except SettingsError:  # told of already
        return "unknown"
    return settings.contact or ("in the user agent" if "@" in settings.user_agent or "+" in settings.user_agent else "")


async def _examine(url: str, port: int | None, *, containers: bool) -> list[Finding]:
    findings = list(settings_findings())
    client = connect(url, "doctor")
    try:
        server = [finding async for finding in redis_findings(client, url)]
        findings += server
        if all(finding.level != "failure" for finding in server):
            common = load_settings(CommonSettings)
            findings += [finding async for finding in stream_findings(client, common)]
            findings += [finding async for finding in stranded_findings(client, common)]
            findings += [finding async for finding in source_findings(client, common, _contact())]
    finally:
        await client.aclose()
    if port is not None:
        findings += [finding async for finding in service_findings(port)]
    if containers:
        findings += [finding async for finding in container_findings()]
    return findings
