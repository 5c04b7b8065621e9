from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import click

from livebell.alert_line import alert_line
from livebell.client import Gateway, Refused, gateway_options

AGAIN_SECONDS = 2.0


@click.command("tail")
@click.option("--source", help="Of this live blog alone.")
@click.option("--since", metavar="ID", help="Go on behind this event: the id that --json prints, or Last-Event-ID.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each event: event, id, data.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many.")
@gateway_options
def command(gateway: Gateway, source: str | None, since: str | None, as_json: bool, count: int | None) -> None:
    """Follow what happens, as it happens. A lost connection is taken up where it broke off. Ctrl-C stops it."""
    path = f"/api/v1/stream?{urlencode({'source': source})}" if source else "/api/v1/stream"
    if source:
        _warn_if_unknown(gateway, source)
    shown = 0
    try:
        for name, data, last in _following(gateway, path, since):
            told = json.loads(data)
            line = json.dumps({"event": name, "id": last, "data": told}, ensure_ascii=False)
            click.echo(line if as_json else _line(name, told))
            shown += 1
            if count is not None and shown >= count:
                return
    except KeyboardInterrupt:
        return


def _warn_if_unknown(gateway: Gateway, source: str) -> None:
    """A live blog that is added later is followed too, a slip of the pen would be waited for in silence."""
    known = [one["id"] for one in gateway.ask("GET", "/api/v1/sources")["sources"]]
    if source not in known:
        click.echo(f"No live blog is watched as {source}: there are {', '.join(known) or 'none'}. Waiting.", err=True)


def _following(gateway: Gateway, path: str, last: str | None) -> Iterator[tuple[str, str, str]]:
    """Events without end: the first connection must stand, a later one is tried again."""
    began = False
    while True:
        try:
            for name, data, at in gateway.stream(path, last):
                began, last = True, at or last
                if data:
                    yield name, data, at
        except Refused:
            raise
        except (OSError, click.ClickException) as error:
            if not began:
                raise
            click.echo(f"Connection lost ({error}); trying again.", err=True)
        time.sleep(AGAIN_SECONDS)


def _line(name: str, told: dict[str, Any]) -> str:
    return alert_line(name, told, at=datetime.now(UTC), colour=sys.stdout.isatty())
