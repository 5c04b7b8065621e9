"""/openapi.json: OpenAPI 3.1 of what the routes take and answer, made from their types.

Litestar tells the routes and their parameters; msgspec, which checks every body, tells its own schemas; and what holds
for every operation of a kind (errors, headers, who may) is added by rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, get_args

import msgspec
from litestar import Litestar, Response, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from services.gateway.http.problems import MEDIA_TYPE, Problem

OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.1"
REF = "#/components/schemas/{name}"
OPERATOR, OWNER = "operator", "subscription"
METHODS = ("get", "post", "patch", "put", "delete")

ERRORS = {
    400: "Something in the request cannot be taken; `detail` names it.",
    401: "The token is missing or another's.",
    403: "Only the operator may, and none is named.",
    404: "There is no such thing.",
    409: "It does not fit the state that this is in, or a request with the same Idempotency-Key is under way.",
    412: "It has changed since the state that If-Match names.",
    413: "The body is larger than 64 kB.",
    415: "The body is no JSON.",
    422: "This Idempotency-Key came with another body before.",
    429: "Too many requests; Retry-After says when to come again.",
    503: "Not just now; Retry-After says when to come again.",
}
TEXTS = {
    "/api/v1/stream": {"text/event-stream": "Server-Sent Events; `data` is JSON, `id` is what Last-Event-ID takes."},
    "/feeds/{name}": {
        "application/atom+xml": "Atom (RFC 4287), where the name ends in .atom.",
        "application/feed+json": "JSON Feed 1.1, where the name ends in .json.",
    },
    "/export/{name}": {
        "application/x-ndjson": "As `livebell parse` prints it, with what the enricher found.",
        "text/csv": "One row for each entry, with a header.",
    },
}
STREAMED = ("/api/v1/stream", "/export/{name}")
ABOUT = """A live blog's entries as events: read them, follow them, be told of them by webhook or browser push.

