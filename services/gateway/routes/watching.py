"""/api/v1/sources: the live blogs that are watched, and the operator's adding and removing of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from services.gateway.http.access import require_operator
from services.gateway.http.given import GivenGuard, GivenRedis, GivenSettings, GivenSources, GivenView
from services.gateway.http.problems import ProblemError
from services.gateway.view import View
from shared.outgoing.guard import Guard, RefusedTargetError
from shared.sources.fetch_state import FetchState, Told
from shared.sources.preview import Preview
from shared.sources.previewing import FETCH, PageQuestion, Previewed
from shared.sources.record import CANARY, Source, check_source, source_id
from shared.sources.status import Status, status
from shared.streams.asking import BusyError, ask

RETRY = {"Retry-After": "5"}


class NewSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As `shared.sources.record.Source`; the id is made from the address where none is given."""

    url: Annotated[str, Meta(max_length=2048)]
    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")] | None = None
    title: Annotated[str, Meta(max_length=300)] | None = None
    every: Annotated[float, Meta(ge=0.2, le=86400)] = 15.0
    timezone: Annotated[str, Meta(max_length=60)] | None = None
    slowest: Annotated[float, Meta(ge=0.2, le=86400)] | None = None
    expect_every: Annotated[float, Meta(ge=1, le=10080)] | None = None
    robots: bool = True


class Page(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`timezone` is an IANA zone for times that carry none."""

    url: Annotated[str, Meta(max_length=2048)]
    timezone: Annotated[str, Meta(max_length=60)] | None = None


class ShownStatus(Struct, frozen=True, kw_only=True):
    """`state` is new, live, silent, failing, closed (polled ever less often) or stopped (polled no more); `url` is
    where the blog is now; `reason` is a failure's short name, "" for none."""

    state: str
    since: datetime | None
    url: str
    reason: str
    last_ok: datetime | None
    last_entry: datetime | None


class ShownSource(Struct, frozen=True, kw_only=True):
    """`entries` counts what is retained; `live` is null where the page does not say."""

    id: str
    url: str
    title: str | None
    every: float
    entries: int
    live: bool | None
    status: ShownStatus


class Sources(Struct, frozen=True, kw_only=True):
    sources: list[ShownSource]


class SourcesController(Controller):
    path = "/api/v1/sources"
    tags = ("live blogs",)

    @get(summary="The live blogs that are watched")
    async def list_all(self, sources: GivenSources, view: GivenView) -> Sources:
        return Sources(sources=[_shown(view, *known) for known in await sources.known() if known[0].id != CANARY])

    @post(summary="Watch a live blog (operator)")
    async def add(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewSource],
        sources: GivenSources,
        view: GivenView,
        guard: GivenGuard,
        settings: GivenSettings,
    ) -> ShownSource:
        require_operator(request, settings.admin_token)
        source = Source(
            id=data.id or source_id(data.url),
            url=data.url,
            title=data.title,
            every=data.every,
            timezone=data.timezone,
            slowest=data.slowest,
            expect_every=data.expect_every,
            robots=data.robots,
        )
        _check(source, guard)
        known = await sources.get(source.id)
        if known is not None and known.url != source.url:
            raise ProblemError(
                409, f"{source.id} is {known.url} already: give this one another id, or remove that one."
            )
        await sources.put(source)
        return _shown(view, source, await sources.state(source.id), await sources.told(source.id))

    @post("/test", status_code=200, summary="What would be read of a page, and what is doubtful (operator)")
    async def test(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[Page],
        redis: GivenRedis,
        guard: GivenGuard,
        settings: GivenSettings,
    ) -> Preview:
        require_operator(request, settings.admin_token)
        _check(Source(id="test", url=data.url, timezone=data.timezone), guard)
        try:
            found = await ask(redis, FETCH, PageQuestion(url=data.url, timezone=data.timezone), Previewed)
        except BusyError as error:
            raise ProblemError(503, "Too many ask this just now: try again in a few seconds.", RETRY) from error
        if found is None:
            raise ProblemError(503, "No fetcher and parser answered in time: are both running?", RETRY)
        if found.preview is None:
            raise ProblemError(422, found.problem)
        return found.preview

    @delete("/{source:str}", summary="Stop watching a live blog (operator)")
    async def remove(
        self,
        request: Request[Any, Any, Any],
        source: FromPath[str],
        sources: GivenSources,
        view: GivenView,
        settings: GivenSettings,
    ) -> None:
        require_operator(request, settings.admin_token)
        if not await sources.remove(source, by_hand=True):
            raise ProblemError(404, f"No live blog {source!r} is watched: GET /api/v1/sources lists them.")
        view.forget(source)


def _check(source: Source, guard: Guard) -> None:
    try:
        guard.check_url(source.url, plain_http=True)
        check_source(source)
    except RefusedTargetError as error:
        raise ProblemError(400, f"url: {error}") from error
    except ValueError as error:
        raise ProblemError(400, f"{error}.") from error


def _shown(view: View, source: Source, state: FetchState, told: Told) -> ShownSource:
    seen = view.source(source.id)
    return ShownSource(
        id=source.id,
        url=source.url,
        title=source.title or (seen.blog.title if seen else None),
        every=source.every,
        entries=seen.entries if seen else 0,
        live=None if seen is None else False if seen.closed else seen.blog.live,
        status=_status(status(source, state, told)),
    )


def _status(found: Status) -> ShownStatus:
    return ShownStatus(
        state=found.state,
        since=_moment(found.since),
        url=found.url,
        reason=found.reason,
        last_ok=_moment(found.last_ok),
        last_entry=_moment(found.last_entry),
    )


def _moment(at: float) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at else None
