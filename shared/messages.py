"""Every message that crosses a stream, defined once: MessagePack of a tagged msgspec Struct.

Rules of change: a new field gets a default, a field's type never changes, unknown fields are ignored. Kinds of change
are plain strings, so that an older service passes over one that it does not know. A message whose tag it does not know
it leaves for a newer one (`UnknownMessageError`).
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import msgspec
from msgspec import Struct

from shared.records import Blog, Entry

CREATED, UPDATED, DELETED = "created", "updated", "deleted"
CLOSED, MOVED, HEADLINE = "closed", "moved", "headline"
SILENT, FAILING, RECOVERED = "silent", "failing", "recovered"


class Passed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When the message passed each stage, in seconds since the epoch; 0 where it has not been yet.

    `seen` is the moment at which the fetcher held the page, the start of every latency that we state.
    """

    seen: float = 0.0
    parsed: float = 0.0
    enriched: float = 0.0
    matched: float = 0.0
    trace: str = ""
    """W3C traceparent of the step that wrote the message, where tracing is on."""


class PageFetched(Struct, frozen=True, kw_only=True, tag="page.fetched"):
    """fetcher → parser, stream `pages`: a page whose bytes differ from the last one of its source."""

    source: str
    url: str
    """The address that answered, after redirects."""
    seq: int
    """Grows by one with each page of the source: an older page that arrives late is passed over."""
    body: bytes
    """zstd-compressed, as `body_size` bytes."""
    body_size: int
    content_type: str | None = None
    timezone: str | None = None
    """The source's setting: an IANA zone for times that carry none."""
    part: bool = False
    """An older page of the listing, or a polling endpoint's answer: some entries, and nothing about the blog."""
    passed: Passed = Passed()


class PageRead(Struct, frozen=True, kw_only=True, tag="page.read"):
    """parser → fetcher, stream `read`: what a page told of its blog, so that it is polled as it deserves."""

    source: str
    seq: int
    """Of the page."""
    live: bool | None = None
    next_url: str | None = None
    """Where the blog goes on, once it has moved."""
    created: int = 0
    """How many entries were first seen on this page."""
    newest: float = 0.0
    """When the newest entry that the source ever listed was posted, or first seen where the page gives no time; epoch
    seconds, 0 for none."""
    more: tuple[str, ...] = ()
    """Addresses of further pages of this listing, nearest first."""
    poll_url: str | None = None
    """An endpoint that lists what came after the newest entry of this page."""
    passed: Passed = Passed()


class EntryChanged(Struct, frozen=True, kw_only=True, tag="entry.changed"):
    """parser → enricher, stream `entries`: an entry was created, updated or deleted."""

    id: str
    """`event_id(source, entry.id, revision)`: the same however often it is computed."""
    source: str
    blog: Blog
    change: str
    entry: Entry
    revision: int
    """1 when first seen, one more with each change: who has seen a later one drops an earlier one."""
    quiet: bool = False
    """Taken in without alerting: the source's first sight, or too old when first seen."""
    born_quiet: bool = False
    """The entry's first revision was quiet: nobody was alerted to it, so its edits are edits, never news."""
    fields: tuple[str, ...] = ()
    """Of an update: the names of the entry's fields that differ."""
    previous: Entry | None = None
    """Of an update or deletion: the entry as it was known before."""
    tempo: float = 0.0
    """How many times as fast as usual its blog was written when it was seen; 0 where that cannot be said."""
    passed: Passed = Passed()


class BlogChanged(Struct, frozen=True, kw_only=True, tag="blog.changed"):
    """parser → enricher → notifier, gateway, fetcher: the blog got another headline, was closed, or moved."""

    id: str
    source: str
    blog: Blog
    change: str
    previous_title: str | None = None
    passed: Passed = Passed()


class SourceHealth(Struct, frozen=True, kw_only=True, tag="source.health"):
    """fetcher → enricher → notifier, gateway: a source fell silent, fails, or works again."""

    id: str
    source: str
    url: str
    change: str
    since: float
    reason: str = ""
    passed: Passed = Passed()


class Place(Struct, frozen=True, kw_only=True):
    """A place that the text names. Offsets count characters of `enrichment_text`."""

    name: str
    """As it stands in the text."""
    start: int
    end: int
    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    geoname_id: int | None = None
    demonym: bool = False


class Mention(Struct, frozen=True, kw_only=True):
    name: str
    start: int
    end: int


class Figure(Struct, frozen=True, kw_only=True):
    """A number that the text states, normalised: `value` in `unit`, counting `of` where it says what."""

    text: str
    start: int
    end: int
    value: float
    unit: str
    of: str | None = None


class Topic(Struct, frozen=True, kw_only=True):
    """An IPTC Media Topic with the words of the text that decided."""

    code: str
    label: str
    words: tuple[str, ...] = ()


