from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import click

from livebell.client import Gateway, gateway_options, printable, token_of


@click.command("deliveries")
@click.argument("subscription")
@click.option("--retry", metavar="DELIVERY", help="Make this delivery again, under its own id.")
@click.option("--recover", metavar="SINCE", help="Make all again that failed since a time, as 2026-03-14T12:00:00Z.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each delivery.")
@gateway_options
def command(gateway: Gateway, subscription: str, retry: str | None, recover: str | None, as_json: bool) -> None:
    """What became of the latest deliveries to SUBSCRIPTION, the newest first; and making them again."""
    token = token_of(gateway, subscription)
    path = f"/api/v1/subscriptions/{quote(subscription, safe='')}"
    if retry:
        asked = gateway.ask("POST", f"/api/v1/deliveries/{quote(retry, safe='')}/retry", token=token)
        click.echo(f"Asked for again: {asked['delivery']}.")
        return
    if recover:
        asked = gateway.ask("POST", f"{path}/recover", {"since": recover}, token)
        click.echo(f"{len(asked['deliveries'])} asked for again.")
        return
    found = gateway.ask("GET", f"{path}/deliveries", token=token)["deliveries"]
    for one in found:
        click.echo(json.dumps(one) if as_json else _line(one))
    if not found:
        click.echo("Nothing was delivered yet.", err=True)


def _line(one: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(one["at"], UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    answer = one.get("response_status") or ""
    why = printable(one.get("error") or "")
    return f"{at}  {one['status']:<9}  {one['kind']:<14}  tried {one['attempt']}  {answer}  {one['id']}  {why}".rstrip()
