from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
import msgspec
from redis.exceptions import RedisError

from livebell.embedded import redis_url
from shared.connection import connect
from shared.outgoing.guard import Guard, RefusedTargetError
from shared.settings import CommonSettings, SettingsError, load_settings
from shared.sources.record import Source, check_source, source_id
from shared.sources.status import Status, status
from shared.sources.store import SourceStore
from shared.telemetry.logs import configure_logs

NOTHING_FOUND = 3
T = TypeVar("T")


@click.group("sources")
@click.option("--data", type=click.Path(), help="The data folder of `livebell up`, instead of LIVEBELL_REDIS_URL.")
@click.pass_context
def command(ctx: click.Context, data: str | None) -> None:
    """The live blogs that are watched. What is changed here takes effect within seconds, without a restart.

    \b
    livebell sources test https://news.example/world/live/storm      what would be read, and what is doubtful
    livebell sources add https://news.example/world/live/storm       watch it
    livebell sources list                                            how each fares
    """
    ctx.obj = data


@command.command("add")
@click.argument("url")
@click.option(
    "--id", "name", help="A name of lower-case letters, digits and hyphens; made from the address if not given."
)
@click.option("--title", help="Shown instead of the page's own.")
@click.option("--every", type=float, help="Seconds between two looks while entries come [default: 15].")
@click.option("--slowest", type=float, help="Seconds between two looks at most, however quiet the blog is.")
@click.option("--timezone", help="An IANA zone for times that carry none, such as Europe/London.")
@click.option("--expect-every", type=float, metavar="MINUTES", help="Tell if no entry comes for so long.")
@click.option(
    "--no-robots", is_flag=True, help="Fetch it though the site's robots.txt disallows that. Ask the site first."
)
@click.pass_obj
def add_command(data: str | None, /, url: str, name: str | None, *, no_robots: bool, **fields: Any) -> None:
    """Watch the live blog at URL, or change how it is watched. Prints its id."""
    given = {field: value for field, value in fields.items() if value is not None}
    source = _source({"id": name or source_id(url), "url": url, "robots": not no_robots, **given})

    async def put(store: SourceStore) -> str:
        known = await store.get(source.id)
        if known is not None and known.url != source.url:
            raise click.ClickException(
                f"{source.id} is {known.url} already: name this one with --id, or remove that one first."
            )
        changed = await store.put(source)
        return "changed" if known and changed else "watched already, as it is" if known else "watched from now on"

    said = _with_store(data, put)
    click.echo(source.id)
    click.echo(f"{source.url} is {said}.", err=True)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for machines.")
@click.pass_obj
def list_command(data: str | None, *, as_json: bool) -> None:
    """One line for each: id, state, since when, seconds between looks, newest entry, address.

    \b
    new       no page yet           closed    polled ever less often, since it is over
    live      read                  stopped   polled no more; `add` looks at it again
    silent    no entry for long     failing   with the reason; tried again ever less often
    """

    async def collect(store: SourceStore) -> list[tuple[Source, Status]]:
        return [(source, status(source, state, told)) for source, state, told in await store.known()]

    found = _with_store(data, collect)
    for source, now in found:
        if as_json:
            record = {**msgspec.to_builtins(source), "status": {**msgspec.to_builtins(now)}}
            record["status"] |= {key: _rfc3339(record["status"][key]) for key in ("since", "last_ok", "last_entry")}
            click.echo(json.dumps(record, ensure_ascii=False))
        else:
            click.echo(_line(source, now))
    if not found:
        click.echo("No live blog is watched: `livebell sources add URL` begins.", err=True)


@command.command("remove")
@click.argument("name", metavar="ID")
@click.pass_obj
def remove_command(data: str | None, name: str) -> None:
    """Stop watching a live blog and forget what is known of it. It stays removed where a sources file names it."""
    if not _with_store(data, lambda store: store.remove(name, by_hand=True)):
        raise click.ClickException(f"No live blog {name!r} is watched: `livebell sources list` shows their ids.")
    click.echo(f"{name} is watched no more.", err=True)


@command.command("test")
@click.argument("url")
@click.option("--timezone", help="An IANA zone for times that carry none, such as Europe/London.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def test_command(url: str, timezone: str | None, *, as_json: bool) -> None:
    """Show what would be read at URL: format, newest entries, times, and what is doubtful. Nothing is kept.

    Exit status 1 where the page cannot be had, 3 where it holds no live blog.
    """
    from livebell.looking import look_at
    from livebell.preview_lines import preview_lines
    from services.fetcher.looking import NotFetchedError
    from services.parser.preview import preview
    from services.parser.reading import NoLiveBlogError

    configure_logs("error")  # standard output is the report's
    source = _source({"id": source_id(url), "url": url, "timezone": timezone}, guarded=False)
    try:
        seen = asyncio.run(look_at(source.url, ask_robots=True))
        found = preview(
            seen.page.body,
            url=seen.page.url,
            content_type=seen.page.content_type,
            fetched_at=datetime.fromtimestamp(seen.page.seen, UTC),
            timezone=timezone,
            against=seen.against,
        )
    except (NotFetchedError, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    except NoLiveBlogError as error:
        click.echo(f"{url}: {error}", err=True)
        sys.exit(NOTHING_FOUND)
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(preview_lines(found)))


def _source(fields: dict[str, Any], *, guarded: bool = True) -> Source:
    """The source that the words make. Raises ClickException that says what is wrong with them."""
    try:
        source = msgspec.convert(fields, Source)
        check_source(source)
        if guarded:
            Guard(load_settings(CommonSettings).allow_targets).check_url(source.url, plain_http=True)
    except (msgspec.ValidationError, RefusedTargetError, ValueError) as error:
        raise click.ClickException(f"{str(error).rstrip('.')}.") from error
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    return source


def _line(source: Source, now: Status) -> str:
    words = [
        f"{source.id:<40}",
        f"{now.state:<8}",
        f"{_moment(now.since):<20}",
        f"{source.every:>6g} s",
        f"{_moment(now.last_entry):<20}",
        source.url + (f" → {now.url}" if now.moved else ""),
        f"({now.reason})" if now.reason else "",
    ]
    return "  ".join(words).rstrip()


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else "-"


def _rfc3339(at: float) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z") if at else None


def _with_store(data: str | None, work: Callable[[SourceStore], Awaitable[T]]) -> T:
    async def run(url: str, partitions: int) -> T:
        client = connect(url, "sources")
        try:
            return await work(SourceStore(client, partitions))
        finally:
            await client.aclose()

    try:
        url = redis_url(data)
        return asyncio.run(run(url, load_settings(CommonSettings).partitions))
    except SettingsError as error:
        raise click.ClickException(f"{error} See `livebell config`.") from error
    except (RedisError, OSError) as error:
        raise click.ClickException(
            f"{url} does not answer ({error}): start `livebell up`, name its folder with --data, or set "
            "LIVEBELL_REDIS_URL."
        ) from error
