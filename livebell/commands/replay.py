from __future__ import annotations

import asyncio
from pathlib import Path

import click

from livebell.replay.recording import DEMO, RecordingError
from livebell.replay.server import DEFAULT_SPEED, serve


@click.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=DEMO)
@click.option("--port", type=int, required=True, help="The port to serve the page on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--speed", default=DEFAULT_SPEED, show_default=True, help="How many times as fast as it was recorded.")
@click.option(
    "--history", default=0.0, show_default=True, help="The share, 0 to 1, that the page holds from the start."
)
def command(file: Path, port: int, host: str, speed: float, history: float) -> None:
    """Serve a recorded live blog as a page that grows: to try a subscription, a receiver, a parser.

    FILE is NDJSON as `livebell parse` prints it; without one the demo's plays. Lines with one id are an entry's
    revisions, played at `updated_at`; a line with `deleted` removes it then. The page keeps the recorded distances,
    `--speed` times as fast, from now on.
    """
    try:
        asyncio.run(serve(file, host=host, port=port, speed=speed, history=history, started=_started))
    except KeyboardInterrupt:
        return
    except (RecordingError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _started(url: str) -> None:
    click.echo(f"Playing at {url} (Ctrl-C stops)")
