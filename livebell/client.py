"""A gateway's API for the command line, with the standard library alone: asking it, and the tokens that it gave."""

from __future__ import annotations

import contextlib
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

import click

DEFAULT = "http://127.0.0.1:8000"
SECONDS = 30.0
SILENCE_SECONDS = 60.0
"""A stream sends a sign of life every 15 seconds."""
MAX_ANSWER_BYTES = 32 * 2**20
MAX_EVENT_BYTES = 2**20


class Refused(click.ClickException):
    """What the gateway said, in its own sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Gateway:
    def __init__(self, address: str, token: str | None = None) -> None:
        self.address = address.rstrip("/")
        if not self.address.startswith(("http://", "https://")):
            raise click.UsageError(f"--gateway: {address} is no address: it begins with http:// or https://.")
        self.token = token

    def ask(
        self, method: str, path: str, body: object = None, token: str | None = None, *, idempotency_key: str = ""
    ) -> Any:
        """The answer's JSON, None where it has none. Raises Refused with the gateway's own sentence."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        with self._open(method, path, body, token or self.token, headers) as response:
            raw = response.read(MAX_ANSWER_BYTES)
        return json.loads(raw) if raw else None

    def stream(self, path: str, last: str | None) -> Iterator[tuple[str, str, str]]:
        """(event's name, data, id) of each event, until the connection ends (OSError or quietly)."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        with self._open("GET", path, None, self.token, headers) as response:
            yield from events(response)

    def _open(self, method: str, path: str, body: object, token: str | None, headers: Mapping[str, str]) -> Any:
        told = {"Accept": "application/json", **headers, **({"Authorization": f"Bearer {token}"} if token else {})}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            told["Content-Type"] = "application/json"
        request = urllib.request.Request(f"{self.address}{path}", data=data, method=method, headers=told)  # noqa: S310
        seconds = SILENCE_SECONDS if "text/event-stream" in told["Accept"] else SECONDS
        try:
            return urllib.request.urlopen(request, timeout=seconds)  # noqa: S310 - the address that the person named
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(error.code, _sentence(error)) from error
        except (OSError, HTTPException) as error:
            why = getattr(error, "reason", error)
            raise click.ClickException(
                f"No gateway answers at {self.address} ({why}): `livebell up` starts one, --gateway names another."
            ) from error


def events(lines: HTTPResponse | Iterator[bytes]) -> Iterator[tuple[str, str, str]]:
    """Server-Sent Events from their lines; a comment with an id is an event without data."""
    name, last, size = "message", "", 0
    data: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        size += len(raw)
        if size > MAX_EVENT_BYTES:
            raise click.ClickException("The stream sent an event of more than 1 MB.")
        if not line:
            if data or last:
                yield name, "\n".join(data), last
            name, data, size = "message", [], 0
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            last = value


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        told = json.loads(error.read(65_536))
        return f"{told['detail']} ({error.code})"
    except (ValueError, TypeError, KeyError):
        return f"The gateway answered {error.code} {error.reason}."


# --- tokens ---------------------------------------------------------------------------------------------------------


def kept_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "livebell" / "subscriptions.json"


def kept(address: str) -> dict[str, dict[str, str]]:
    """The subscriptions made from here at this gateway: id → {"token", "to"}."""
    try:
        all_kept = json.loads(kept_file().read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{kept_file()} cannot be read: {error}. Mend it or move it away.") from error
    found: dict[str, dict[str, str]] = all_kept.get(address, {})
    return found


def keep(address: str, subscription: str, record: dict[str, str] | None) -> None:
    """Keeps a subscription's token for this person alone, or forgets it."""
    file = kept_file()
    all_kept: dict[str, dict[str, Any]] = {}
    with contextlib.suppress(FileNotFoundError):
        all_kept = json.loads(file.read_text())
    mine = all_kept.setdefault(address, {})
    if record is None:
        mine.pop(subscription, None)
    else:
        mine[subscription] = record
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        json.dump(all_kept, written, indent=2)
    beside.replace(file)


def token_of(gateway: Gateway, subscription: str) -> str | None:
    return gateway.token or kept(gateway.address).get(subscription, {}).get("token")


# --- options and output ---------------------------------------------------------------------------------------------


def _operators() -> str | None:
    """The operator's token where a file holds it, as in containers."""
    file = os.environ.get("LIVEBELL_ADMIN_TOKEN_FILE")
    try:
        return Path(file).read_text().strip() if file else None
    except OSError as error:
        raise click.ClickException(f"LIVEBELL_ADMIN_TOKEN_FILE names {file}, which cannot be read: {error}.") from error


def gateway_options(call: Callable[..., Any]) -> Callable[..., Any]:
    """--gateway and --token; the command gets a Gateway as its first argument."""

    @click.option(
        "--gateway",
        "address",
        envvar="LIVEBELL_GATEWAY",
        default=DEFAULT,
        show_default=True,
        help="The gateway's address; LIVEBELL_GATEWAY.",
    )
    @click.option(
        "--token",
        envvar=["LIVEBELL_TOKEN", "LIVEBELL_ADMIN_TOKEN"],
        help="A subscription's token, or the operator's. Better in LIVEBELL_TOKEN or LIVEBELL_ADMIN_TOKEN, where no "
        "list of processes shows it. Tokens of what was subscribed from here are known.",
    )
    @wraps(call)
    def with_gateway(*arguments: Any, address: str, token: str | None, **options: Any) -> Any:
        return call(Gateway(address, token or _operators()), *arguments, **options)

    return with_gateway


def printable(text: object) -> str:
    """On one line and without control characters: what a stranger wrote must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in str(text if text is not None else ""))
