"""On which hosts a Web Push endpoint may lie: anybody may name an endpoint, and we send requests to it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

KNOWN_PUSH_HOSTS = (
    "fcm.googleapis.com",
    "android.googleapis.com",
    "jmt17.google.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)


def is_push_endpoint(url: str, hosts: Iterable[str]) -> bool:
    """Whether the address is https on port 443 of one of the hosts; `*.` stands for any subdomain."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or port not in {None, 443} or parts.username is not None or not parts.hostname:
        return False
    return any(parts.hostname.endswith(host[1:]) if host.startswith("*.") else parts.hostname == host for host in hosts)
