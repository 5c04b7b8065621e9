"""/entries/<source>/<key>: one entry as a page that can be linked and needs no script. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from services.gateway.http.given import GivenView
from services.gateway.http.problems import ProblemError
from services.gateway.view import EntryView

TITLE_CHARACTERS = 120
GONE = "This entry is not retained here any more: / shows those that are."
_page = Template((Path(__file__).parent.parent / "site" / "entry.html").read_text())
GONE_PAGE = (Path(__file__).parent.parent / "site" / "gone.html").read_text()


@get("/entries/{source:str}/{entry_key:str}", include_in_schema=False)
async def entry_page(
    request: Request[Any, Any, Any], source: FromPath[str], entry_key: FromPath[str], view: GivenView
) -> Response[str]:
    entry = view.at(source, f"/entries/{source}/{entry_key}")
    if entry is not None:
        return Response(render(entry), media_type="text/html", headers={"Cache-Control": "no-cache"})
    if "text/html" not in request.headers.get("accept", ""):
        raise ProblemError(404, GONE)
    return Response(GONE_PAGE, status_code=404, media_type="text/html")


def render(entry: EntryView) -> str:
    title = entry.title or entry.alert or entry.blog.title or "Entry"
    return _page.substitute(
        title=escape(title[:TITLE_CHARACTERS]),
        heading=escape(title),
        blog=_link(entry.blog.url, entry.blog.title or entry.source),
        original=_link(entry.url or entry.blog.url, "On the live blog"),
        about=" · ".join(filter(None, _about(entry))),
        mark=_mark(entry),
        state="deleted" if entry.deleted else "",
        text="".join(f"<p>{escape(part)}</p>" for part in entry.text.split("\n\n") if part.strip()),
        pictures="".join(f'<p class="faint">Picture: {escape(told)}</p>' for told in _pictures(entry)),
        cards="".join(f'<p class="card">{_link(card.url, card.title or card.url or "")}</p>' for card in entry.links),
        places=_list("Places", (place.name for place in entry.places)),
        people=_list("People", (person.name for person in entry.people)),
        figures=_list("Figures", (figure.text for figure in entry.figures)),
        topics=_list("Topics", (topic.label for topic in entry.topics)),
    )


def _about(entry: EntryView) -> Iterator[str]:
    yield _time("Posted", entry.published_at) or _time("Seen", entry.seen_at)
    yield _time("Edited", entry.updated_at)
    yield escape(", ".join(entry.authors))


def _pictures(entry: EntryView) -> Iterator[str]:
    """Pictures lie on other sites, which would learn who reads: what is said of them is shown."""
    return filter(None, (image.caption or image.alt for image in entry.images))


def _mark(entry: EntryView) -> str:
    if entry.deleted:
        return '<p class="mark">Withdrawn: the live blog has removed this entry.</p>'
    return '<p class="mark">Edited since it was posted.</p>' if entry.revision > 1 else ""


def _time(what: str, at: datetime | None) -> str:
    if at is None:
        return ""
    at = at.astimezone(UTC)
    return f'{what} <time datetime="{at.isoformat()}">{at:%d %B %Y, %H:%M} UTC</time>'


def _list(what: str, names: Iterable[str]) -> str:
    shown = "".join(f"<span>{escape(name)}</span>" for name in dict.fromkeys(names))
    return f'<p class="about">{what}: {shown}</p>' if shown else ""


def _link(url: str | None, text: str) -> str:
    if not url or not url.lower().startswith(("https://", "http://")):
        return escape(text)
    return f'<a href="{escape(url)}" rel="noopener noreferrer">{escape(text)}</a>'
