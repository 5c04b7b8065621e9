from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from services.gateway.http.measuring import _ROUTES, _WHOLE, OTHER, measured, route_of
from shared.telemetry.health import Receive, Scope, Send
from shared.telemetry.metrics import REGISTRY


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/api/v1/entries", "/api/v1/entries"),
        ("/api/v1/subscriptions", "/api/v1/subscriptions"),
        ("/api/v1/subscriptions/sub_1", "/api/v1/subscriptions/{id}"),
        ("/api/v1/subscriptions/sub_1/recover", "/api/v1/subscriptions/{id}/recover"),
        ("/api/v1/deliveries/msg_1/retry", "/api/v1/deliveries/{id}/retry"),
        ("/feeds/storm.atom", "/feeds/{source}"),
        ("/wp-login.php", OTHER),
        ("/api/v1/subscriptions/a/b/c", OTHER),
    ],
)
def test_a_path_has_one_route(path: str, route: str) -> None:
    assert route_of(path) == route


@given(st.text(max_size=80))
def test_strangers_make_no_routes(path: str) -> None:
    shown = {route_of(f"/{path}"), route_of(f"/api/v1/subscriptions/{path}"), route_of(f"/feeds/{path}")}
    assert shown <= _WHOLE | {OTHER} | {name for _, name in _ROUTES} | {
        f"/api/v1/subscriptions/{{id}}/{verb}" for verb in ("test", "secret", "recover", "deliveries")
    }


async def test_an_answer_that_breaks_off_is_counted_as_broken() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        raise OSError("gone")

    def count() -> float:
        labels = {"route": "/docs", "method": "GET", "status": "broken"}
        return REGISTRY.get_sample_value("livebell_http_requests_total", labels) or 0.0

    before = count()
    with pytest.raises(OSError, match="gone"):
        await measured(breaks)({"type": "http", "path": "/docs", "method": "GET"}, None, None)  # type: ignore[arg-type]
    assert count() == before + 1
