from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as st

from services.notifier.channels.payload import event_data, push_manner, push_payload, topic, webhook_body
from services.notifier.channels.webpush import PLAINTEXT_BYTES
from services.notifier.tests.news import COPENHAGEN, enriched, events, told_as
from shared.messages import (
    BlogChanged,
    Digest,
    DigestLine,
    Enriched,
    Enrichment,
    EntryChanged,
    EntryEnriched,
    SourceHealth,
)
from shared.records import Blog, Entry

HOME = "https://livebell.example/"
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
long_texts = st.text(st.sampled_from('ab \n"\\\x01é乌🚢'), max_size=9000)


def ferry(*, change: str = "created", revision: int = 1, entry: Entry | None = None, **rest: object) -> EntryEnriched:
    entry = entry or Entry(
        id="post-7", title="Ferries stop at Helsingør", text="Both piers are closed.", url="https://news.example/live#7"
    )
    changed = EntryChanged(
        id=f"evt_{revision}", source="storm", blog=Blog(url="https://news.example/live", title="Storm latest"),
        change=change, entry=entry, revision=revision, **rest,
    )  # fmt: skip
    return EntryEnriched(changed=changed, about=Enrichment(alert="Ferries stop at Helsingør", places=(COPENHAGEN,)))


def body(kind: str, event: Enriched) -> dict:
    return json.loads(webhook_body(kind, event_data(event), AT))


def notification(kind: str, event: Enriched | None) -> dict:
    told = json.loads(push_payload(kind, event, tag="t" * 32, home=HOME))
    assert told["web_push"] == 8030
    return told["notification"]


def test_webhook_tells_of_the_entry_and_what_it_is_about() -> None:
    told = body("entry.created", ferry())
    assert (told["type"], told["timestamp"]) == ("entry.created", "2026-03-01T12:00:00Z")
    data = told["data"]
    assert data["source"] == "storm"
    assert data["blog"] == {"url": "https://news.example/live", "title": "Storm latest"}
    assert data["entry"]["id"] == "post-7"
    assert data["entry"]["text"] == "Both piers are closed."
    assert data["places"][0]["geoname_id"] == 2618425
    assert "truncated" not in data


def test_webhook_of_an_edit_says_what_changed() -> None:
    before = Entry(id="post-7", title="Ferries run", text="All well.")
    data = body("entry.updated", ferry(change="updated", revision=2, fields=("title", "text"), previous=before))["data"]
    assert data["fields"] == ["title", "text"]
    assert data["previous"] == {"title": "Ferries run", "text": "All well."}
    assert (data["change"], data["revision"]) == ("updated", 2)


def test_webhooks_of_blogs_and_sources() -> None:
    blog = Blog(url="https://news.example/live", title="Storm latest", next_url="https://news.example/live-2")
    moved = body("blog.moved", BlogChanged(id="evt_2", source="storm", blog=blog, change="moved"))["data"]
    assert moved["blog"]["next_url"] == "https://news.example/live-2"
    health = SourceHealth(
        id="evt_3", source="storm", url="https://news.example/live", change="failing", since=AT, reason="404"
    )
    told = body("source.failing", health)["data"]
    assert (told["since"], told["reason"]) == ("2026-03-01T12:00:00Z", "404")


@given(long_texts, st.none() | long_texts, long_texts, long_texts)
@settings(max_examples=80, deadline=None)
def test_webhook_bodies_stay_under_20_kb_and_say_when_they_are_cut(
    text: str, title: str | None, before: str, html: str
) -> None:
    entry = Entry(id="post-7", title=title, text=text, html=html, authors=("Ana Roth",) * len(before))
    event = ferry(change="updated", entry=entry, previous=Entry(id="post-7", text=before))
    raw = webhook_body("entry.updated", event_data(event), AT)
    assert len(raw) < 20_000
    data = json.loads(raw)["data"]
    assert data["entry"]["id"] == "post-7"
    whole = data["entry"]["text"] == text and data["entry"]["html"] == html and data["previous"]["text"] == before
    assert whole or data["truncated"] is True
    assert text.startswith(data["entry"]["text"])


