"""What every answer carries, errors too: the page runs nothing but its own files, and nothing guesses a type."""

from __future__ import annotations

from typing import Any

from shared.telemetry.health import App, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
    "'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NO_STORE = (b"cache-control", b"no-store")
"""Where an answer says nothing of it itself: it may hold a token."""
_RAW = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def with_headers(app: App) -> App:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told = list(message.get("headers", ()))
                kept = () if any(name.lower() == b"cache-control" for name, _ in told) else (NO_STORE,)
                message = {**message, "headers": [*told, *kept, *_RAW]}
            await send(message)

        await app(scope, receive, send_with)

    return wrapped
