from __future__ import annotations

import sys
from typing import BinaryIO

import click

from services.enricher.loading import enricher_of
from services.enricher.ndjson import LineError, enrich_lines
from services.enricher.settings import Settings
from shared.settings import SettingsError, load_settings


@click.command("enrich")
@click.argument("file", type=click.File("rb"), default="-")
def command(file: BinaryIO) -> None:
    """Say what entries are about: NDJSON of entries in, the same with places, people, topics, urgency… out.

    FILE is what `livebell parse` prints; of each entry only `id` and `text` are required. Standard input if not given.
    """
    try:
        for line in enrich_lines(file, enricher_of(load_settings(Settings))):
            sys.stdout.buffer.write(line + b"\n")
    except (LineError, SettingsError) as error:
        raise click.ClickException(str(error)) from error
