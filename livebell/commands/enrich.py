from __future__ import annotations

import click

from services.enricher.enrichment import load
from services.enricher.ndjson import InvalidLineError, enrich_lines


@click.command("enrich")
@click.argument("file", type=click.File("rb"), default="-")
def command(file: click.utils.LazyFile) -> None:
    """Say what entries are about: NDJSON of entries in, the same with places, people, topics, urgency… out.

    FILE is what `livebell parse` prints; of each entry only `id` and `text` are required. Standard input if not given.
    """
    out = click.get_binary_stream("stdout")
    try:
        for line in enrich_lines(file, load()):
            out.write(line.rstrip(b"\n") + b"\n")
            out.flush()
    except InvalidLineError as error:
        raise click.ClickException(str(error)) from error
