"""The `livebell` command: each subcommand is a module of `livebell.commands`, imported only when it is called."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import click

from shared.settings import SettingsError

COMMANDS = MappingProxyType(
    {
        "up": "Run all of Livebell on this machine.",
        "run": "Run one service, as the containers do.",
        "sources": "Add, list, remove and test the live blogs that are watched.",
        "parse": "Read a live-blog page into NDJSON.",
        "enrich": "Say what entries are about, NDJSON in and out.",
        "match": "Say which subscriptions entries would match, and why.",
        "replay": "Serve a recorded live blog as a growing page.",
        "subscribe": "Have a webhook told of entries.",
        "subscriptions": "Look after subscriptions: list, test, pause, delete.",
        "tail": "Follow what happens, as it happens.",
        "deliveries": "Say what became of deliveries, and make them again.",
        "canary": "Post to a blog of its own and see that the alert arrives.",
        "top": "Watch it work: what flows, how late, what waits and fails.",
        "config": "Show every setting.",
        "doctor": "Say what is wrong with an installation and how to mend it.",
        "keys": "Make keys and secrets.",
        "dead": "Look at dead letters and put them back.",
        "health": "Ask a running service whether it is ready.",
    }
)


class _Commands(click.Group):
    """Knows each command by its one line, so that `--help` needs none of the services' dependencies."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            module = importlib.import_module(f"livebell.commands.{cmd_name}")
        except ModuleNotFoundError as error:
            raise click.ClickException(missing(error)) from error
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """What an operator can mend is said in a sentence, not as a traceback."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(f"{str(error).rstrip('.')}. See `livebell config`.") from error
        except ModuleNotFoundError as error:
            raise click.ClickException(missing(error)) from error
        except Exception as error:
            if not _of_redis(error):
                raise
            said = str(error).rstrip(".")
            hint = "`livebell doctor` says what is wrong; --data or LIVEBELL_REDIS_URL names another."
            raise click.ClickException(f"Redis: {said}. {hint}") from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _of_redis(error: Exception) -> bool:
    """Whether redis-py raised it; it is not imported for that, since a health check needs none of it."""
    return any(kind.__module__.startswith("redis.") for kind in type(error).__mro__)


def missing(error: ModuleNotFoundError) -> str:
    """What to say where a dependency is not installed. A module of our own that is not there is no such case."""
    if (error.name or "").partition(".")[0] in {"livebell", "services", "shared"}:
        raise error
    return (
        f"{error.name} is not installed: pip install 'livebell[all]', or the extra of the service that does this work. "
        "A service's image holds what that service needs."
    )


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("livebell"), prog_name="livebell")
def main() -> None:
    """Alerts on every new, edited or deleted entry of a news live blog.

    \b
    livebell up --demo              see it work: a recorded live blog, alerts in this terminal
    livebell up --sources FILE      watch your own live blogs on this machine
    livebell parse URL              see what a page holds, entry by entry
    livebell doctor                 when something is wrong
    """


if __name__ == "__main__":
    main()
