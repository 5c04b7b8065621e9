"""Notifications through Apprise, where the operator has installed it: `pip install livebell[apprise]`."""

from __future__ import annotations

import asyncio
import time

from services.notifier.delivering.retries import Answer

try:
    import apprise
except ImportError:
    apprise = None


async def notify(url: str, title: str, body: str, seconds: float) -> Answer:
    """Whether the service took it; Apprise tells no more than that."""
    if apprise is None:
        return Answer(error="needs Apprise, which is not installed: pip install livebell[apprise]")
    notifier = apprise.Apprise()
    if not notifier.add(url):
        return Answer(error="is no address that Apprise knows")
    started = time.perf_counter()
    try:
        async with asyncio.timeout(seconds):
            taken = await notifier.async_notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    except TimeoutError:
        taken, error = False, "did not answer in time"
    else:
        error = "was not taken"
    taken_in = time.perf_counter() - started
    return Answer(status=200, seconds=taken_in) if taken else Answer(error=error, seconds=taken_in)
