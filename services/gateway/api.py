"""The gateway's routes, put together; what a handler needs is injected by its name."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from msgspec import Struct
from redis.asyncio import Redis

from services.gateway.access import Allowance
from services.gateway.feeds import feed
from services.gateway.following import Follower
from services.gateway.headers import with_headers
from services.gateway.problems import ProblemError, exception_handlers
from services.gateway.reading import list_entries
from services.gateway.retrying import recover, retry_delivery
from services.gateway.rotating import rotate
from services.gateway.settings import Settings
from services.gateway.site import site_routes
from services.gateway.streaming import stream
from services.gateway.subscribing import SubscriptionsController
from services.gateway.view import View
from services.gateway.watching import SourcesController
from shared.guard import Guard
from shared.health import App
from shared.push_identity import push_identity
from shared.source_store import SourceStore
from shared.subscription_store import SubscriptionStore

BODY_BYTES = 65_536


class PushKey(Struct, frozen=True):
    public_key: str


@get("/api/v1/push/key", tags=("subscriptions",), summary="The application server key for a browser's push")
async def push_key(redis: Redis, settings: Settings) -> PushKey:
    return PushKey(public_key=(await push_identity(redis, settings.vapid_private_key)).public)


@get("/openapi.json", include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    schema = request.app.openapi_schema.to_schema()
    return Response(msgspec.json.encode(schema), media_type="application/vnd.oai.openapi+json;version=3.1")


def create_app(
    settings: Settings,
    *,
    redis: Redis,
    store: SubscriptionStore,
    sources: SourceStore,
    view: View,
    follower: Follower,
    guard: Guard,
    allowance: Allowance,
) -> App:
    injected: dict[str, object] = {
        "settings": settings,
        "redis": redis,
        "store": store,
        "sources": sources,
        "view": view,
        "follower": follower,
        "guard": guard,
        "allowance": allowance,
    }
    app = Litestar(
        route_handlers=[
            SubscriptionsController,
            SourcesController,
            retry_delivery,
            recover,
            rotate,
            list_entries,
            stream,
            feed,
            push_key,
            openapi,
            *site_routes(),
        ],
        dependencies={name: Provide(_giving(value), sync_to_thread=False) for name, value in injected.items()},
        exception_handlers=exception_handlers(),
        before_request=_json_alone,
        request_max_body_size=BODY_BYTES,
        openapi_config=OpenAPIConfig(
            title="Livebell", version=version("livebell"), render_plugins=[JsonRenderPlugin()], path="/schema"
        ),
        logging_config=None,
    )
    return with_headers(cast("App", app))


def _json_alone(request: Request[Any, Any, Any]) -> None:
    """A form of another site can send text or a form, but no JSON."""
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body and request.method != "GET" and request.content_type[0] != "application/json":
        raise ProblemError(415, "Send JSON, with Content-Type: application/json.")


def _giving(value: object) -> Any:
    def give() -> Any:
        return value

    return give
