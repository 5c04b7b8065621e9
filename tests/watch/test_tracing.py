"""One trace from the page to the webhook that it led to, collected as an OpenTelemetry collector would."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.liveblog import LiveBlog, LiveBlogs
from tests.receivers import WebhookReceiver
from tests.stack import livebell_up, serving, until


@dataclass(frozen=True)
class Span:
    service: str
    name: str
    trace: str
    id: str
    parent: str


@dataclass
class Collector:
    """Takes what an OTLP/HTTP exporter sends."""

    spans: list[Span] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/traces", self.receive)
        return app

    async def receive(self, request: web.Request) -> web.Response:
        self.take(ExportTraceServiceRequest.FromString(await request.read()))
        return web.Response()

    def take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            self.spans += [
                Span(names["service.name"], s.name, s.trace_id.hex(), s.span_id.hex(), s.parent_span_id.hex())
                for scope in resource.scope_spans
                for s in scope.spans
            ]

    def way(self, trace: str, last: str) -> list[tuple[str, str]]:
        """(service, span) from the first span of a trace to this one."""
        known = {one.id: one for one in self.spans if one.trace == trace}
        found = []
        while last in known:
            found.append((known[last].service.removeprefix("livebell-"), known[last].name))
            last = known[last].parent
        return found[::-1]


class Traced(WebhookReceiver):
    traces: tuple[str, ...] = ()

    async def receive(self, request: web.Request) -> web.Response:
        self.traces += (request.headers.get("traceparent", ""),)
        return await super().receive(request)


WAY = [
    ("fetcher", "fetched"),
    ("parser", "parsed"),
    ("enricher", "enriched"),
    ("notifier", "matched"),
    ("notifier", "delivered"),
    ("notifier", "webhook"),
]


async def test_an_entry_is_one_trace_from_page_to_receiver(tmp_path: Path) -> None:
    blog, hook, collector = LiveBlog("storm"), Traced(), Collector()
    blog.post("first", "Storm", "It is there before anybody looks.")
    async with (
        serving(LiveBlogs(blog).app()) as blogs,
        serving(hook.app()) as hooks,
        serving(collector.app()) as traces,
        livebell_up(
            tmp_path / "data",
            sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/storm"\nevery = 0.3\n',
            environment={"LIVEBELL_TRACES_TO": f"{traces}/v1/traces"},
        ) as up,
    ):
        hook.secret = (await up.subscribe({"type": "webhook", "url": f"{hooks}/hook"}, filter={}))["secret"]
        await until(lambda: up.knows("storm", 1))
        blog.post("second", "Ferries stop", "No ferry leaves Esbjerg tonight.")
        await until(lambda: bool(hook.received), 30)
        trace, last = re.fullmatch(r"00-(\w{32})-(\w{16})-0[13]", hook.traces[0]).groups()
        await until(lambda: collector.way(trace, last) == WAY, 30, lambda: collector.way(trace, last))
    lines = [json.loads(line) for line in (tmp_path / "data.log").read_text().splitlines() if line.startswith("{")]
    logged = {(line["service"], line["event"]) for line in lines if line.get("trace_id") == trace}
    assert {("parser", "page.parsed"), ("notifier", "delivery.attempted")} <= logged


async def test_without_a_collector_nothing_is_sent_along(tmp_path: Path) -> None:
    blog, hook = LiveBlog("storm"), Traced()
    async with (
        serving(LiveBlogs(blog).app()) as blogs,
        serving(hook.app()) as hooks,
        livebell_up(tmp_path / "data", sources=f'[[source]]\nid = "storm"\nurl = "{blogs}/storm"\nevery = 0.3\n') as up,
    ):
        hook.secret = (await up.subscribe({"type": "webhook", "url": f"{hooks}/hook"}, filter={}))["secret"]
        blog.post("first", "Storm", "The first.")
        await until(lambda: up.knows("storm", 1))
        blog.post("second", "Ferries stop", "No ferry leaves Esbjerg tonight.")
        await until(lambda: bool(hook.received), 30)
        assert set(hook.traces) == {""}
