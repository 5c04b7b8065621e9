from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import click

from livebell.alert_line import alert_line
from livebell.client import Gateway, gateway_options, keep

LISTS = {
    "source": "sources",
    "word": "words",
    "all_word": "all_words",
    "none_word": "none_words",
    "place": "places",
    "person": "people",
    "organisation": "organisations",
    "topic": "topics",
    "language": "languages",
    "change": "changes",
}


class _Near(click.ParamType[dict[str, float]]):
    name = "LAT,LON,KM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, float]:
        try:
            lat, lon, km = map(float, str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not LAT,LON,KM, such as 55.47,8.45,30.", param, ctx)
        return {"lat": lat, "lon": lon, "km": km}


@click.command("subscribe")
@click.argument("url")
@click.option("--source", multiple=True, help="Of this live blog (its id). Without it: of all.")
@click.option("--word", multiple=True, help="Any of these words or phrases.")
@click.option("--all-word", multiple=True, help="All of these.")
@click.option("--none-word", multiple=True, help="None of these.")
@click.option("--place", multiple=True, help="Any of these places: name, country code or GeoNames id.")
@click.option("--near", type=_Near(), help="Within so many kilometres of a point.")
@click.option("--person", multiple=True, help="Any of these people.")
@click.option("--organisation", multiple=True, help="Any of these organisations.")
@click.option("--topic", multiple=True, help="Any of these topics: weather, transport, …")
@click.option("--language", multiple=True, help="In any of these, such as en.")
@click.option("--min-urgency", type=click.FloatRange(0, 1), help="How urgent, at least: 0 to 1.")
@click.option("--change", multiple=True, help="created (alone if not given), updated, deleted, closed, moved, …")
@click.option("--preferences", help="JSON: quiet_hours, max_per_hour, digest, collapse_story.")
@click.option("--secret", envvar="LIVEBELL_SECRET", help="A whsec_… of your own; one is made if not given.")
@click.option("--try", "dry", is_flag=True, help="Only say what it would have caught in the last day.")
@click.option("--json", "as_json", is_flag=True, help="With --try: one JSON object for each entry.")
@click.option("--keep/--no-keep", "keeping", default=True, help="Keep the token for the other commands [keep].")
@gateway_options
def command(
    gateway: Gateway,
    url: str,
    near: dict[str, float] | None,
    min_urgency: float | None,
    preferences: str | None,
    secret: str | None,
    dry: bool,
    as_json: bool,
    keeping: bool,
    **terms: tuple[str, ...],
) -> None:
    """Have the webhook at URL told of entries. Each option may be given several times.

    \b
    livebell subscribe https://desk.example/hook --word ferry --word "power cut" --place DK
    livebell subscribe http://127.0.0.1:9000/ --near 55.47,8.45,30 --try

    Prints one JSON object: id, token, secret, status. The secret verifies what arrives; it is told only here. A
    webhook that is made without the operator's token must first answer a challenge: its status is pending until then.
    """
    wanted: dict[str, Any] = {LISTS[name]: list(given) for name, given in terms.items() if given}
    wanted |= {"near": near} if near else {}
    wanted |= {"min_urgency": min_urgency} if min_urgency is not None else {}
    if dry:
        _say_what_it_would_have_caught(gateway, wanted, as_json=as_json)
        return
    channel = {"type": "webhook", "url": url, **({"secret": secret} if secret else {})}
    body = {"channel": channel, "filter": wanted, **_preferences(preferences)}
    made = gateway.ask("POST", "/api/v1/subscriptions", body, idempotency_key=str(uuid.uuid4()))
    if keeping:
        keep(gateway.address, made["id"], {"token": made["token"], "to": url})
    click.echo(json.dumps(made))


def _say_what_it_would_have_caught(gateway: Gateway, wanted: dict[str, Any], *, as_json: bool) -> None:
    told = gateway.ask("POST", "/api/v1/caught", {"filter": wanted})
    click.echo(f"{told['count']} of the {told['of']} entries of the last day.", err=True)
    for entry in told["entries"]:
        click.echo(json.dumps(entry, ensure_ascii=False) if as_json else _line(entry))


def _line(entry: dict[str, Any]) -> str:
    at = datetime.fromisoformat(entry["published_at"] or entry["seen_at"])
    return alert_line("entry.created", entry, at=at.astimezone(UTC), colour=sys.stdout.isatty())


def _preferences(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        return {"preferences": json.loads(text)}
    except ValueError as error:
        raise click.UsageError(f"--preferences is no JSON: {error}.") from error
