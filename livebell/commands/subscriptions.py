from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import click

from livebell.client import Gateway, Refused, gateway_options, keep, kept, printable, token_of

API = "/api/v1/subscriptions"


@click.group("subscriptions", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Look after subscriptions: those made from here, or with the operator's token all of them.

    Without a subcommand: list.
    """
    if ctx.invoked_subcommand is None:
        with list_command.make_context("list", [], parent=ctx) as listing:
            list_command.invoke(listing)


@command.command("list")
@click.option("--all", "every", is_flag=True, help="All of the gateway's; needs the operator's token.")
@gateway_options
def list_command(gateway: Gateway, every: bool) -> None:
    """One line for each subscription: id, status, where to, filter."""
    count = 0
    for one in _all(gateway) if every else _mine(gateway):
        count += 1
        to = one["channel"].get("url") or one["channel"].get("endpoint")
        reason = f" ({one['status_reason']})" if one.get("status_reason") else ""
        click.echo(f"{one['id']}  {one['status'] + reason:<10}  {printable(to)}  {_told(one['filter'])}")
    if not count:
        click.echo("No subscriptions: `livebell subscribe URL` makes one, --all lists everybody's.", err=True)


@command.command("show")
@click.argument("subscription")
@gateway_options
def show_command(gateway: Gateway, subscription: str) -> None:
    """A subscription as JSON."""
    click.echo(json.dumps(_ask(gateway, "GET", subscription), ensure_ascii=False))


@command.command("test")
@click.argument("subscription")
@gateway_options
def test_command(gateway: Gateway, subscription: str) -> None:
    """Send a test alert; a pending webhook is asked again to prove itself."""
    asked = _ask(gateway, "POST", subscription, "/test")
    click.echo(f"Asked for: {asked['delivery']}. `livebell deliveries {subscription}` says what became of it.")


@command.command("pause")
@click.argument("subscription")
@gateway_options
def pause_command(gateway: Gateway, subscription: str) -> None:
    """Nothing is sent until it is resumed."""
    click.echo(_ask(gateway, "PATCH", subscription, body={"status": "paused"})["status"])


@command.command("resume")
@click.argument("subscription")
@gateway_options
def resume_command(gateway: Gateway, subscription: str) -> None:
    """Send again what is posted from now on."""
    click.echo(_ask(gateway, "PATCH", subscription, body={"status": "active"})["status"])


@command.command("delete")
@click.argument("subscription")
@gateway_options
def delete_command(gateway: Gateway, subscription: str) -> None:
    """End a subscription and delete all that is kept of it."""
    _ask(gateway, "DELETE", subscription)
    keep(gateway.address, subscription, None)
    click.echo("Deleted.")


def _ask(gateway: Gateway, method: str, subscription: str, path: str = "", body: object = None) -> Any:
    return gateway.ask(method, f"{API}/{quote(subscription, safe='')}{path}", body, token_of(gateway, subscription))


def _mine(gateway: Gateway) -> Any:
    for subscription, record in kept(gateway.address).items():
        try:
            yield gateway.ask("GET", f"{API}/{subscription}", token=record["token"])
        except Refused as error:
            if error.status != 401:
                raise
            yield {"id": subscription, "status": "ended", "channel": {"url": record["to"]}, "filter": {}}


def _all(gateway: Gateway) -> Any:
    after = ""
    while True:
        page = gateway.ask("GET", f"{API}?{urlencode({'after': after})}")
        yield from page["subscriptions"]
        if (after := page["next"]) is None:
            return


def _told(wanted: dict[str, Any]) -> str:
    return printable(json.dumps(wanted, ensure_ascii=False)) if wanted else "every new entry"
