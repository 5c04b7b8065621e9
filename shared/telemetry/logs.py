"""Logs: JSON lines for machines, colours for a person at a terminal. One wide event per unit of work."""

from __future__ import annotations

import logging
import sys
from typing import Any, cast

import msgspec
import structlog

from shared.telemetry.tracing import with_trace_id


def configure_logs(level: str = "info", form: str = "auto", **bound: str) -> None:
    """Sends every log line of the process, ours and the libraries', to standard error.

    `form` is json, console, or auto: console where standard error is a terminal. `bound` stands in every line.
    """
    # Tracebacks come without the frames' variables, which hold secrets and subscribers' keys.
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    shape: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        with_trace_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if console:
        last: Any = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        shape.append(structlog.processors.ExceptionRenderer(frames))
        last = structlog.processors.JSONRenderer(serializer=_to_json)
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shape, last],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**bound)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=_foreign(last), foreign_pre_chain=shape))
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)


def get_logger() -> structlog.stdlib.BoundLogger:
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger())


def _foreign(last: Any) -> list[Any]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]


def _to_json(event: dict[str, Any], **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
