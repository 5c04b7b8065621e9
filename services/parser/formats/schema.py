"""What schema.org calls a posting and its updates, whichever syntax a page writes them in."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urldefrag

import msgspec

from services.parser.clean import body, joined, names, plain_line, plain_name, web_url
from services.parser.clock import Clock
from services.parser.document import Document
from services.parser.limits import AUTHORS, IMAGES, LINKS
from services.parser.nodes import mapping, nodes
from services.parser.times import clock_time, moment
from shared.records import Blog, Entry, Image, Link

_FAR_URL = re.compile(r"https?:|/|#", re.IGNORECASE)
_ID_IN_QUERY = re.compile(
    r"(?<=[?&])(?:post-?id|post_id|post|entry-?id|entry_id|entry|update-?id|update_id|update|liveblog_id)=([^&\s]{1,300})",
    re.IGNORECASE,
)
"""How addresses ask for one entry: what stands behind their "#" is then a place on the page, the same for all."""
_TIME_FIRST = re.compile(
    r"([0-9]{1,2}[:.][0-9]{2}(?: ?[ap]\.?m\.?)?) ?(?:\([A-Z]{2,5}\)|[A-Z]{2,4}T\b)? ?[|:–—-]? ?(?=\S)", re.IGNORECASE
)
_NOBODY = "key event"
"""What Reach's pages write in an author's place."""
_SEVERAL = re.compile(r" (?:and|&) ")
"""A comma alone may part a name from an office: "Ana Roth, Political Editor"."""
_BY = re.compile(r"^by\s+", re.IGNORECASE)


class Posting(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of a LiveBlogPosting."""

    type: Any = msgspec.field(name="@type", default=None)
    id: Any = msgspec.field(name="@id", default=None)
    url: Any = None
    main_entity_of_page: Any = None
    headline: Any = None
    name: Any = None
    description: Any = None
    author: Any = None
    date_published: Any = None
    date_modified: Any = None
    coverage_start_time: Any = None
    coverage_end_time: Any = None
    discussion_url: Any = None


class Update(msgspec.Struct, frozen=True, rename="camel"):
    """What we read of one of its updates, mostly a BlogPosting."""

    id: Any = msgspec.field(name="@id", default=None)
    url: Any = None
    identifier: Any = None
    main_entity_of_page: Any = None
    headline: Any = None
    name: Any = None
    article_body: Any = None
    text: Any = None
    author: Any = None
    date_published: Any = None
    date_modified: Any = None
    image: Any = None
    shared_content: Any = None


def blog_of(posting: Posting, document: Document, name: str) -> Blog:
    """`name` is the format's."""
    clock = document.clock
    address = address_of(posting, document) or document.url
    return Blog(
        url=urldefrag(address).url if address else None,
        title=plain_line(_text(posting.headline) or _text(posting.name)),
        description=plain_line(_text(posting.description), 2_000),
        authors=_names(posting.author),
        published_at=clock.instant(_moment(posting.date_published)),
        updated_at=clock.instant(_moment(posting.date_modified)),
        live=_live(posting, clock),
        comments_url=web_url(_text(posting.discussion_url)),
        format=name,
    )


def _live(posting: Posting, clock: Clock) -> bool | None:
    """Whether the coverage goes on; an end that lies ahead says that it does, since publishers move it along."""
    end = clock.instant(_moment(posting.coverage_end_time))
    if end is not None:
        return end > clock.fetched_at
    return True if posting.coverage_start_time else None


def lies_of(posting: Posting, blog: Blog, sample: Sequence[Update]) -> frozenset[str]:
    """What a publisher repeats on every entry instead of the entry's own: the page's headline, its dates, its byline of
    several people, one picture. A `sample` from all over the list tells."""
    if len(sample) < 2:
        return frozenset()
    several = len(sample) > 2
    titles = [_text(one.headline) for one in sample]
    dates = [one.date_published for one in sample]
    signs = {
        "headline": _all_are(titles[0], titles) and (several or titles[0] == _text(posting.headline)),
        "dates": _all_are(dates[0], dates) and (several or dates[0] == posting.date_published),
        "byline": len(blog.authors) > 1 and all(_names(one.author) == blog.authors for one in sample),
        "image": several and bool(sample[0].image) and _all_are(sample[0].image, [one.image for one in sample]),
    }
    return frozenset(name for name, is_lie in signs.items() if is_lie)


def _all_are(value: object, values: Sequence[object]) -> bool:
    return value is not None and all(other == value for other in values)


