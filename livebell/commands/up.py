from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from livebell.commands.run import SERVICES
from livebell.embedded import default_data, held, redis_url
from livebell.operator_token import operator_token
from livebell.ports import PortInUseError, check_free
from livebell.readiness import wait_until_ready
from livebell.supervisor import Program, supervised
from shared.telemetry.logs import configure_logs

PORTS = {"gateway": 0, "fetcher": 1, "parser": 2, "enricher": 3, "notifier": 4}
"""What each service's port adds to --port."""


@click.command("up")
@click.option("--sources", type=click.Path(exists=True, dir_okay=False), help="A TOML file of live blogs to watch.")
@click.option(
    "--data", type=click.Path(file_okay=False), help="Where everything is kept [default: ~/.local/share/livebell]"
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 opens it to all."
)
@click.option(
    "--port", default=8000, show_default=True, help="The gateway's port; the other services take the next four."
)
@click.option("--demo", is_flag=True, help="Watch a recorded live blog, served here, and show its alerts.")
def command(sources: str | None, data: str | None, host: str, port: int, demo: bool) -> None:
    """Run all of Livebell on this machine: an embedded server and the five services. Ctrl-C stops it.

    \b
    SOURCES is a TOML file such as
      [[source]]
      url = "https://news.example/world/live/2026/storm"
      every = 15                      # seconds between two looks
      timezone = "Europe/London"      # for pages that state no zone
    """
    configure_logs(os.environ.get("LIVEBELL_LOG_LEVEL", "warning" if demo else "info"), service="up")
    with contextlib.ExitStack() as stack:
        folder = _folder(data, demo, stack)
        stack.enter_context(held(folder))
        try:
            for add in PORTS.values():
                check_free(host, port + add)
        except PortInUseError as error:
            raise click.ClickException(str(error)) from error
        file = Path(sources).resolve() if sources else None
        asyncio.run(_up(folder, file, host, port, demo=demo))


def _folder(data: str | None, demo: bool, stack: contextlib.ExitStack) -> Path:
    if data:
        return Path(data)
    if demo:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="livebell-demo-")))
    return default_data()


async def _up(data: Path, sources: Path | None, host: str, port: int, *, demo: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    token = operator_token(data)
    appendfsync = os.environ.get("LIVEBELL_APPENDFSYNC", "everysec")
    environment = {
        **os.environ,
        "LIVEBELL_REDIS_URL": redis_url(data),
        "LIVEBELL_HOST": host,
        "LIVEBELL_ADMIN_TOKEN": token,
        "LIVEBELL_PUBLIC_URL": os.environ.get("LIVEBELL_PUBLIC_URL", f"http://127.0.0.1:{port}/"),
        **({"LIVEBELL_SOURCES_FILE": str(sources)} if sources else {}),
        **(_demo_environment() if demo else {}),
    }
    programs = [_server(data, appendfsync), *(_service(name, environment, port) for name in SERVICES)]
    # What the demo serves ends after the services, which would report its absence.
    async with contextlib.AsyncExitStack() as outlasting, supervised(programs):
        ready = asyncio.create_task(wait_until_ready({name: port + add for name, add in PORTS.items()}))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ready, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            _greet(data, port, token, ready.result())
            await _work(stop, port, token, outlasting if demo else None)
        ready.cancel()
        click.echo("Stopping: what has begun is finished first.", err=True)


async def _work(stop: asyncio.Event, port: int, token: str, demo: contextlib.AsyncExitStack | None) -> None:
    if demo is not None:
        from livebell.demo import start_demo

        await start_demo(demo, port, token)
    await stop.wait()


def _server(data: Path, appendfsync: str) -> Program:
    command = (sys.executable, "-m", "livebell.embedded", str(data), appendfsync)
    return Program(name="valkey", command=command, environment=os.environ)


def _service(name: str, environment: Mapping[str, str], port: int) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-m", "livebell", "run", name, "--supervised"),
        environment={**environment, "LIVEBELL_PORT": str(port + PORTS[name])},
    )


def _demo_environment() -> dict[str, str]:
    return {
        "LIVEBELL_ALLOW_TARGETS": "127.0.0.0/8,::1,localhost",
        "LIVEBELL_LOG_LEVEL": os.environ.get("LIVEBELL_LOG_LEVEL", "warning"),
    }


def _greet(data: Path, port: int, token: str, seconds: float) -> None:
    click.echo(f"Livebell is up after {seconds:.1f} s.")
    click.echo(f"  page and API    http://127.0.0.1:{port}/   (description: /openapi.json)")
    click.echo(f"  operator token  {token}   (kept in {data / 'operator-token'})")
    click.echo(f"  data            {data}")
    click.echo("  stop            Ctrl-C", nl=True)
