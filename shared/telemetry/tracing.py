"""One OpenTelemetry trace from a page to the receivers of its alerts, where the operator wants it (extra `tracing`).

The context lies in the messages themselves, as `passed.trace` (W3C traceparent), since outputs are written by the
commit and not by the broker: FastStream's middleware reads and writes headers of what it publishes itself. Without a
collector nothing here costs more than a look at a variable, and what came is passed on as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from msgspec.structs import replace

from shared.messages import Enriched, EntryChanged, PageRead, Passed

Attributes = Mapping[str, str | int | float | bool]
Traced = TypeVar("Traced", bound="EntryChanged | PageRead | Enriched")
FIELD = "traceparent"
MISSING = "LIVEBELL_TRACES_TO is set, but OpenTelemetry is not installed: pip install 'livebell[tracing]'."
_OFF = nullcontext()
_tracer: Any = None
_provider: Any = None


class TracingNotInstalledError(Exception):
    """The extra is missing."""


def configure_tracing(service: str, endpoint: str, share: float) -> None:
    """Sends spans to an OTLP/HTTP endpoint; "" sends none. `share` of the traces that begin here are kept."""
    if not endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise TracingNotInstalledError(MISSING) from error
    use(service, BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)), share)


def use(service: str, processor: Any, share: float = 1.0) -> None:
    """Hands spans to a processor of OpenTelemetry's SDK."""
    global _tracer, _provider  # noqa: PLW0603 - one for the process, like the log
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    resource = Resource.create({"service.name": f"livebell-{service}"})
    _provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(share)))
    _provider.add_span_processor(processor)
    _tracer = _provider.get_tracer("livebell")


def end_tracing() -> None:
    """Sends what is left, and traces no more."""
    global _tracer, _provider  # noqa: PLW0603
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None


def span(
    name: str, parent: str = "", *, sends: bool = False, **attributes: str | float | bool
) -> AbstractContextManager[None]:
    """A span around the block: below `parent`, a traceparent, or below the span that is open here. `sends` marks a
    request that goes out."""
    return _OFF if _tracer is None else _span(name, parent, sends=sends, attributes=attributes)


@contextmanager
def _span(name: str, parent: str, *, sends: bool, attributes: Attributes) -> Iterator[None]:
    from opentelemetry.trace import SpanKind

    kind = SpanKind.CLIENT if sends else SpanKind.CONSUMER if parent else SpanKind.INTERNAL
    named = {f"livebell.{key}": value for key, value in attributes.items()}
    with _tracer.start_as_current_span(name, context=_context(parent), kind=kind, attributes=named):
        yield


def began(name: str, seconds: float, **attributes: str | float | bool) -> str:
    """A trace's first span, for work of so many seconds that has just ended; its traceparent, "" without tracing."""
    if _tracer is None:
        return ""
    from opentelemetry import trace
    from opentelemetry.context import Context

    ended = time.time_ns()
    named = {f"livebell.{key}": value for key, value in attributes.items()}
    made = _tracer.start_span(name, context=Context(), start_time=ended - int(seconds * 1e9), attributes=named)
    made.end(ended)
    return _carried(trace.set_span_in_context(made))


def traceparent(otherwise: str = "") -> str:
    """Of the span that is open here."""
    return _carried(None) or otherwise if _tracer is not None else otherwise


def carrying(message: Traced) -> Traced:
    """The message, below the span that is open here."""
    if _tracer is None:
        return message
    passed: Passed = message.passed
    return replace(message, passed=replace(passed, trace=traceparent(passed.trace)))


def with_trace_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog's: each line within a span names its trace."""
    if _tracer is not None:
        from opentelemetry import trace

        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            event["trace_id"], event["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
    return event


def _context(parent: str) -> Any:
    if not parent:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({FIELD: parent})


def _carried(context: Any) -> str:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier, context)
    return carrier.get(FIELD, "")
