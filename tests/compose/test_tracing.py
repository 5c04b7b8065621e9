"""The overlay that traces: one entry is one trace from its page to its receiver, over all services' containers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.compose.flow import Flow, until
from tests.compose.project import Project, call, running
from tests.stack import SERVICES
from tests.watch.test_tracing import WAY, Collector

pytestmark = [pytest.mark.compose, pytest.mark.docker, pytest.mark.slow]


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    environment = {"LIVEBELL_TRACES_TO": "http://outside:9000/v1/traces"}
    traced = Project("deploy/compose.tracing.yml", environment=environment, also=("tests/compose/traces.yml",))
    with running(traced, services=(*SERVICES, "outside")):
        yield traced


def test_an_entry_is_one_trace_over_all_containers(project: Project) -> None:
    flow = Flow(project)
    name = flow.post()
    flow.check()
    [taken] = [one for one in call(f"{project.outside}/received") if name in one["body"]]
    trace, last = re.fullmatch(r"00-(\w{32})-(\w{16})-0[13]", taken["headers"]["traceparent"]).groups()
    until(lambda: collected(project).way(trace, last) == WAY, lambda: collected(project).way(trace, last))


def collected(project: Project) -> Collector:
    collector = Collector()
    requests: list[Any] = call(f"{project.outside}/traces")
    for request in requests:
        collector.take(ExportTraceServiceRequest.FromString(base64.b64decode(request)))
    return collector
