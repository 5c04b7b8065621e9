from __future__ import annotations

from typing import Any

import pytest

from shared.telemetry.metrics_access import metrics_for


async def status(readers: list[str], client: str | None, path: str = "/metrics") -> int:
    """What a caller from this address is answered."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    scope = {"type": "http", "path": path, "client": (client, 1) if client else None}
    await metrics_for(readers, app)(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("readers", "client", "expected"),
    [
        ([], "203.0.113.9", 200),
        (["10.0.0.0/8"], "10.1.2.3", 200),
        (["10.0.0.0/8"], "203.0.113.9", 403),
        (["no-such-host.invalid"], "203.0.113.9", 403),
        (["no-such-host.invalid"], "127.0.0.1", 200),
        (["10.0.0.0/8"], None, 403),
    ],
)
async def test_metrics_are_answered_to_whom_the_settings_name(
    readers: list[str], client: str | None, expected: int
) -> None:
    assert await status(readers, client) == expected


async def test_everything_else_is_answered_to_all() -> None:
    assert await status(["10.0.0.0/8"], "203.0.113.9", "/readyz") == 200


async def test_a_host_is_known_by_its_addresses() -> None:
    from shared.telemetry.metrics_access import Readers

    readers = Readers(["localhost"])
    await readers.allow("203.0.113.9")
    assert readers._known & {"127.0.0.1", "::1"}
