"""Settings: one typed Struct per service, filled from `LIVEBELL_…` environment variables.

Each field's description is what `livebell config` prints and the documentation shows. `LIVEBELL_X_FILE` names a file
that holds the value of `LIVEBELL_X`, for secrets. A field of several values takes them parted by commas.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct

PREFIX = "LIVEBELL_"
T = TypeVar("T", bound="CommonSettings")


class SettingsError(Exception):
    """A setting that cannot be used: the message names the variable and what it may be."""


class CommonSettings(Struct, frozen=True, kw_only=True):
    redis_url: Annotated[
        str,
        Meta(
            description="Where Redis or Valkey answers: redis://, rediss:// or unix://; redis+cluster:// for a Cluster."
        ),
    ] = "redis://127.0.0.1:6379/0"
    redis_password: Annotated[str, Meta(description="The server's password, where the address names none.")] = ""
    partitions: Annotated[
        int,
        Meta(
            ge=1, le=1024, description="Over how many slots sources are spread. Change it only when streams are empty."
        ),
    ] = 1
    subscriber_partitions: Annotated[
        int, Meta(ge=1, le=1024, description="Over how many slots subscribers are spread. Cannot be changed later.")
    ] = 1
    host: Annotated[str, Meta(description="The address that the service's HTTP port binds to.")] = "127.0.0.1"
    port: Annotated[
        int,
        Meta(ge=1, le=65535, description="The service's HTTP port: /healthz, /readyz, /metrics; the gateway's all."),
    ] = 8000
    metrics_for: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts and CIDRs that may read /metrics, beside this machine; all who reach the port if empty."
        ),
    ] = ()
    consumer: Annotated[
        str, Meta(description="This process's name within its consumer groups; the host's name and port if empty.")
    ] = ""
    batch: Annotated[int, Meta(ge=1, le=10_000, description="How many messages one read takes at most.")] = 100
    claim_idle: Annotated[
        float,
        Meta(gt=0, description="Seconds after which a message that its consumer has not finished is taken over."),
    ] = 10.0
    max_attempts: Annotated[
        int, Meta(ge=1, description="How often a message is tried before it is parked as a dead letter.")
    ] = 5
    retention: Annotated[
        float,
        Meta(
            ge=60, description="Seconds for which enriched entries are kept for feeds, resuming streams and recovery."
        ),
    ] = 86_400.0
    max_backlog_age: Annotated[
        float,
        Meta(ge=60, description="Seconds after which a message is dropped though no consumer has read it yet."),
    ] = 604_800.0
    allow_targets: Annotated[
        tuple[str, ...],
        Meta(description="CIDRs and hosts that may be fetched and called though private, plain http or unknown."),
    ] = ()
    log_level: Annotated[
        str, Meta(pattern="^(debug|info|warning|error)$", description="debug, info, warning or error.")
    ] = "info"
    log_format: Annotated[
        str, Meta(pattern="^(auto|json|console)$", description="json, console, or auto: console at a terminal.")
    ] = "auto"
    traces_to: Annotated[
        str,
        Meta(
            description="Where OpenTelemetry traces are sent, an OTLP/HTTP address such as "
            "http://collector:4318/v1/traces; nowhere if empty. Needs the extra `tracing`."
        ),
    ] = ""
    traces_share: Annotated[
        float, Meta(ge=0, le=1, description="The share of pages whose way is traced, from 0 to 1.")
    ] = 1.0
    drain_seconds: Annotated[
        float, Meta(gt=0, description="How long a stopping service may take to finish what it has begun.")
    ] = 10.0

    @property
    def consumer_name(self) -> str:
        return self.consumer or f"{socket.gethostname()}-{self.port}"


def load_settings(kind: type[T], environment: Mapping[str, str] = os.environ) -> T:
    """The settings of a service. Raises SettingsError that names the variable at fault."""
    values: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for name in kind.__struct_fields__:
        raw = _read(name, environment)
        if raw is None:
            continue
        values[name] = _split(raw) if "tuple" in str(hints[name]) else raw
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_named(str(error))) from error


def describe(kind: type[CommonSettings]) -> Iterator[tuple[str, str, str]]:
    """(variable, default, description) of each setting."""
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        default = "" if field.default in (msgspec.NODEFAULT, None) else field.default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
        yield variable(field.name), shown, _description(hints[field.name])


def variable(name: str) -> str:
    return PREFIX + name.upper()


def _read(name: str, environment: Mapping[str, str]) -> str | None:
    if (raw := environment.get(variable(name))) is not None:
        return raw
    if (path := environment.get(f"{variable(name)}_FILE")) is None:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{variable(name)}_FILE names {path}, which cannot be read: {error.strerror}.") from error


def _split(raw: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in raw.split(",") if part.strip())


def _description(hint: Any) -> str:
    return next((m.description for m in getattr(hint, "__metadata__", ()) if isinstance(m, Meta) and m.description), "")


def _named(error: str) -> str:
    what, _, where = error.partition(" - at `$.")
    return f"{variable(where.rstrip('`'))}: {what}." if where else error
