"""Out in other forms: what a filter would have caught, feeds of a filter, pages of entries, exports."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime

import pytest

from services.gateway.tests.conftest import Gateway
from services.gateway.tests.make import enriched
from shared.messages import Enrichment, Place, Topic

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
NOW = datetime.now(UTC)


def about(urgency: float = 0.1, place: str = "Esbjerg", country: str = "DK") -> Enrichment:
    places = (Place(name=place, start=0, end=len(place), lat=55.47, lon=8.45, country=country),)
    return Enrichment(language="en", places=places, urgency=urgency, topics=(Topic(code="x", label="transport"),))


async def three(gateway: Gateway) -> None:
    await gateway.happen(
        enriched("quay", published_at=NOW, title="Quay closed", text="The ferry waits.", about=about(0.8),
                 seen=time.time()),
        enriched("bus", published_at=NOW, title="Buses run", text="All lines.", about=about(0.1), seen=time.time()),
        enriched("old", title="Ferry sold", text="Long ago.", about=about(0.9)),
        enriched("air", source="air", published_at=NOW, title="Ferry flights", text="A new line.",
                 about=about(0.3, "Oslo", "NO"), seen=time.time()),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "caught"),
    [
        ({}, {"quay", "bus", "air"}),
        ({"words": ["ferry"]}, {"quay", "air"}),
        ({"words": ["ferry"], "sources": ["ferry"]}, {"quay"}),
        ({"places": ["Norway"]}, {"air"}),
        ({"near": {"lat": 55.4, "lon": 8.4, "km": 50}, "min_urgency": 0.5}, {"quay"}),
        ({"words": ["ferry"], "none_words": ["line"]}, {"quay"}),
        ({"changes": ["updated"], "words": ["quay"]}, {"quay"}),
        ({"words": ["zeppelin"]}, set()),
    ],
)
async def test_a_filter_is_told_what_it_would_have_caught(gateway: Gateway, wanted: dict, caught: set[str]):
    await three(gateway)
    status, _, body = await gateway.call("POST", "/api/v1/caught", {"filter": wanted})
    assert status == 200, body
    assert {entry["id"] for entry in body["entries"]} == caught
    assert (body["count"], body["of"]) == (len(caught), 1 + ("sources" not in wanted) + 1)


async def test_a_filter_that_can_never_match_is_told_so(gateway: Gateway):
    for wanted in ({"words": ["!"]}, {"changes": []}, {"words": ["a"], "none_words": ["a"]}, {"wrods": ["a"]}):
        status, _, problem = await gateway.call("POST", "/api/v1/caught", {"filter": wanted})
        assert (status, bool(problem["detail"])) == (400, True)


async def test_a_feed_is_of_a_filter_and_of_all_blogs(gateway: Gateway):
    await three(gateway)
    _, _, feed = await gateway.call("GET", "/feeds/_all.json?words=ferry,zeppelin&min_urgency=0.2")
    assert [item["title"] for item in feed["items"]] == ["Ferry flights", "Quay closed", "Ferry sold"]
    assert feed["feed_url"].endswith("/feeds/_all.json?words=ferry,zeppelin&min_urgency=0.2")
    _, _, atom = await gateway.call("GET", "/feeds/ferry.atom?places=DK&words=quay")
    assert atom.count("<entry>") == 1
    assert "Quay closed" in atom
    assert (await gateway.call("GET", "/feeds/ferry.atom?words=!"))[0] == 400
    assert (await gateway.call("GET", "/feeds/unknown.atom?words=a"))[0] == 404


async def test_an_entry_has_a_page_of_its_own_that_stays_through_its_edits(gateway: Gateway):
    await gateway.happen(enriched("e1", title="Quay closed", text="One.\n\nTwo.", url="https://news.example/e1"))
    _, _, listed = await gateway.call("GET", "/api/v1/entries")
    [entry] = listed["entries"]
    _, headers, page = await gateway.call("GET", entry["page"])
    assert headers["content-type"].startswith("text/html")
    assert "<p>One.</p><p>Two.</p>" in page
    assert 'href="https://news.example/e1"' in page
    await gateway.happen(enriched("e1", revision=2, title="Quay open"))
    assert "Edited since" in (await gateway.call("GET", entry["page"]))[2]
    await gateway.happen(enriched("e1", revision=3, deleted=True))
    assert "Withdrawn" in (await gateway.call("GET", entry["page"]))[2]
    assert (await gateway.call("GET", entry["page"] + "0"))[0] == 404


async def test_a_script_in_any_field_comes_out_inert(gateway: Gateway):
    place = Place(name=EVIL, start=0, end=1)
    await gateway.happen(
        enriched(
            EVIL, title=EVIL, text=EVIL, html="", url="javascript:alert(1)", authors=(EVIL,),
            about=Enrichment(language=EVIL, places=(place,), topics=(Topic(code=EVIL, label=EVIL),), alert=EVIL),
        )
    )  # fmt: skip
    _, _, listed = await gateway.call("GET", "/api/v1/entries")
    _, headers, page = await gateway.call("GET", listed["entries"][0]["page"])
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "javascript:" not in page
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    _, _, atom = await gateway.call("GET", "/feeds/ferry.atom")
    assert "<script" not in atom
    assert "javascript:" not in atom


async def test_an_export_has_the_form_of_a_recording(gateway: Gateway):
    await gateway.happen(enriched("e1"), enriched("e2", minutes=5), enriched("e2", minutes=5, revision=2, title="New"))
    _, headers, told = await gateway.call("GET", "/export/ferry.ndjson")
    lines = [json.loads(line) for line in told.splitlines()]
    assert [line["type"] for line in lines] == ["blog", "entry", "entry"]
    assert [line["title"] for line in lines[1:]] == ["Entry e1", "New"]
    assert headers["content-disposition"] == 'attachment; filename="ferry.ndjson"'


async def test_a_table_holds_every_entry_and_no_formula(gateway: Gateway):
    await gateway.happen(enriched("e1", title='=HYPERLINK("x")', text='One,\n\n"two"'), enriched("e2", minutes=5))
    _, headers, told = await gateway.call("GET", "/export/ferry.csv")
    assert headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["id"] for row in rows] == ["e1", "e2"]
    assert rows[0]["title"].startswith("'=")
    assert rows[0]["text"] == 'One,\n\n"two"'
    assert (rows[0]["places"], rows[0]["urgency"], rows[0]["deleted"]) == ("Esbjerg", "0.4", "false")
    assert (await gateway.call("GET", "/export/unknown.csv"))[0] == 404
    assert (await gateway.call("GET", "/export/ferry.pdf"))[0] == 404
