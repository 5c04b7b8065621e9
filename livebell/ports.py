"""Whether a port can be listened on, asked before anything is started on it."""

from __future__ import annotations

import socket


class PortInUseError(Exception):
    """The address cannot be listened on; the message says why and what to do."""


def check_free(host: str, port: int) -> None:
    """Raises PortInUseError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
            tried.listen()
    except OSError as error:
        raise PortInUseError(
            f"Cannot listen on {host} port {port}: {error.strerror}. Stop what uses it (`ss -ltnp` shows what), "
            "or name another port and host: --port and --host, or LIVEBELL_PORT and LIVEBELL_HOST."
        ) from error