Errors are problem details (RFC 9457) whose detail says how to mend them. Any POST may carry an Idempotency-Key, so
that trying it again does nothing twice. Answers carry an ETag; RateLimit says how many requests are left."""


def openapi_route(routes: Sequence[ControllerRouterHandler], given: Mapping[str, Provide]) -> HTTPRouteHandler:
    body = msgspec.json.encode(describe(routes, given))

    @get("/openapi.json", name="openapi", sync_to_thread=False)
    def openapi() -> Response[bytes]:
        return Response(body, media_type=OPENAPI_TYPE, headers={"Cache-Control": "no-cache"})

    return openapi


def describe(routes: Sequence[ControllerRouterHandler], given: Mapping[str, Provide]) -> dict[str, Any]:
    """The document; of what the routes are given only the names count."""
    config = OpenAPIConfig(title="Livebell", version=version("livebell"), description=ABOUT)
    described = Litestar(route_handlers=routes, dependencies=given, openapi_config=config, logging_config=None)
    document: dict[str, Any] = described.openapi_schema.to_schema()
    handlers = {(path, method): handler for path, method, handler in _handlers(described)}
    types = [kind for handler in handlers.values() for kind in _types(handler)]
    refs, schemas = msgspec.json.schema_components([Problem, *types], ref_template=REF)
    named = dict(zip([Problem, *types], refs, strict=True))
    document["components"] = {"schemas": schemas, "securitySchemes": _schemes()}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                _complete(path, method, methods[method], handlers[path, method], named)
    return document


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                for method in handler.http_methods:
                    yield route.path_format, method.lower(), handler


def _types(handler: HTTPRouteHandler) -> Iterator[type[msgspec.Struct]]:
    yield from filter(None, (_struct(_returned(handler)), _struct(handler.parsed_data_field)))


def _returned(handler: HTTPRouteHandler) -> Any:
    """What a handler answers, or what the Response holds that it answers."""
    field = handler.parsed_return_field
    return field.inner_types[0] if field.inner_types and field.is_subclass_of(Response) else field


def _struct(field: Any) -> type[msgspec.Struct] | None:
    kinds = (field.annotation, *get_args(field.annotation)) if field is not None else ()
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)), None)


def _complete(path: str, method: str, told: dict[str, Any], handler: HTTPRouteHandler, named: dict[Any, Any]) -> None:
    told["operationId"] = told["operationId"].replace("ApiV1", "")
    if handler.parsed_data_field is not None:
        schema = named[_struct(handler.parsed_data_field)]
        told["requestBody"] |= {
            "content": {"application/json": {"schema": schema}},
            "required": not handler.parsed_data_field.is_optional,
        }
    good = {status: answer for status, answer in told["responses"].items() if status.startswith("2")}
    for status, answer in good.items():
        answer["description"] = "Done." if status == "204" else told["summary"]
        answer["headers"] = _headers(path, method)
        if (kind := _struct(_returned(handler))) in named:
            answer["content"] = {"application/json": {"schema": named[kind]}}
        elif path in TEXTS:
            schemas = {kind: {"type": "string", "description": about} for kind, about in TEXTS[path].items()}
            answer["content"] = {kind: {"schema": schema} for kind, schema in schemas.items()}
    if method == "get" and path not in STREAMED:
        good["304"] = {"description": "If-None-Match names what is there.", "headers": _headers(path, method)}
    who = _who(path, told)
    if who:
        told["security"] = [{one: []} for one in who]
    told["parameters"] = [*told.get("parameters", []), *_header_parameters(path, method)]
    told["responses"] = good | {str(status): _problem(status) for status in _errors(path, method, told, who)}


def _who(path: str, told: dict[str, Any]) -> tuple[str, ...]:
    if "(operator)" in told["summary"]:
        return (OPERATOR,)
    return (OWNER, OPERATOR) if "{subscription_id}" in path or "{delivery_id}" in path else ()


def _errors(path: str, method: str, told: dict[str, Any], who: tuple[str, ...]) -> Iterator[int]:
    has_body = "requestBody" in told
    if told["parameters"] or has_body:
        yield 400
    if who:
        yield 401
    if who == (OPERATOR,):
        yield 403
    if "{" in path:
        yield 404
    if method != "get":
        yield 409
    if OWNER in who:
        yield 412
    if method in {"post", "patch"}:
        yield from (413, 415)
    if method == "post":
        yield 422
    yield from (429, 503)


def _problem(status: int) -> dict[str, Any]:
    headers = dict(QUOTA)
    if status in {429, 503}:
        headers["Retry-After"] = _text_header("Seconds to wait.")
    if status == 401:
        headers["WWW-Authenticate"] = _text_header("Bearer.")
    schema = {"$ref": REF.format(name="Problem")}
    return {"description": ERRORS[status], "headers": headers, "content": {MEDIA_TYPE: {"schema": schema}}}


def _text_header(about: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": "string"}}


QUOTA = {
    "RateLimit": _text_header("What is left of each quota, and in how many seconds all of it is there again."),
    "RateLimit-Policy": _text_header("The quotas: so many requests in so many seconds."),
}


def _headers(path: str, method: str) -> dict[str, Any]:
    tagged = method in {"get", "patch"} and path not in STREAMED
    return QUOTA | ({"ETag": _text_header("Of this state, for If-None-Match and If-Match.")} if tagged else {})


def _header_parameters(path: str, method: str) -> Iterator[dict[str, Any]]:
    if path == "/api/v1/stream":
        yield _parameter("Last-Event-ID", "The id of the last event: what was missed comes first.")
    elif method == "get" and path not in STREAMED:
        yield _parameter("If-None-Match", "An ETag: 304 where nothing changed.")
    if method == "post":
        yield _parameter(
            "Idempotency-Key",
            "Nobody's guess, such as a UUID: a repeat does nothing twice.",
            minLength=16,
            maxLength=255,
        )
    if "{subscription_id}" in path and method in {"patch", "delete"}:
        yield _parameter("If-Match", "The ETag of the state that this is made from: 412 where it is another.")


def _parameter(name: str, about: str, **limits: int) -> dict[str, Any]:
    schema = {"type": "string", **limits}
    return {"name": name, "in": "header", "required": False, "description": about, "schema": schema}


def _schemes() -> dict[str, Any]:
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        OWNER: bearer | {"description": "The token that the answer to POST /api/v1/subscriptions held."},
        OPERATOR: bearer | {"description": "The operator's: LIVEBELL_ADMIN_TOKEN."},
    }
