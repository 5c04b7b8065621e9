from __future__ import annotations

import importlib
import os
import signal
import sys
import threading

import click
import uvloop

from livebell.checked_settings import checked_settings
from livebell.cli import missing
from livebell.ports import PortInUseError, check_free
from livebell.supervisor import wait_until_alone
from shared.settings import SettingsError
from shared.telemetry.logs import configure_logs

SERVICES = ("fetcher", "parser", "enricher", "notifier", "gateway")


@click.command("run")
@click.argument("service", type=click.Choice(SERVICES), envvar="LIVEBELL_SERVICE")
@click.option("--supervised", is_flag=True, hidden=True, help="Stop when standard input closes.")
def command(service: str, supervised: bool) -> None:
    """Run one service until SIGTERM. Its settings are environment variables: see `livebell config SERVICE`."""
    # What is told to stop while it still imports stops: as a container's first process it would not even hear of it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        app = importlib.import_module(f"services.{service}.app")
        settings = checked_settings(service)
        check_free(settings.host, settings.port)
        configure_logs(settings.log_level, settings.log_format, service=service)
        if supervised:
            threading.Thread(target=_stop_with_supervisor, daemon=True).start()
        uvloop.run(app.run(settings))
    except ModuleNotFoundError as error:
        raise click.ClickException(missing(error)) from error
    except (SettingsError, PortInUseError) as error:
        raise click.ClickException(str(error)) from error


def _stop_with_supervisor() -> None:
    """A supervisor that is killed leaves no services behind: the pipe it held closes."""
    wait_until_alone()
    os.kill(os.getpid(), signal.SIGTERM)
