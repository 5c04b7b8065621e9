"""The subscriber's page: plain files beside this module, served as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/app.css": ("app.css", "text/css; charset=utf-8"),
    "/docs": ("docs.html", "text/html; charset=utf-8"),
    "/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "/sw.js": ("sw.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/manifest.webmanifest": ("manifest.webmanifest", "application/manifest+json"),
}


def site_routes() -> list[HTTPRouteHandler]:
    return [_route(path, name, kind) for path, (name, kind) in FILES.items()]


def _route(path: str, name: str, kind: str) -> Any:
    body = (Path(__file__).parent / name).read_bytes()

    @get(path, include_in_schema=False, name=f"site-{name}", media_type=kind)
    async def handler() -> Response[bytes]:
        return Response(body, media_type=kind, headers={"Cache-Control": "no-cache"})

    return handler
