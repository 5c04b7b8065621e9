from __future__ import annotations

import shutil
import sys
import time
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import click

from livebell.commands.up import PORTS
from livebell.watching import BAD, GOOD, Line, Metrics, lines

ASK_SECONDS = 3.0
MOST_BYTES = 16 * 2**20
FOOT_LINES = 3
HOME_AND_CLEAR = "\x1b[H\x1b[J"
COLOURS = {BAD: "red", GOOD: "green"}


@click.command("top")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where `livebell up` listens.")
@click.option("--port", default=8000, show_default=True, help="The gateway's port; the other services' follow.")
@click.option(
    "--at",
    multiple=True,
    metavar="SERVICE=URL",
    help="Where one service is, instead: gateway=http://127.0.0.1:8000. May be given several times; the gateway alone "
    "knows of all streams, Redis and the live blogs.",
)
@click.option("--every", default=2.0, show_default=True, type=click.FloatRange(0.2), help="Seconds between two looks.")
@click.option("--once", is_flag=True, help="Print one screen and end: exit status 1 if something is wrong.")
def command(host: str, port: int, at: tuple[str, ...], every: float, once: bool) -> None:
    """Watch it work: is it flowing, how late, what waits, what fails. Ctrl-C stops it.

    \b
    In Compose:  docker compose exec gateway livebell top --at gateway=http://127.0.0.1:8000
    """
    targets = _targets(at) or {name: f"http://{host}:{port + add}" for name, add in PORTS.items()}
    before = _read(targets)
    if not any(before.services.values()):
        raise click.ClickException(f"Nobody answers at {', '.join(targets.values())}: --port and --at name others.")
    try:
        while True:
            time.sleep(every)
            now = _read(targets)
            shown = lines(before, now)
            if not once and sys.stdout.isatty():
                click.echo(HOME_AND_CLEAR, nl=False)
                shown = _fitting(shown)
            for line in shown:
                click.echo(_coloured(line))
            if once:
                sys.exit(any(line.look == BAD for line in shown))
            rates = f"rates over {now.at - before.at:.1f} s"
            click.echo(f"\n{time.strftime('%H:%M:%S')}, {rates}; [entries] of docs/runbook.md. Ctrl-C stops.")
            before = now
    except KeyboardInterrupt:
        return


def _targets(at: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in at:
        name, equals, url = one.partition("=")
        if not equals or not url.startswith(("http://", "https://")):
            raise click.UsageError(f"--at: write {one!r} as SERVICE=http://host:port.")
        found[name] = url.rstrip("/")
    return found


def _read(targets: Mapping[str, str]) -> Metrics:
    with ThreadPoolExecutor(len(targets)) as pool:
        return Metrics(dict(zip(targets, pool.map(_text, targets.values()), strict=True)), time.time())


def _text(url: str) -> str | None:
    request = urllib.request.Request(f"{url}/metrics", headers={"Accept": "text/plain"})  # noqa: S310 - the operator's
    try:
        with urllib.request.urlopen(request, timeout=ASK_SECONDS) as response:  # noqa: S310
            return str(response.read(MOST_BYTES).decode())
    except OSError:
        return None


def _fitting(shown: list[Line]) -> list[Line]:
    """What the terminal has room for: what is to be done stands first."""
    columns, rows = shutil.get_terminal_size()
    return [Line(line.text[:columns], line.look) for line in shown[: rows - FOOT_LINES]]


def _coloured(line: Line) -> str:
    return click.style(line.text, fg=COLOURS[line.look]) if line.look and sys.stdout.isatty() else line.text
