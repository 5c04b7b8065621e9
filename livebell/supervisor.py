"""Child processes of `livebell up`: started, watched, started again when they die, stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec import Struct

from shared.telemetry.logs import get_logger

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
LIVED_LONG_SECONDS = 5.0
STOP_SECONDS = 20.0
STANDARD_INPUT = 0
log = get_logger()


class Program(Struct, frozen=True, kw_only=True):
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


@contextlib.asynccontextmanager
async def supervised(programs: Sequence[Program]) -> AsyncIterator[None]:
    """Runs the programs for as long as the block runs. The first is what the others need: it is stopped last."""
    first, *others = [asyncio.create_task(_keep(program)) for program in programs]
    try:
        yield
    finally:
        for keepers in (others, [first]):
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)


def wait_until_alone() -> None:
    """In a child: returns when the supervisor has died or let go. Reads the descriptor itself, since a thread that
    waits in `sys.stdin` keeps an interpreter from ending."""
    while os.read(STANDARD_INPUT, 1024):
        pass


async def _keep(program: Program) -> None:
    wait = FIRST_WAIT
    while True:
        started = time.monotonic()
        # The pipe on its standard input closes when this process dies, however it dies, and the child then stops.
        process = await asyncio.create_subprocess_exec(
            *program.command, env=dict(program.environment), stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        wait = FIRST_WAIT if time.monotonic() - started > LIVED_LONG_SECONDS else min(wait * 2, LONGEST_WAIT)
        log.warning("process.died", name=program.name, status=status, restart_in_seconds=wait)
        await asyncio.sleep(wait)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