def test_of_a_body_that_is_too_long_the_markup_goes_first_and_the_rest_only_as_far_as_it_must() -> None:
    entry = Entry(id="post-7", title="Ferries stop", text="Rain. " * 1_000, html="<p>Rain.</p>" * 2_000)
    told = body("entry.created", ferry(entry=entry))["data"]
    assert (told["entry"]["html"], told["entry"]["text"], told["truncated"]) == ("", entry.text, True)
    more = Entry(id="post-7", title="Ferries stop", text="乌" * 9_000, authors=("Ana Roth",) * 900)
    raw = webhook_body("entry.updated", event_data(ferry(entry=more, change="updated", previous=more)), AT)
    assert 10_000 < len(raw) < 20_000, "what fits is told"
    told = json.loads(raw)["data"]
    assert more.text.startswith(told["entry"]["text"])
    assert len(told["entry"]["text"]) == len(told["previous"]["text"]) > 1_000
    assert told["entry"]["authors"][0] == "Ana Roth"
    assert told["places"][0]["geoname_id"] == 2618425


def test_a_body_of_any_other_shape_is_cut_too() -> None:
    raw = webhook_body("test", {"message": "x" * 50_000, "many": [1.5, None] * 20_000}, AT)
    assert len(raw) < 20_000
    assert json.loads(raw)["data"]["truncated"] is True


def test_a_push_that_is_too_long_leads_home_before_it_loses_words() -> None:
    entry = Entry(id="post-7", title="Ferries stop", text="Both piers.", url="https://x.example/" + "y" * 4_000)
    assert notification("entry.created", ferry(entry=entry)) | {"data": 0} == {
        "title": "Ferries stop at Helsingør", "body": "Both piers.", "navigate": HOME, "tag": "t" * 32, "data": 0,
    }  # fmt: skip


def test_a_push_that_leads_to_a_long_home_loses_words_from_the_body_first() -> None:
    away = "https://x.example/" + "y" * 4_000
    loud = Entry(id="post-7", title="Ferries", text="\x01" * 5_000, url=away)  # each of these is six bytes of JSON
    event = EntryEnriched(changed=ferry(entry=loud).changed, about=Enrichment(alert="\x02" * 500))
    home = f"https://livebell.example/{'y' * 1_500}"
    raw = push_payload("entry.created", event, tag="t" * 32, home=home)
    told = json.loads(raw)["notification"]
    assert len(raw) <= PLAINTEXT_BYTES
    assert (len(told["title"]), told["navigate"]) == (120, home)
    assert 100 < len(told["body"]) < 400


@given(events, long_texts, long_texts)
@settings(max_examples=80, deadline=None)
def test_pushes_fit_one_record_and_show_something(event: Enriched, text: str, alert: str) -> None:
    if isinstance(event, EntryEnriched):
        event = ferry(
            change=event.changed.change,
            entry=Entry(id="post-7", title=alert, text=text, url="https://x.example/" + "y" * len(text)),
        )
    raw = push_payload(f"entry.{told_as(event)}", event, tag=topic(event, "evt_1"), home=HOME)
    assert len(raw) <= PLAINTEXT_BYTES
    told = json.loads(raw)["notification"]
    assert told["title"]
    assert told["navigate"].startswith("https://")
    assert told["tag"] == topic(event, "evt_1")


def test_push_of_an_entry() -> None:
    told = notification("entry.created", ferry())
    assert told["title"] == "Ferries stop at Helsingør"
    assert told["body"] == "Both piers are closed."
    assert told["navigate"] == "https://news.example/live#7"
    assert told["tag"] == "t" * 32


def test_a_deleted_entry_shows_as_withdrawn() -> None:
    told = notification("entry.deleted", ferry(change="deleted"))
    assert told["title"] == "Withdrawn: Ferries stop at Helsingør"
    assert "Both piers" not in told["body"]


@pytest.mark.parametrize(
    "event",
    [
        None,
        enriched(""),
        BlogChanged(id="evt_2", source="storm", blog=Blog(url=None), change="closed"),
        SourceHealth(id="evt_3", source="storm", url="https://news.example/live", change="silent", since=AT),
    ],
)
def test_a_push_with_nothing_to_tell_still_shows_something(event: Enriched | None) -> None:
    told = notification("test", event)
    assert told["title"].strip()
    assert told["navigate"].startswith("https://")


def test_topic_is_one_for_all_revisions_of_an_entry_and_32_characters_long() -> None:
    first, second = ferry(), ferry(change="updated", revision=2)
    assert topic(first, "evt_1") == topic(second, "evt_2")
    assert topic(first, "evt_1") != topic(ferry(entry=Entry(id="post-8")), "evt_1")
    assert topic(None, "evt_1") != topic(None, "evt_2")
    for event in (first, None, BlogChanged(id="evt_2", source="storm", blog=Blog(url=None), change="closed")):
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", topic(event, "evt_1"))


