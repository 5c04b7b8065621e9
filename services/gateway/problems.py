"""Errors as problem details (RFC 9457): `detail` says in one sentence what is wrong and how to mend it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from shared.logs import get_logger

MEDIA_TYPE = "application/problem+json"
log = get_logger()


class ProblemError(HTTPException):
    """Raise it with a status and a sentence."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status_code=status, detail=detail, headers=headers)


def exception_handlers() -> ExceptionHandlersMap:
    return {ValidationException: _invalid, HTTPException: _known, Exception: _unknown}


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response[bytes]:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(msgspec.json.encode(body), status_code=status, media_type=MEDIA_TYPE, headers=headers or {})


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
            told.append(f"{where}: {str(one.get('message', 'is not valid')).rstrip('.')}.")
    return told


def _unknown(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("request.failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(500, "Something went wrong here; the service's log says what.")


_SENTENCES = {
    404: "There is nothing at this address: /openapi.json lists what there is.",
    405: "This address does not take that method: /openapi.json says which it takes.",
    413: "The body is larger than 64 kB: send a smaller one.",
    415: "Send JSON, with Content-Type: application/json.",
}
