"""The page of a replayed live blog: HTML for people, LiveBlogPosting JSON-LD and data attributes for programs.

It names no resource of its own outside the page, and the policy below keeps a recording's pictures from being fetched.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from livebell.replay.playback import State
from livebell.replay.structured import fragment, script_json, stamp, structured_data
from shared.records import Entry, Image, Link

try:
    import nh3
except ModuleNotFoundError:  # as in the fetcher's image, which plays the demo of Compose
    nh3 = None  # type: ignore[assignment]

_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text()
_SCRIPT = (_HERE / "page.js").read_text()
_BODY_TAGS = {"p", "br", "strong", "b", "em", "i", "a", "ul", "ol", "li", "blockquote", "sub", "sup"}  # fmt: skip


def _hash(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


SECURITY_POLICY = (
    f"default-src 'none'; img-src data:; style-src 'sha256-{_hash(_STYLE)}'; script-src 'sha256-{_hash(_SCRIPT)}'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def render(state: State, url: str, *, speed: float | None = None) -> str:
    """The whole page as it stands in `state`, served at `url`."""
    blog = state.blog
    live = "true" if blog.live else "false"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_text(blog.title or "Live blog")}</title>
<meta name="description" content="{_text(blog.description or "")}">
<link rel="canonical" href="{_text(url)}">
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
<script type="application/ld+json">{script_json(structured_data(state, url))}</script>
</head>
<body>
<main id="live-blog" data-live="{live}">
{_header(state)}
<section class="entries" aria-label="Entries, newest first">
{"".join(_article(entry) for entry in state.entries)}</section>
{_footer(state, speed)}
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _header(state: State) -> str:
    blog = state.blog
    badge = '<p class="badge live">Live</p>' if blog.live else '<p class="badge">Closed</p>'
    standfirst = f'<p class="standfirst">{_text(blog.description)}</p>\n' if blog.description else ""
    byline = f'<p class="byline">{_text(", ".join(blog.authors))}</p>\n' if blog.authors else ""
    changed = f'<p class="changed">Last change {_time(blog.updated_at)}</p>\n' if blog.updated_at else ""
    return f"<header>\n{badge}\n<h1>{_text(blog.title or 'Live blog')}</h1>\n{standfirst}{byline}{changed}</header>"


def _footer(state: State, speed: float | None) -> str:
    lines = []
    if state.blog.next_url:
        lines.append(f'<p><a rel="next" href="{_address(state.blog.next_url)}">The coverage continues here</a></p>')
    if state.blog.comments_url:
        lines.append(f'<p><a class="comments" href="{_address(state.blog.comments_url)}">Comments</a></p>')
    pace = "" if speed is None else f", {speed:g} times as fast as it happened"
    lines.append(f'<p class="playback">A recorded live blog, played back{pace}. All times are UTC.</p>')
    return "<footer>\n" + "\n".join(lines) + '\n<p><a href="#live-blog">Back to the top</a></p>\n</footer>'


def _article(entry: Entry) -> str:
    name = escape(entry.id)
    if entry.deleted:
        return f'<article id="{name}" data-tombstone>\n<p>This post was removed.</p>\n</article>\n'
    flags = f"{' data-key-event' if entry.key_event else ''}{' data-pinned' if entry.pinned else ''}"
    parts = (_dateline(entry), _title(entry), _body(entry), *map(_figure, entry.images), *map(_card, entry.links))
    return f'<article id="{name}"{flags}>\n' + "\n".join(part for part in parts if part) + "\n</article>\n"


def _dateline(entry: Entry) -> str:
    label = "Pinned" if entry.pinned else "Key event" if entry.key_event else ""
    parts = (
        f'<span class="label">{label}</span>' if label else "",
        f'<a href="#{_text(fragment(entry.id))}">{_time(entry.published_at)}</a>' if entry.published_at else "",
        " and ".join(f'<span class="author">{_text(author)}</span>' for author in entry.authors),
        f'<span class="edited">edited {_time(entry.updated_at)}</span>' if entry.updated_at else "",
    )
    return '<p class="dateline">' + " ".join(part for part in parts if part) + "</p>"


def _title(entry: Entry) -> str:
    return f"<h2>{_text(entry.title)}</h2>" if entry.title else ""


def _body(entry: Entry) -> str:
    """Its markup, cleaned; its plain text where it has none, or where nothing can clean it."""
    if entry.html and nh3 is not None:
        inner = nh3.clean(entry.html, tags=_BODY_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https"})
    else:
        paragraphs = (part for part in re.split(r"\n\s*\n", entry.text) if part.strip())
        inner = "".join(f"<p>{_text(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)
    return f'<div class="body">{inner}</div>' if inner else ""


def _figure(image: Image) -> str:
    caption = f"<figcaption>{_text(image.caption)}</figcaption>" if image.caption else ""
    return f'<figure><img src="{_address(image.url)}" alt="{_text(image.alt or "")}" loading="lazy">{caption}</figure>'


def _card(link: Link) -> str:
    title = _text(link.title or link.url or "")
    head = f'<a href="{_address(link.url)}">{title}</a>' if link.url else f"<strong>{title}</strong>"
    summary = f"<p>{_text(link.summary)}</p>" if link.summary else ""
    return f'<aside class="link-card">{head}{summary}</aside>'


def _time(time: datetime | None) -> str:
    if time is None:
        return ""
    return f'<time datetime="{stamp(time)}">{time.astimezone(UTC):%H:%M:%S}</time>'


def _text(text: str) -> str:
    return escape(text)


def _address(url: str) -> str:
    """A link that can be followed; any other scheme leads nowhere."""
    return escape(url) if re.match(r"https?://|/|#", url, re.IGNORECASE) else "#"
