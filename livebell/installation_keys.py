"""The secrets of an installation with containers, as files: made once, each in the folder of those who may read it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

REDIS_PASSWORD = "redis/password"  # noqa: S105 - a file's name
REDIS_CONFIGURATION = "redis/redis.conf"
ADMIN_TOKEN = "operator/admin-token"  # noqa: S105 - a file's name
VAPID_PRIVATE_KEY = "operator/vapid-private-key"
GRAFANA_PASSWORD = "operator/grafana-password"  # noqa: S105 - a file's name
MADE = (REDIS_PASSWORD, ADMIN_TOKEN, GRAFANA_PASSWORD)
"""What is made here where nobody gave it; a Web Push key is made by the services."""
READABLE = 0o444
"""Redis and Grafana run as users of their own. Who may read is settled by which container a folder is mounted in."""


def install(folder: Path, given: Mapping[str, str], renew: frozenset[str] = frozenset()) -> list[str]:
    """Writes what is given, makes what is missing or to be renewed; returns the names of the files that changed."""
    changed = [name for name in MADE if _settle(folder / name, given.get(name, ""), renew=name in renew)]
    key = folder / VAPID_PRIVATE_KEY
    if _write(key, given.get(VAPID_PRIVATE_KEY, "") or _read(key)):
        changed.append(VAPID_PRIVATE_KEY)
    password = _read(folder / REDIS_PASSWORD)
    if _write(folder / REDIS_CONFIGURATION, f"requirepass {password}\nmasterauth {password}"):
        changed.append(REDIS_CONFIGURATION)
    return changed


def _settle(file: Path, given: str, *, renew: bool) -> bool:
    made = "" if renew else _read(file)
    return _write(file, given or made or secrets.token_urlsafe(32))


def _read(file: Path) -> str:
    return file.read_text().strip() if file.exists() else ""


def _write(file: Path, value: str) -> bool:
    """True where that changed the file. Replaced in one step: a reader sees the old value or the new one."""
    if file.exists() and _read(file) == value:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(f"{value}\n")
    new.chmod(READABLE)
    new.replace(file)
    return True