def test_urgency_and_ttl_follow_the_entrys_urgency() -> None:
    """The four values that RFC 8030 knows, and a TTL that is always there."""
    assert push_manner(enriched("x", urgency=0.9)) == ("high", 86_400)
    assert push_manner(enriched("x", urgency=0.4)) == ("normal", 43_200)
    assert push_manner(enriched("x", urgency=0.1)) == ("low", 14_400)
    assert push_manner(None) == ("high", 3600)


def test_a_source_that_recovered_says_so_in_its_body() -> None:
    back = SourceHealth(id="evt_b", source="storm", url=None, change="recovered", since=AT, reason="")
    told = notification("source.recovered", back)
    assert (told["title"], told["body"]) == ("Live blog recovered: storm", "Entries are seen again.")


def digest(count: int, lines: int | None = None, **rest: object) -> Digest:
    told = tuple(
        DigestLine(
            event=f"evt_{n}", kind="entry.created", source="storm", at=AT, title=f"Ferry {n} stops", text="So it is.",
            url=f"https://news.example/live#{n}", blog="Storm latest", entry=f"post-{n}", urgency=0.7, **rest,
        )
        for n in range(count if lines is None else lines)
    )  # fmt: skip
    return Digest(id="evt_digest", lines=told, count=count)


def test_a_digest_tells_each_and_counts_those_for_whom_there_is_no_room() -> None:
    told = json.loads(webhook_body("digest", event_data(digest(9, 7)), AT))
    assert told["type"] == "digest"
    assert [one["entry"]["id"] for one in told["data"]["entries"]] == [f"post-{n}" for n in range(7)]
    assert (told["data"]["count"], told["data"]["more"]) == (9, 2)
    assert "truncated" not in told["data"]


def test_a_digest_tells_as_many_as_fit_its_bound() -> None:
    line = DigestLine(
        event="e" * 60, kind="entry.created", source="s" * 60, at=AT, title="t" * 140, text="x" * 200, entry="p" * 300
    )
    told = event_data(Digest(id="evt_d", lines=(line,) * 60, count=70))
    size = len(json.dumps(told, default=str, separators=(",", ":")))
    assert 18_500 < size < 20_000, "another line would not have fitted"
    assert told["more"] == 70 - len(told["entries"]) > 10


@given(st.lists(st.tuples(long_texts, st.text(max_size=300)), max_size=60), st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_no_digest_exceeds_its_bound_or_loses_count(texts: list[tuple[str, str]], rest: int) -> None:
    lines = tuple(
        DigestLine(event="e", kind="entry.created", source="s", at=AT, title=text[:140], text=text[:200], entry=entry)
        for text, entry in texts
    )
    whole = Digest(id="evt_d", lines=lines, count=len(lines) + rest)
    raw = webhook_body("digest", event_data(whole), AT)
    assert len(raw) < 20_000
    data = json.loads(raw)["data"]
    assert data["more"] + len(data["entries"]) == data["count"] == whole.count
    assert len(push_payload("digest", whole, tag="t" * 32, home=HOME)) <= PLAINTEXT_BYTES


def test_a_pushed_digest_shows_a_summary_and_a_single_alert_itself() -> None:
    shown = notification("digest", digest(8))
    assert shown["title"] == "8 alerts: Storm latest"
    assert shown["body"].splitlines()[0] == "• Ferry 0 stops"
    assert shown["body"].splitlines()[-1] == "and 3 more"
    assert shown["navigate"] == HOME
    assert notification("digest", digest(3))["body"].splitlines() == [f"• Ferry {n} stops" for n in range(3)]
    single = notification("digest", digest(1))
    assert (single["title"], single["navigate"]) == ("Ferry 0 stops", "https://news.example/live#0")
    assert push_manner(digest(8)) == ("high", 24 * 3600)


def test_entries_of_a_collapsed_story_share_a_topic_and_replace_silently() -> None:
    one, other = ferry(), ferry(entry=Entry(id="post-8", text="Piers open."))
    assert topic(one, "evt", story=True) == topic(one, "evt"), "without a story the entry is its own"
    in_story = [EntryEnriched(changed=each.changed, about=Enrichment(story_id="story-1")) for each in (one, other)]
    assert len({topic(each, "evt", story=True) for each in in_story}) == 1
    assert len({topic(each, "evt") for each in in_story}) == 2
    assert len(topic(in_story[0], "evt", story=True)) == 32
    payload = json.loads(push_payload("entry.created", one, tag="t", home=HOME, silent=True))
    assert payload["notification"]["silent"] is True
    assert "silent" not in notification("entry.created", one)
