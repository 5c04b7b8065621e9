"""/feeds/<source>.atom (RFC 4287) and /feeds/<source>.json (JSON Feed 1.1): one live blog's entries, edits included."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from services.gateway.admission import check_filter, within_allowance
from services.gateway.http.given import GivenAsking, GivenCatcher, GivenSettings, GivenSources, GivenView
from services.gateway.http.problems import ProblemError
from services.gateway.settings import LOCAL_URL, Settings
from services.gateway.view import EntryView, SourceView
from shared.records import Blog
from shared.sources.store import SourceStore
from shared.subscriptions.record import Filter

ENTRIES = 100
EXAMINED = 5_000
"""Entries that a filter looks at, the newest first."""
ALL = "_all"
"""No live blog can have this name."""
Asked: TypeAlias = Annotated[str | None, QueryParameter(max_length=2000, description="Any of these, parted by commas.")]
ATOM = "http://www.w3.org/2005/Atom"
LONG_AGO = datetime.fromtimestamp(0, UTC)


@get("/feeds/{name:str}", tags=("live blogs",), summary="Entries as Atom (.atom) or JSON Feed (.json)")
async def feed(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    view: GivenView,
    catcher: GivenCatcher,
    sources: GivenSources,
    settings: GivenSettings,
    asking: GivenAsking,
    words: Asked = None,
    places: Asked = None,
    people: Asked = None,
    topics: Asked = None,
    min_urgency: Annotated[float | None, QueryParameter(ge=0, le=1, description="How urgent, at least.")] = None,
) -> Response[bytes]:
    """Of a live blog, `<source>.atom`, or of all, `_all.atom`. A filter's terms are parted by commas."""
    source, _, form = name.rpartition(".")
    every, home = source == ALL, _home(request, settings)
    found = _all(home) if every else view.source(source) or await _without_entries(source, sources)
    if form not in {"atom", "json"} or found is None:
        raise ProblemError(
            404, "There is no such feed: it is /feeds/<source>.atom or .json, GET /api/v1/sources lists them."
        )
    asked = {"words": words, "places": places, "people": people, "topics": topics}
    wanted = _filter(asked, min_urgency)
    if wanted != Filter():
        within_allowance(request, settings, asking)
    entries = await catcher.first(wanted, None if every else source, limit=ENTRIES, examined=EXAMINED)
    query = request.scope["query_string"].decode("latin-1")
    address = f"{home}feeds/{name}" + (f"?{query}" if query else "")
    if form == "atom":
        return Response(
            _atom(found, entries, address, _feed_urn(found, wanted)), media_type="application/atom+xml; charset=utf-8"
        )
    return Response(_json(found, entries, address), media_type="application/feed+json")


def _filter(asked: dict[str, str | None], min_urgency: float | None) -> Filter:
    terms = {key: [part.strip() for part in text.split(",") if part.strip()] for key, text in asked.items() if text}
    try:
        wanted = msgspec.convert({**terms, "min_urgency": min_urgency}, Filter)
    except msgspec.ValidationError as error:
        raise ProblemError(400, f"The feed's filter: {error}.") from error
    check_filter(wanted)
    return wanted


def _home(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The operator's address where one is set; what a client calls the gateway only where none is."""
    told = str(request.base_url) if settings.public_url == LOCAL_URL else settings.public_url
    return f"{told.rstrip('/')}/"


def _all(home: str) -> SourceView:
    return SourceView(id=ALL, blog=Blog(url=home, title="Livebell"), entries=0, closed=False)


async def _without_entries(source: str, sources: SourceStore) -> SourceView | None:
    """A watched live blog has a feed before its first entry: a reader that meets a 404 may give it up."""
    watched = await sources.get(source)
    if watched is None:
        return None
    return SourceView(id=source, blog=Blog(url=watched.url, title=watched.title), entries=0, closed=False)


def _atom(source: SourceView, entries: list[EntryView], address: str, urn: str) -> bytes:
    root = Element("feed", xmlns=ATOM)
    _text(root, "id", urn)
    _text(root, "title", source.blog.title or source.id)
    _text(root, "updated", _rfc3339(max(map(_updated, entries), default=LONG_AGO)))
    SubElement(root, "link", rel="self", href=_xml(address))
    _alternate(root, source.blog.url)
    for entry in entries:
        _atom_entry(SubElement(root, "entry"), entry)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _atom_entry(node: Element, entry: EntryView) -> None:
    _text(node, "id", _urn(entry))
    _text(node, "title", entry.title or entry.alert or "Entry")
    _text(node, "updated", _rfc3339(_updated(entry)))
    if entry.published_at:
        _text(node, "published", _rfc3339(entry.published_at))
    for author in entry.authors or (entry.blog.title or entry.source,):
        _text(SubElement(node, "author"), "name", author)
    _alternate(node, entry.url or entry.blog.url)
    for topic in entry.topics:
        SubElement(node, "category", term=_xml(topic.code), label=_xml(topic.label))
    content = SubElement(node, "content", type="html")
    content.text = _xml(entry.html)


def _json(source: SourceView, entries: list[EntryView], address: str) -> bytes:
    return msgspec.json.encode(
        _stated(
            version="https://jsonfeed.org/version/1.1",
            title=source.blog.title or source.id,
            home_page_url=_web(source.blog.url),
            feed_url=address,
            items=[_json_item(entry) for entry in entries],
        )
    )


def _json_item(entry: EntryView) -> dict[str, Any]:
    return _stated(
        id=_urn(entry),
        url=_web(entry.url),
        title=entry.title,
        content_html=entry.html,
        content_text=entry.text,
        date_published=entry.published_at,
        date_modified=_updated(entry),
        authors=[{"name": author} for author in entry.authors],
        tags=[topic.label for topic in entry.topics],
    )


def _stated(**fields: Any) -> dict[str, Any]:
    """JSON Feed has no null: what is not known is left out."""
    return {name: value for name, value in fields.items() if value is not None}


def _feed_urn(source: SourceView, wanted: Filter) -> str:
    """Each filter's feed is one of its own, however its address is written."""
    urn = f"urn:livebell:{source.id}"
    if wanted == Filter():
        return urn
    return f"{urn}:{hashlib.sha256(msgspec.json.encode(wanted)).hexdigest()[:16]}"


def _urn(entry: EntryView) -> str:
    """An IRI, whatever the page takes for an id."""
    return f"urn:livebell:{entry.source}:{quote(entry.id, safe='')}"


def _updated(entry: EntryView) -> datetime:
    """An edit that the page gives no time for happened when it was seen, so that readers show it."""
    posted = entry.published_at or entry.seen_at
    return entry.updated_at or (entry.seen_at if entry.revision > 1 else posted)


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _xml(text)


def _alternate(parent: Element, url: str | None) -> None:
    if web := _web(url):
        SubElement(parent, "link", rel="alternate", href=_xml(web))


def _web(url: str | None) -> str | None:
    """Readers make links of these: a script is none."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
    )
