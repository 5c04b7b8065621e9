"""Errors as problem details (RFC 9457): `detail` says in one sentence what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap
from msgspec import Struct
from redis.exceptions import RedisError

from services.gateway.http.wording import worded
from shared.telemetry.health import Send
from shared.telemetry.logs import get_logger

MEDIA_TYPE = "application/problem+json"
WITHOUT_REDIS = "The service's store does not answer just now: try again in a few seconds."
RETRY_SOON = {"Retry-After": "5"}
EMPTY: Mapping[str, str] = MappingProxyType({})
log = get_logger()


class Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457. `detail` says in one sentence what is wrong and how to mend it."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(HTTPException):
    """Raise it with a status and a sentence."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status_code=status, detail=detail, headers=headers)


def exception_handlers() -> ExceptionHandlersMap:
    return {
        ValidationException: _invalid,
        HTTPException: _known,
        RedisError: _without_redis,
        RecursionError: _too_deep,
        Exception: _unknown,
    }


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(_body(status, detail), status_code=status, media_type=MEDIA_TYPE, headers=headers or {})


async def send_problem(send: Send, status: int, detail: str, headers: Mapping[str, str] = EMPTY) -> None:
    """For what is answered before the routes are reached."""
    body = _body(status, detail)
    told = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _body(status: int, detail: str) -> bytes:
    return msgspec.json.encode(
        Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail)
    )


def _known(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    detail = _SENTENCES.get(error.status_code, error.detail) if not isinstance(error, ProblemError) else error.detail
    return problem(error.status_code, detail, dict(error.headers or {}))


def _invalid(_: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """Names the field that is wrong and what it may be."""
    return problem(400, "; ".join(_told(error.extra)) or error.detail)


def _told(extra: object) -> list[str]:
    found = extra if isinstance(extra, list) else []
    told = []
    for one in found[:5]:
        if isinstance(one, dict):
            where = one.get("key") or "The request"
            told.append(f"{where}: {worded(str(one.get('message', 'is not valid')).rstrip('.'))}.")
    return told


def _too_deep(_: Request[Any, Any, Any], __: RecursionError) -> Response[bytes]:
    return problem(400, "The body is nested too deeply: /openapi.json shows what it may hold.")


def _without_redis(request: Request[Any, Any, Any], error: RedisError) -> Response[bytes]:
    log.error("request.without_redis", path=request.url.path, method=request.method, error=repr(error))
    return problem(503, WITHOUT_REDIS, RETRY_SOON)


def _unknown(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("request.failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(500, "Something went wrong here; the service's log says what.")


_SENTENCES = {
    404: "There is nothing at this address: /openapi.json lists what there is.",
    405: "This address does not take that method: /openapi.json says which it takes.",
    413: "The body is larger than 64 kB: send a smaller one.",
    415: "Send JSON, with Content-Type: application/json.",
}
