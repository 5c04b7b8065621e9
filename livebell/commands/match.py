from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import BinaryIO

import click

from services.enricher.enrichment import Enricher
from services.enricher.loading import enricher_of
from services.enricher.settings import Settings
from services.notifier.ndjson import InputError, match_lines, read_subscriptions
from shared.messages import Enrichment
from shared.records import Blog, Entry
from shared.settings import SettingsError, load_settings


@click.command("match")
@click.option(
    "--subscriptions",
    "wanted",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Subscriptions or filters: a JSON array, what the API lists, or one a line.",
)
@click.option("--all", "everything", is_flag=True, help="Also print the pairs that do not match, and why not.")
@click.argument("entries", type=click.File("rb"), default="-")
def command(wanted: Path, everything: bool, entries: BinaryIO) -> None:
    """Say which subscriptions entries would match, and why: the reason for each condition.

    ENTRIES is NDJSON as `livebell enrich` or `livebell parse` prints it, standard input if not given. Of each
    subscription `filter` is read, and `id` where it has one.

    Prints a line for each match: entry, change, subscription, and under `conditions` what was asked, what of that the
    entry has, and whether it holds.
    """
    try:
        for line in match_lines(read_subscriptions(wanted.read_bytes()), entries, _enrich, everything=everything):
            sys.stdout.buffer.write(line + b"\n")
    except (InputError, SettingsError) as error:
        raise click.ClickException(str(error)) from error


def _enrich(entry: Entry, blog: Blog) -> Enrichment:
    return _enricher().enrich(entry, blog)


@cache
def _enricher() -> Enricher:
    return enricher_of(load_settings(Settings))