class Reason(Struct, frozen=True, kw_only=True):
    """One thing that raised or lowered the urgency, by how much, and the words that did."""

    reason: str
    weight: float
    words: tuple[str, ...] = ()


class Enrichment(Struct, frozen=True, kw_only=True):
    """What an entry is about, as the enricher found it; each part explains itself by spans, words or reasons."""

    language: str | None = None
    """ISO 639-1."""
    places: tuple[Place, ...] = ()
    people: tuple[Mention, ...] = ()
    organisations: tuple[Mention, ...] = ()
    figures: tuple[Figure, ...] = ()
    topics: tuple[Topic, ...] = ()
    keywords: tuple[str, ...] = ()
    urgency: float = 0.0
    urgency_reasons: tuple[Reason, ...] = ()
    story_id: str | None = None
    story_sources: int = 1
    """How many sources have the story."""
    alert: str = ""
    """At most 120 characters."""


class EntryEnriched(Struct, frozen=True, kw_only=True, tag="entry.enriched"):
    """enricher → notifier, gateway, stream `enriched`: the change and what the entry is about."""

    changed: EntryChanged
    about: Enrichment
    before: Enrichment | None = None
    """Of an edit: what the entry was about before it."""
    passed: Passed = Passed()


class DeliveryBatch(Struct, frozen=True, kw_only=True, tag="delivery.batch"):
    """notifier, gateway → notifier, stream `deliveries`: one event for some subscriptions of one channel. Those that
    have preferences pass through the stream `weighing` first; "digest" there is the call to send what was withheld.

    The event lies beside the stream under its id for as long as it may be retried; "test" and
    "endpoint.verification" carry none.
    """

    id: str
    event_id: str
    kind: str
    """The webhook's event type: "entry.created", "blog.closed", "test", …"""
    channel: str
    """"webhook" or "webpush"."""
    subscriptions: tuple[str, ...]
    attempt: int = 1
    """The attempt that this batch asks for, counted from 1."""
    story: bool = False
    """Under the story's tag, not the entry's: who collapses stories is shown one notification for each."""
    silent: bool = False
    """Replaces what is shown without a sound."""
    began: float = 0.0
    """When delivering it was first begun, in epoch seconds; 0 until then."""
    waited: bool = False
    """It has waited in Redis for its time, where a circuit that is open is respected."""
    passed: Passed = Passed()


class DigestLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the events that a digest tells of, in short. `at` is when its page was seen, in epoch seconds."""

    event: str
    kind: str
    """As in `DeliveryBatch`."""
    source: str
    at: float
    title: str
    """What an alert of its own would have been headed."""
    text: str = ""
    url: str | None = None
    blog: str | None = None
    entry: str | None = None
    urgency: float = 0.0
    story_id: str | None = None


class Digest(Struct, frozen=True, kw_only=True, tag="digest"):
    """What was withheld from one subscription, kept beside the stream `deliveries` for its attempts; never in a stream.

    The most urgent first, of these the newest; `count` is all of them, those that find no place included.
    """

    id: str
    lines: tuple[DigestLine, ...]
    count: int
    passed: Passed = Passed()


Message: TypeAlias = (
    PageFetched | PageRead | EntryChanged | BlogChanged | SourceHealth | EntryEnriched | DeliveryBatch | Digest
)
Enriched: TypeAlias = EntryEnriched | BlogChanged | SourceHealth


class UnknownMessageError(Exception):
    """A message with a tag that this version does not know: it waits for a newer consumer."""


class MalformedMessageError(Exception):
    """Bytes that are no message of ours: parked at once, since no retry mends them."""


class _Tag(Struct):
    type: str


_KNOWN = frozenset(str(struct.__struct_config__.tag) for struct in Message.__args__)
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
_tag_decoder = msgspec.msgpack.Decoder(_Tag)

encode = _encoder.encode


def decode(body: bytes) -> Message:
    """The message in `body`. Raises UnknownMessageError or MalformedMessageError."""
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError as error:
        if (tag := _tag_of(body)) is not None and tag not in _KNOWN:
            raise UnknownMessageError(tag) from error
        raise MalformedMessageError(str(error)) from error


def _tag_of(body: bytes) -> str | None:
    try:
        return _tag_decoder.decode(body).type
    except msgspec.DecodeError:
        return None


def source_of(event: Enriched) -> str:
    return event.changed.source if isinstance(event, EntryEnriched) else event.source


def event_id(*parts: str | int) -> str:
    """An id of 22 URL-safe characters that is the same for the same parts: what makes a repeat recognisable."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    return f"evt_{digest}"


def enrichment_text(entry: Entry) -> str:
    """The text that offsets count in: title, blank line, text; or the text alone."""
    return f"{entry.title}\n\n{entry.text}" if entry.title else entry.text