def entry_of(update: Update, document: Document, lies: Container[str]) -> Entry:
    """Without the fields in which the page lies."""
    text, html = body(_text(update.article_body) or _text(update.text), document.url)
    published = modified = None
    if "dates" not in lies:
        published = document.clock.instant(_moment(update.date_published))
        modified = document.clock.instant(_moment(update.date_modified))
    edited = modified is not None and (published is None or modified > published)
    return Entry(
        id=_own_id(update, document) or "",
        title=None if "headline" in lies else _title(update),
        text=text,
        html=html,
        authors=() if "byline" in lies else _names(update.author),
        published_at=published,
        updated_at=modified if edited else None,
        url=address_of(update, document),
        links=tuple(_links(update.shared_content, document.url)) if update.shared_content else (),
        images=() if "image" in lies else tuple(_images(update.image)),
    )


def _title(update: Update) -> str | None:
    """Without the time of its release, which some put before the words: "19:02(IST) Rain"."""
    title = plain_line(_text(update.headline) or _text(update.name))
    if title is None or not title[:1].isdigit() or (found := _TIME_FIRST.match(title)) is None:
        return title
    at = moment(_moment(update.date_published))
    shown = clock_time(found[1])
    is_its_own = at is not None and shown is not None and (at.hour, at.minute) == (shown.at.hour, shown.at.minute)
    return title[found.end() :] if is_its_own else title


def _own_id(update: Update, document: Document) -> str | None:
    """What the page calls the entry: the fragment of its address, or its `@id` or `identifier`."""
    for value in (update.id, update.url, update.identifier, update.main_entity_of_page):
        if value is None:
            continue
        if not (named := _text(value) or _text(mapping(value).get("@id"))):
            continue
        base, _, fragment = named.partition("#")
        if (asked := _ID_IN_QUERY.search(base)) and asked[0] not in (document.url or ""):
            return unquote(asked[1])
        if fragment:
            return unquote(fragment)
        if value is not update.main_entity_of_page and base.rstrip("/") != (document.url or "").rstrip("/"):
            return named
    return None


def address_of(of: Posting | Update, document: Document) -> str | None:
    # A posting's `@id` may be its AMP page's; an update's page is the blog's.
    named_by = (of.url, of.main_entity_of_page, of.id) if isinstance(of, Posting) else (of.url, of.id)
    for value in (*named_by, of.main_entity_of_page):
        if value is None:
            continue
        named = _text(value) or _text(mapping(value).get("@id"))
        if named and _FAR_URL.match(named.strip()) and (url := joined(document.url, named)):
            return url
    return None


def _names(value: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in value if isinstance(value, list) else [value]:
        about = mapping(node)
        said = node if isinstance(node, str) else about.get("name")
        for written in said if isinstance(said, list) else [said]:
            if name := plain_name(_text(written) or ""):
                found |= dict.fromkeys(_people(_BY.sub("", name), is_house="Organization" in str(about.get("@type"))))
    found.pop("", None)
    return tuple(name for name in found if name.casefold() != _NOBODY)[:AUTHORS]


def _people(name: str, *, is_house: bool) -> tuple[str, ...]:
    """The people whom one name names: "Ana Roth and Ole Friis", but not "Roth and Friis" or a publisher's house."""
    if is_house or not _SEVERAL.search(name):
        return (name,)
    parts = names(name)
    return parts if all(" " in part for part in parts) else (name,)


def _links(value: object, base: str | None) -> Iterator[Link]:
    """What an entry shares: pages, but no pictures or videos."""
    for node in nodes(value)[:LINKS]:
        kind = str(node.get("@type"))
        if "Image" not in kind and "Video" not in kind and (url := joined(base, _text(node.get("url")))):
            title = plain_line(_text(node.get("headline")) or _text(node.get("name")))
            yield Link(url=url, title=title, summary=plain_line(_text(node.get("description")), 1_000))


def _images(value: object) -> Iterator[Image]:
    for node in (value if isinstance(value, list) else [value])[:IMAGES]:
        if url := web_url(
            node if isinstance(node, str) else _text(mapping(node).get("url")) or _text(mapping(node).get("contentUrl"))
        ):
            about = mapping(node)
            yield Image(
                url=url,
                alt=plain_line(_text(about.get("name")) or _text(about.get("description"))),
                caption=plain_line(_text(about.get("caption")), 1_000),
            )


def _moment(value: object) -> str | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)


def _text(value: object) -> str | None:
    """A string, also out of `{"@value": …}` or a list of one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    return value if isinstance(value, str) else None
