"""Waiting until services answer that they are ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

ASK_EVERY_SECONDS = 0.1


async def wait_until_ready(ports: Mapping[str, int]) -> float:
    """Returns the seconds it took until /readyz answered 200 on every port of this machine."""
    started = time.monotonic()
    await asyncio.gather(*(_ready(port) for port in ports.values()))
    return time.monotonic() - started


async def _ready(port: int) -> None:
    while not await is_ready(port):  # noqa: ASYNC110 - another process becomes ready
        await asyncio.sleep(ASK_EVERY_SECONDS)


async def is_ready(port: int) -> bool:
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in status
