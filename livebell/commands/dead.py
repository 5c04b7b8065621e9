from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
import msgspec
from redis.asyncio import Redis

from livebell.embedded import redis_url
from shared.connection import connect
from shared.keys import (
    DELIVERIES,
    ENRICHED,
    ENTRIES,
    PAGES,
    READ,
    WEIGHING,
    key,
    source_partitions,
    subscriber_partitions,
)
from shared.messages import MalformedMessageError, UnknownMessageError, decode
from shared.settings import CommonSettings, load_settings
from shared.streams.deadletters import DeadLetter, dead_letter, dead_letters, replay

T = TypeVar("T")
_OF_SOURCES = (PAGES, READ, ENTRIES, ENRICHED)


@click.group("dead")
@click.option("--data", type=click.Path(), help="The data folder of `livebell up`, instead of LIVEBELL_REDIS_URL.")
@click.pass_context
def command(ctx: click.Context, data: str | None) -> None:
    """Messages that could not be processed, with the reason. Mend the cause, then put them back with `replay`."""
    ctx.obj = redis_url(data)


@command.command("list")
@click.option("--count", default=100, show_default=True, help="At most so many of each stream.")
@click.pass_obj
def list_command(url: str, count: int) -> None:
    """One line for each dead letter: its stream, id, age, attempts and reason."""

    async def collect(client: Redis) -> list[DeadLetter]:
        return [letter for stream in streams() for letter in await dead_letters(client, stream, count=count)]

    letters = _with_redis(url, collect)
    for letter in letters:
        when = datetime.fromtimestamp(letter.parked_at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        click.echo(f"{letter.stream}  {letter.id}  {when}  tried {letter.deliveries}  {letter.reason}")
    if not letters:
        click.echo("No dead letters.", err=True)


@command.command("show")
@click.argument("stream")
@click.argument("letter")
@click.pass_obj
def show_command(url: str, stream: str, letter: str) -> None:
    """A dead letter whole: the reason, the traceback and the message. STREAM and LETTER are as `list` prints them."""
    found = _with_redis(url, lambda client: dead_letter(client, stream, letter))
    if found is None:
        raise click.ClickException(f"{stream} has no dead letter {letter}: `livebell dead list` shows what there is.")
    click.echo(f"stream   {found.stream} (group {found.group}, was {found.origin})")
    click.echo(f"reason   {found.reason}\n\n{found.trace.rstrip()}\n")
    try:
        click.echo(msgspec.json.format(msgspec.json.encode(decode(found.body))).decode())
    except (MalformedMessageError, UnknownMessageError):
        click.echo(repr(found.body))


@command.command("replay")
@click.argument("stream", required=False)
@click.argument("letters", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All dead letters of STREAM, or of every stream.")
@click.pass_obj
def replay_command(url: str, stream: str | None, letters: tuple[str, ...], every: bool) -> None:
    """Put dead letters back into their stream, each in one atomic step."""
    if not every and not (stream and letters):
        raise click.UsageError("Name the stream and the letters, or say --all.")

    async def put_back(client: Redis) -> int:
        count = 0
        for one in [stream] if stream else streams():
            chosen = letters or [letter.id for letter in await dead_letters(client, one, count=100_000)]
            count += await replay(client, one, chosen) if chosen else 0
        return count

    click.echo(f"{_with_redis(url, put_back)} put back.")


def streams() -> list[str]:
    """Every stream of the installation."""
    settings = load_settings(CommonSettings)
    sources = [key(tag, kind) for tag in source_partitions(settings.partitions) for kind in _OF_SOURCES]
    subscribers = subscriber_partitions(settings.subscriber_partitions)
    return sources + [key(tag, kind) for tag in subscribers for kind in (WEIGHING, DELIVERIES)]


def _with_redis(url: str, work: Callable[[Redis], Awaitable[T]]) -> T:
    async def run() -> T:
        client = connect(url, "dead")
        try:
            return await work(client)
        finally:
            await client.aclose()

    return asyncio.run(run())
