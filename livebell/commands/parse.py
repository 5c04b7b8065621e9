from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from services.parser.ndjson import lines
from services.parser.reading import NoLiveBlogError, read_page
from shared.settings import SettingsError

NOTHING_FOUND = 3


@click.command("parse")
@click.argument("page", metavar="[FILE|URL|-]", default="-")
@click.option("--url", help="The page's own address, where PAGE is a file: relative links are resolved against it.")
@click.option("--content-type", help="As the server said it, such as 'text/html; charset=utf-8'.")
@click.option("--at", "at", metavar="TIME", help="When the page was read, RFC 3339; now if not given.")
@click.option("--timezone", help="An IANA zone for times that carry none, such as Europe/London.")
def command(page: str, url: str | None, content_type: str | None, at: str | None, timezone: str | None) -> None:
    """Read a live-blog page into NDJSON: a line for the blog, then one for each entry, newest first.

    The page is a file, an address, or standard input. Exit status 3 where it holds no live blog.
    """
    if page.startswith(("http://", "https://")):
        body, content_type, url = asyncio.run(_fetched(page, content_type))
    else:
        body = sys.stdin.buffer.read() if page == "-" else _file(page)
    try:
        found = read_page(body, url=url, content_type=content_type, fetched_at=_instant(at), timezone=timezone)
    except NoLiveBlogError as error:
        click.echo(str(error), err=True)
        sys.exit(NOTHING_FOUND)
    for line in lines(found):
        sys.stdout.buffer.write(line + b"\n")


async def _fetched(url: str, content_type: str | None) -> tuple[bytes, str | None, str]:
    """The page as the fetcher would get it, with the same bounds and guard."""
    from livebell.looking import look_at
    from services.fetcher.looking import NotFetchedError

    try:
        found = (await look_at(url)).page
    except (NotFetchedError, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    return found.body, content_type or found.content_type, found.url


def _file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.ClickException(f"{name} cannot be read: {error.strerror}.") from error


def _instant(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise click.BadParameter(f"{at!r} is no time such as 2026-03-01T12:00:00Z.", param_hint="--at") from error
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
