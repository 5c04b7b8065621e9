"""The settings: whether each service's can be used, and what they leave open."""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from livebell.checked_settings import checked_settings
from livebell.commands.run import SERVICES
from livebell.diagnosing.finding import Finding
from shared.settings import CommonSettings, SettingsError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PROXY_SECONDS = 3.0


def settings_findings() -> Iterator[Finding]:
    """Of every service; in a container of the one that it was made for."""
    only = os.environ.get("LIVEBELL_SERVICE")
    told: set[str] = set()
    for service in (only,) if only in SERVICES else SERVICES:
        try:
            settings = checked_settings(service)
            importlib.import_module(f"services.{service}.app")
        except SettingsError as error:
            if str(error) not in told:  # a setting of all services is told of once
                yield Finding(
                    level="failure", subject=service, says=str(error), mend=f"See `livebell config {service}`."
                )
            told.add(str(error))
        except ModuleNotFoundError as error:
            yield Finding(
                level="warning",
                subject=service,
                says=f"{error.name} is not installed, so this service cannot run here.",
                mend=f"pip install 'livebell[{service}]'",
            )
        else:
            yield Finding(level="ok", subject=service, says="Its settings are valid.")
            yield from _left_open(service, settings, alone=service == only)


def _left_open(service: str, settings: CommonSettings, *, alone: bool) -> Iterator[Finding]:
    """What is valid and yet wanting. `alone`: in the service's own container, where all that it has is to be seen."""
    public = urlsplit(str(getattr(settings, "public_url", "")))
    if service == "gateway":
        yield from _public(public.geturl())
        if alone and not getattr(settings, "admin_token", ""):
            yield Finding(
                level="warning",
                subject=service,
                says="There is no operator's token: nobody can add live blogs or list subscriptions.",
                mend="Set LIVEBELL_ADMIN_TOKEN_FILE to a file that holds one (`openssl rand -hex 32`).",
            )
    nobody = str(getattr(settings, "vapid_subject", "")).endswith("@example.org")
    if service == "notifier" and nobody and public.hostname not in LOOPBACK:
        yield Finding(
            level="warning",
            subject=service,
            says="Push services cannot tell whom to write to: the subject of our pushes is nobody's address.",
            mend="Set LIVEBELL_VAPID_SUBJECT to mailto: and your address.",
        )
    if proxy := str(getattr(settings, "fetch_proxy", "")):
        yield from _proxy(proxy)


def _proxy(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    shown = f"{parts.hostname}:{parts.port or 80}"
    try:
        socket.create_connection((str(parts.hostname), parts.port or 80), PROXY_SECONDS).close()
    except OSError as error:
        yield Finding(
            level="failure",
            subject="fetcher",
            says=f"The proxy at {shown} cannot be reached ({error}): no page can be fetched.",
            mend="Start it, or mend LIVEBELL_FETCH_PROXY.",
        )
    else:
        yield Finding(level="ok", subject="fetcher", says=f"The proxy at {shown} answers.")


def _public(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        yield Finding(
            level="warning",
            subject="gateway",
            says=f"Readers come to {url} without TLS: browsers let no such page subscribe to push.",
            mend="Put a proxy with TLS in front of it (docs/operating.md) and set LIVEBELL_PUBLIC_URL to https://….",
        )
