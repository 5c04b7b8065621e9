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

SEE_CONFIG = "See `livebell config`."
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
    findings = list(settings_findings())
    findings += asyncio.run(_examine(data, port, containers=containers))
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


async def _examine(data: str | None, port: int | None, *, containers: bool) -> list[Finding]:
    findings = []
    try:
        url = redis_url(data)
        findings += await _of_redis(url, load_settings(CommonSettings))
    except SettingsError as error:  # the services' findings name it too, where it is theirs
        findings.append(Finding(level="failure", subject="redis", says=f"Not asked: {error}", mend=SEE_CONFIG))
    except ValueError as error:
        findings.append(
            Finding(level="failure", subject="redis", says=f"LIVEBELL_REDIS_URL: {error}.", mend=SEE_CONFIG)
        )
    if port is not None:
        findings += [finding async for finding in service_findings(port)]
    if containers:
        findings += [finding async for finding in container_findings()]
    return findings


async def _of_redis(url: str, settings: CommonSettings) -> list[Finding]:
    client = connect(url, "doctor")
    try:
        findings = [finding async for finding in redis_findings(client, url)]
        if any(finding.level == "failure" and finding.subject == "redis" for finding in findings):
            return findings
        streams = [finding async for finding in stream_findings(client, settings)]
        well = Finding(level="ok", subject="streams", says="No dead letters, nobody is behind.")
        findings += streams or [well]
        findings += [finding async for finding in stranded_findings(client, settings)]
        findings += [finding async for finding in source_findings(client, settings, _contact())]
    finally:
        await client.aclose()
    return findings
