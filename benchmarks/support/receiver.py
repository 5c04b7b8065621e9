"""Endpoints in a process of their own, as lean as can be, so that what is measured is the sender.

The first part of the path says how an endpoint behaves: `ok` answers at once, `hang` never, `error` with 500, `reset`
by resetting the connection. Arrivals are kept as (path, time, webhook-id).
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import uvloop

OK = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\nsick"
_ID = re.compile(rb"webhook-id: *(\S+)", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
BODIES_KEPT = 20
Arrival: TypeAlias = tuple[bytes, float, bytes]
_spawn = multiprocessing.get_context("spawn")


class Endpoint(asyncio.Protocol):
    def __init__(self, state: State) -> None:
        self._state = state
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, end)
            length = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < length:
                return
            request, self._buffer = self._buffer[:length], self._buffer[length:]
            self._answer(request, end + 4)

    def _answer(self, request: bytes, body: int) -> None:
        path = request[5 : request.index(b" ", 5)]
        found = _ID.search(request, 0, body)
        self._state.arrived(path, found[1] if found else b"", request[body:])
        if path.startswith(b"/ok"):
            self._state.count()
            self._transport.write(OK)
        elif path.startswith(b"/error"):
            self._transport.write(ERROR)
        elif path.startswith(b"/reset"):
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()


class State:
    def __init__(self, count: Any) -> None:
        self._count = count
        self.arrivals: list[Arrival] = []
        self.bodies: list[bytes] = []

    def arrived(self, path: bytes, delivery: bytes, body: bytes) -> None:
        self.arrivals.append((path, time.time(), delivery))
        if len(self.bodies) < BODIES_KEPT:
            self.bodies.append(body)

    def count(self) -> None:
        self._count.value += 1

    def taken(self) -> tuple[list[Arrival], list[bytes]]:
        taken = self.arrivals, self.bodies
        self.arrivals, self.bodies = [], []
        self._count.value = 0
        return taken


def _serve(hosts: Sequence[str], port: int, count: Any, pipe: Any) -> None:
    async def run() -> None:
        loop, state = asyncio.get_running_loop(), State(count)
        first = await loop.create_server(lambda: Endpoint(state), hosts[0], port, backlog=8192)
        taken_port = first.sockets[0].getsockname()[1]
        for host in hosts[1:]:
            await loop.create_server(lambda: Endpoint(state), host, taken_port, backlog=8192)
        pipe.send(taken_port)
        stop = asyncio.Event()

        def asked() -> None:
            with contextlib.suppress(EOFError):
                while pipe.recv() == "take":
                    taken = loop.call_soon_threadsafe
                    done = threading.Event()

                    def give(done: threading.Event = done) -> None:
                        pipe.send(state.taken())
                        done.set()

                    taken(give)
                    done.wait()
            loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=asked, daemon=True).start()
        await stop.wait()

    uvloop.run(run())


class Receiver:
    """The endpoints, seen from the process that measures."""

    def __init__(self, process: Any, pipe: Any, count: Any, port: int) -> None:
        self.pid = int(process.pid)
        self.port = port
        self._pipe = pipe
        self._count = count

    @property
    def count(self) -> int:
        """Requests to those that answer, since they were last taken."""
        return int(self._count.value)

    def take(self) -> tuple[list[Arrival], list[bytes]]:
        """(path, time, webhook-id) of each request since the last call, and the first bodies."""
        self._pipe.send("take")
        taken: tuple[list[Arrival], list[bytes]] = self._pipe.recv()
        return taken


@contextlib.contextmanager
def receiver(hosts: Sequence[str] = ("127.0.0.1",), port: int = 0) -> Iterator[Receiver]:
    """At a free port, where none is given."""
    count = _spawn.Value("q", 0, lock=False)
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=_serve, args=(hosts, port, count, theirs), daemon=True)
    process.start()
    try:
        yield Receiver(process, ours, count, ours.recv())
    finally:
        ours.close()
        process.terminate()
        process.join()
