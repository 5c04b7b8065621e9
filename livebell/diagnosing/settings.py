"""The settings: whether each service's can be used, and what they leave open."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from livebell.commands.run import SERVICES
from livebell.diagnosing.finding import Finding
from shared.settings import SettingsError, load_settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def settings_findings() -> Iterator[Finding]:
    """Of every service; in a container of the one that it was made for."""
    only = os.environ.get("LIVEBELL_SERVICE")
    for service in (only,) if only in SERVICES else SERVICES:
        try:
            settings = load_settings(importlib.import_module(f"services.{service}.settings").Settings)
            importlib.import_module(f"services.{service}.app")
        except SettingsError as error:
            yield Finding(level="failure", subject=service, says=str(error), mend=f"See `livebell config {service}`.")
        except ModuleNotFoundError as error:
            yield Finding(
                level="warning",
                subject=service,
                says=f"{error.name} is not installed, so this service cannot run here.",
                mend=f"pip install 'livebell[{service}]'",
            )
        else:
            yield Finding(level="ok", subject=service, says="Its settings are valid.")
            if service == "gateway":
                yield from _public(str(getattr(settings, "public_url", "")))


def _public(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        yield Finding(
            level="warning",
            subject="gateway",
            says=f"Readers come to {url} without TLS: browsers let no such page subscribe to push.",
            mend="Put a proxy with TLS in front of it (docs/operating.md) and set LIVEBELL_PUBLIC_URL to https://….",
        )
