"""What anybody may read: entries, live blogs, the page, and how errors speak."""

from __future__ import annotations

import pytest

from services.gateway.tests.conftest import ADMIN, Gateway
from services.gateway.tests.make import blog_changed, enriched


async def test_an_entry_shows_what_it_is_about(gateway: Gateway):
    await gateway.happen(enriched("e1"))
    status, _, body = await gateway.call("GET", "/api/v1/entries")
    assert status == 200
    assert body["next"] is None
    [entry] = body["entries"]
    assert (entry["id"], entry["source"], entry["revision"], entry["change"]) == ("e1", "ferry", 1, "created")
    assert entry["blog"] == {"url": "https://news.example/ferry", "title": "Ferry off Esbjerg: latest"}
    assert entry["published_at"] == "2026-03-14T12:00:00Z"
    assert entry["places"][0]["geoname_id"] == 2622447
    assert {"html", "authors", "url", "key_event", "pinned", "deleted", "links", "images", "figures"} <= entry.keys()


async def test_pages_of_entries_follow_one_another(gateway: Gateway):
    await gateway.happen(*(enriched(f"e{n}", source=f"s{n % 3}", minutes=n // 2) for n in range(11)))
    seen, cursor = [], ""
    for _ in range(10):
        _, _, body = await gateway.call("GET", f"/api/v1/entries?limit=3{cursor}")
        seen += [entry["id"] for entry in body["entries"]]
        if body["next"] is None:
            break
        cursor = f"&cursor={body['next']}"
    assert len(seen) == len(set(seen)) == 11
    assert [int(name[1:]) // 2 for name in seen] == sorted((n // 2 for n in range(11)), reverse=True)


async def test_an_edit_and_a_deletion_show(gateway: Gateway):
    await gateway.happen(
        enriched("e1"),
        enriched("e1", revision=2, title="Mended"),
        enriched("e2"),
        enriched("e2", revision=2, deleted=True),
    )
    _, _, body = await gateway.call("GET", "/api/v1/entries?source=ferry")
    shown = {entry["id"]: entry for entry in body["entries"]}
    assert (shown["e1"]["title"], shown["e1"]["change"]) == ("Mended", "updated")
    assert shown["e2"]["deleted"]


async def test_a_source_is_added_by_the_operator_alone(gateway: Gateway):
    new = {"url": "https://news.example/ferry", "id": "ferry"}
    assert (await gateway.call("POST", "/api/v1/sources", new))[0] == 401
    assert (await gateway.call("POST", "/api/v1/sources", new, token="wrong"))[0] == 401
    status, _, made = await gateway.call("POST", "/api/v1/sources", new, token=ADMIN)
    assert (status, made["id"]) == (201, "ferry")
    await gateway.happen(enriched("e1"), blog_changed("closed"))
    _, _, body = await gateway.call("GET", "/api/v1/sources")
    [source] = body["sources"]
    assert (source["title"], source["entries"], source["live"]) == ("Ferry: all safe", 1, False)
    assert (await gateway.call("DELETE", "/api/v1/sources/ferry"))[0] == 401
    assert (await gateway.call("DELETE", "/api/v1/sources/ferry", token=ADMIN))[0] == 204
    assert (await gateway.call("DELETE", "/api/v1/sources/ferry", token=ADMIN))[0] == 404


async def test_without_an_operators_token_set_the_answer_says_how(start):
    async with start(admin_token="") as gateway:
        status, _, body = await gateway.call("POST", "/api/v1/sources", {"url": "https://news.example/"}, token="any")
        assert status == 403
        assert "LIVEBELL_ADMIN_TOKEN" in body["detail"]


async def test_the_push_key_stays(gateway: Gateway):
    first = (await gateway.call("GET", "/api/v1/push/key"))[2]["public_key"]
    assert len(first) == 87
    assert (await gateway.call("GET", "/api/v1/push/key"))[2]["public_key"] == first


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "tells"),
    [
        ("GET", "/nothing/here", None, 404, "openapi.json"),
        ("GET", "/api/v1/entries?limit=0", None, 400, "limit"),
        ("GET", "/api/v1/entries?limit=x", None, 400, "limit"),
        ("GET", "/api/v1/entries?cursor=%21%21", None, 400, "cursor"),
        ("PUT", "/api/v1/entries", {}, 405, "method"),
        ("GET", "/feeds/ferry.rss", None, 404, ".atom"),
        ("GET", "/feeds/none.atom", None, 404, "feed"),
        ("POST", "/api/v1/subscriptions", {"channel": {"type": "pigeon"}}, 400, "type"),
        ("POST", "/api/v1/subscriptions", {"channel": {"type": "webhook"}}, 400, "url"),
        ("POST", "/api/v1/subscriptions", {}, 400, "channel"),
        ("POST", "/api/v1/subscriptions", {"channel": {"type": "webhook", "url": "x" * 70_000}}, 413, "64 kB"),
        ("GET", "/api/v1/stream", "last-event-id", 400, "Last-Event-ID"),
    ],
)
async def test_an_error_is_a_problem_that_says_how_to_mend_it(
    gateway: Gateway, method: str, path: str, body: object, status: int, tells: str
):
    headers = {"Last-Event-ID": "rubbish"} if body == "last-event-id" else {}
    found, sent, problem = await gateway.call(method, path, None if headers else body, headers=headers)
    assert (found, sent["content-type"]) == (status, "application/problem+json"), problem
    assert problem.keys() == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert tells in problem["detail"]


@pytest.mark.parametrize("path", ["/", "/app.js", "/api/v1/entries", "/nothing", "/openapi.json", "/feeds/x.atom"])
async def test_every_answer_carries_the_security_headers(gateway: Gateway, path: str):
    _, headers, _ = await gateway.call("GET", path)
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_what_changes_state_takes_json_alone(gateway: Gateway):
    async with gateway.http.post(
        "/api/v1/subscriptions",
        data='{"channel":{"type":"webhook","url":"http://127.0.0.1:9/"}}',
        headers={"Content-Type": "text/plain"},
    ) as response:
        assert response.status == 415
    async with gateway.http.post(
        "/api/v1/subscriptions", data="{not json", headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 400
        assert "JSON" in (await response.json(content_type=None))["detail"]


async def test_the_api_describes_itself(gateway: Gateway):
    status, _, body = await gateway.call("GET", "/openapi.json")
    assert status == 200
    assert body["openapi"].startswith("3.1")
    assert {
        "/api/v1/subscriptions",
        "/api/v1/subscriptions/{subscription_id}",
        "/api/v1/subscriptions/{subscription_id}/test",
        "/api/v1/subscriptions/{subscription_id}/deliveries",
        "/api/v1/subscriptions/{subscription_id}/secret",
        "/api/v1/deliveries/{delivery_id}/retry",
        "/api/v1/sources",
        "/api/v1/sources/{source}",
        "/api/v1/entries",
        "/api/v1/stream",
        "/api/v1/push/key",
        "/api/v1/explain",
        "/feeds/{name}",
    } <= body["paths"].keys()
    schemas = body["components"]["schemas"]
    assert schemas["QuietHours"]["properties"].keys() == {"from", "to", "timezone", "urgent_above"}
    assert {"quiet_hours", "max_per_hour", "digest", "collapse_story"} == schemas["Preferences"]["properties"].keys()
    assert "preferences" in schemas["NewSubscription"]["properties"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/app.js", "text/javascript"),
        ("/app.css", "text/css"),
        ("/sw.js", "text/javascript"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/icon.svg", "image/svg+xml"),
    ],
)
async def test_the_page_is_served(gateway: Gateway, path: str, kind: str):
    status, headers, body = await gateway.call("GET", path)
    assert (status, headers["content-type"].partition(";")[0]) == (200, kind)
    assert body
