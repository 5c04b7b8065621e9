"""A service's settings, read and tried: what is written wrongly is named before anything starts."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from shared.outgoing.guard import Guard
from shared.settings import CommonSettings, SettingsError, load_settings, variable

SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")


def checked_settings(service: str) -> CommonSettings:
    """Raises SettingsError that names each variable at fault and how it is written."""
    settings: CommonSettings = load_settings(importlib.import_module(f"services.{service}.settings").Settings)
    wrong = []
    for name, check in CHECKS:
        if value := getattr(settings, name, None):
            try:
                check(value)
            except ValueError as error:
                wrong.append(f"{variable(name)}: {str(error).rstrip('.')}.")
    if wrong:
        raise SettingsError(" ".join(wrong))
    return settings


def check_redis_url(url: str) -> None:
    """Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError("it is written as redis://host:6379/0; rediss://, unix:// or redis+cluster:// begin it too")
    if parts.scheme == "unix":
        return
    try:
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"its port is a number up to 65535: {error}") from error
    if parts.path.strip("/") and not parts.path.strip("/").isdecimal():
        raise ValueError(f"a database is a number: redis://host:6379/0, not {parts.path}")


def _vapid_key(private: str) -> None:
    from shared.channels.vapid_keys import load_key  # needs what only two services have installed

    load_key(private)


def _vapid_subject(subject: str) -> None:
    if not subject.startswith(("mailto:", "https://")) or "localhost" in subject:
        raise ValueError("it is a mailto: or https: address that a push service can use")


def _proxies(proxies: tuple[str, ...]) -> None:
    for proxy in proxies:
        try:
            ip_network(proxy, strict=False)
        except ValueError as error:
            raise ValueError(f"{proxy!r} is no address and no CIDR such as 172.16.0.0/12") from error


def _url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is written as https://host/")


def _proxy(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("a proxy's address is written as http://host:port")


CHECKS: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("redis_url", check_redis_url),
    ("allow_targets", Guard),
    ("fetch_proxy", _proxy),
    ("traces_to", _url),
    ("public_url", _url),
    ("vapid_private_key", _vapid_key),
    ("vapid_subject", _vapid_subject),
    ("trusted_proxies", _proxies),
)
