"""Events and subscriptions for tests, from a few words and places so that they meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from shared.messages import (
    BlogChanged,
    Enriched,
    Enrichment,
    EntryChanged,
    EntryEnriched,
    Mention,
    Place,
    SourceHealth,
    Topic,
)
from shared.records import Blog, Entry, Link
from shared.subscriptions.record import ACTIVE, Filter, Near, PushKeys, Subscription, WebhookChannel, WebPushChannel

COPENHAGEN = Place(name="Copenhagen", start=0, end=10, lat=55.6759, lon=12.5655, country="DK", geoname_id=2618425)
DANISH = Place(name="Danish", start=0, end=6, lat=56.0, lon=10.0, country="DK", geoname_id=2623032, demonym=True)
KHARKIV = Place(name="Kharkiv", start=0, end=7, lat=49.9808, lon=36.2527, country="UA", geoname_id=706483)
SUVA = Place(name="Suva", start=0, end=4, lat=-18.1416, lon=178.4415, country="FJ", geoname_id=2198148)
NAMELESS = Place(name="Lower Brookmill", start=0, end=15)


def enriched(
    text: str = "",
    *,
    title: str | None = None,
    source: str = "storm",
    change: str = "created",
    previous: Entry | None = None,
    links: tuple[Link, ...] = (),
    **about: Any,
) -> EntryEnriched:
    entry = Entry(id="e1", title=title, text=text, links=links)
    changed = EntryChanged(
        id="evt_1", source=source, blog=Blog(url=None), change=change, entry=entry, revision=1, previous=previous
    )
    return EntryEnriched(changed=changed, about=Enrichment(**about))


def people(*names: str) -> tuple[Mention, ...]:
    return tuple(Mention(name=name, start=0, end=len(name)) for name in names)


def subscription(filter_: Filter, id_: str = "sub_1", *, status: str = ACTIVE, push: bool = False) -> Subscription:
    channel = (
        WebPushChannel(endpoint="https://push.example/1", keys=PushKeys(p256dh="", auth=""))
        if push
        else WebhookChannel(url="https://desk.example/hook")
    )
    return Subscription(id=id_, channel=channel, filter=filter_, status=status, token_hash="", created_at=0.0)


VOCABULARY = ("Flood", "flood's", "bridge", "Straße", "STRASSE", "pont", "café", "harbour", "storm", "乌克兰", "a")
NAMES = ("Ana Roth", "Roth", "Jonas Lind", "Lind", "Port Authority", "Authority")
CHANGE_NAMES = ("created", "updated", "deleted", "closed", "silent")
TOPICS = (
    Topic(code="medtop:17000000", label="Weather"),
    Topic(code="03000000", label="Disaster, accident and emergency incident"),
)

sentences = st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join)
terms = st.one_of(
    st.sampled_from(VOCABULARY),
    st.lists(st.sampled_from(VOCABULARY), min_size=2, max_size=3).map(" ".join),
    st.just("!"),
)
some = lambda values: st.lists(values, max_size=3).map(tuple)  # noqa: E731
filters = st.builds(
    Filter,
    sources=some(st.sampled_from(("storm", "vote"))),
    words=some(terms),
    all_words=some(terms),
    none_words=some(terms),
    places=some(st.sampled_from(("Copenhagen", "denmark", "DK", 2623032, "706483", "fiji", "Suva", "lower brookmill"))),
    near=st.none()
    | st.builds(
        Near,
        lat=st.sampled_from((55.7, 50.0, -18.1, 90.0, 56.0)),
        lon=st.sampled_from((12.5, 36.3, -179.9, 0.0, 10.0)),
        km=st.sampled_from((0.001, 5.0, 50.0, 117.0, 250.0, 4000.0, 20038.0)),
    ),
    people=some(st.sampled_from(NAMES)),
    organisations=some(st.sampled_from(NAMES)),
    topics=some(st.sampled_from(("weather", "17000000", "medtop:03000000", "sport"))),
    languages=some(st.sampled_from(("en", "EN-gb", "uk"))),
    min_urgency=st.none() | st.sampled_from((0.0, 0.3, 0.5, 0.9)),
    changes=st.lists(st.sampled_from(CHANGE_NAMES), max_size=3).map(tuple) | st.just(("created",)),
)
mentions = some(st.sampled_from(NAMES)).map(lambda names: people(*names))
entries: st.SearchStrategy[Enriched] = st.builds(
    enriched,
    sentences,
    title=st.none() | sentences,
    source=st.sampled_from(("storm", "vote")),
    change=st.sampled_from(("created", "updated", "deleted")),
    links=some(st.builds(Link, url=st.none(), title=st.none() | sentences)),
    previous=st.none() | st.builds(Entry, id=st.just("e1"), text=sentences),
    places=some(st.sampled_from((COPENHAGEN, DANISH, KHARKIV, SUVA, NAMELESS))),
    people=mentions,
    organisations=mentions,
    topics=some(st.sampled_from(TOPICS)),
    language=st.sampled_from(("en", "uk", None)),
    urgency=st.sampled_from((0.0, 0.3, 0.6)),
)
reports: st.SearchStrategy[Enriched] = st.builds(
    BlogChanged,
    id=st.just("evt_2"),
    source=st.sampled_from(("storm", "vote")),
    blog=st.builds(Blog, url=st.none(), title=st.none() | sentences),
    change=st.just("closed"),
) | st.builds(
    SourceHealth,
    id=st.just("evt_3"),
    source=st.sampled_from(("storm", "vote")),
    url=st.just("https://news.example/live"),
    change=st.just("silent"),
    since=st.just(0.0),
)
events = entries | entries | entries | reports


def told_as(event: Enriched) -> str:
    return event.changed.change if isinstance(event, EntryEnriched) else event.change
