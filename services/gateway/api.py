"""The gateway's routes, put together; what a handler needs is injected by its name."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from litestar import Litestar, Request, get
from litestar.di import Provide
from litestar.types import ControllerRouterHandler
from msgspec import Struct
from redis.asyncio import Redis

from services.gateway.admission import Room
from services.gateway.catching import Catcher
from services.gateway.following import Follower
from services.gateway.http.access import Allowance, client_of
from services.gateway.http.bodies import TypedRequest
from services.gateway.http.conditional import with_etags
from services.gateway.http.cors import with_cors
from services.gateway.http.describing import openapi_route
from services.gateway.http.given import GivenRedis, GivenSettings, Means
from services.gateway.http.headers import with_headers
from services.gateway.http.idempotency import with_idempotency
from services.gateway.http.limits import with_limits
from services.gateway.http.origins import with_own_origin
from services.gateway.http.plain_requests import with_plain_requests
from services.gateway.http.problems import ProblemError, exception_handlers
from services.gateway.routes.counting import PER_MINUTE, count
from services.gateway.routes.entry_page import entry_page
from services.gateway.routes.explaining import explain
from services.gateway.routes.exporting import export
from services.gateway.routes.feeds import feed
from services.gateway.routes.reading import list_entries
from services.gateway.routes.retrying import recover, retry_delivery
from services.gateway.routes.rotating import rotate
from services.gateway.routes.streaming import stream
from services.gateway.routes.subscribing import SubscriptionsController
from services.gateway.routes.watching import SourcesController
from services.gateway.settings import Settings
from services.gateway.site import site_routes
from services.gateway.view import View
from shared.channels.push_identity import push_identity
from shared.outgoing.guard import Guard
from shared.sources.store import SourceStore
from shared.subscriptions.store import SubscriptionStore
from shared.telemetry.health import App

BODY_BYTES = 65_536


class PushKey(Struct, frozen=True):
    public_key: str


@get("/api/v1/push/key", tags=("subscriptions",), summary="The application server key for a browser's push")
async def push_key(redis: GivenRedis, settings: GivenSettings) -> PushKey:
    return PushKey(public_key=(await push_identity(redis, settings.vapid_private_key)).public)


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
        "asking": Allowance(PER_MINUTE, name="explaining"),
        "catcher": Catcher(view),
        "means": Means(store, redis, guard, settings, allowance, Room(store, settings.max_subscriptions)),
    }
    given = {name: Provide(_giving(value), sync_to_thread=False) for name, value in injected.items()}
    routes: list[ControllerRouterHandler] = [
        SubscriptionsController,
        SourcesController,
        retry_delivery,
        recover,
        rotate,
        explain,
        count,
        list_entries,
        export,
        stream,
        feed,
        push_key,
    ]
    app = Litestar(
        route_handlers=[*routes, openapi_route(routes, given), entry_page, *site_routes()],
        dependencies=given,
        exception_handlers=exception_handlers(),
        before_request=_json_alone,
        request_class=TypedRequest,
        request_max_body_size=BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )
    return _wrapped(cast("App", app), settings, redis)


def _wrapped(app: App, settings: Settings, redis: Redis) -> App:
    """The outermost last: what each answer passes on its way out, and each request on its way in."""
    app = with_etags(app)
    app = with_idempotency(
        app,
        redis,
        settings.subscriber_partitions,
        most_bytes=BODY_BYTES,
        client_of=partial(client_of, trusted_proxies=settings.trusted_proxies),
    )
    app = with_limits(app, Allowance(settings.requests_per_minute, name="requests"), settings.trusted_proxies)
    app = with_own_origin(app, settings.cors_origins, settings.public_url)
    return with_headers(with_plain_requests(with_cors(app, settings.cors_origins)))


async def _json_alone(request: Request[Any, Any, Any]) -> None:
    """A form of another site can send text or a form, but no JSON."""
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body and request.method != "GET" and request.content_type[0] != "application/json":
        raise ProblemError(415, "Send JSON, with Content-Type: application/json.")


def _giving(value: object) -> Any:
    def give() -> Any:
        return value

    return give
