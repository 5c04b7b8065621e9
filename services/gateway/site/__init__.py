"""The subscriber's page: plain files beside this module, served as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.gateway.http.conditional import entity_tag

# Litestar adds the charset to text.
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
PAGES = {"/": "index.html", "/docs": "docs.html"}
FILES = (
    "app.js", "alerts.js", "api.js", "caught.js", "entries.js", "held.js", "marks.js", "operator.js", "wanted.js",
    "docs.js", "sw.js", "app.css", "icon.svg", "icon-192.png", "icon-512.png", "manifest.webmanifest",
)  # fmt: skip


def site_routes() -> list[HTTPRouteHandler]:
    return [_route(path, name) for path, name in (PAGES | {f"/{name}": name for name in FILES}).items()]


def _route(path: str, name: str) -> Any:
    file = Path(__file__).parent / name
    body, kind = file.read_bytes(), TYPES[file.suffix]
    tag = entity_tag(body)

    @get(path, include_in_schema=False, name=f"site-{name}", media_type=kind)
    async def handler() -> Response[bytes]:
        return Response(body, media_type=kind, headers={"Cache-Control": "no-cache", "ETag": tag})

    return handler
