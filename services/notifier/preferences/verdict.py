"""What becomes of an event for a subscriber who has preferences: alone, silently under its story, or in a digest."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from services.notifier.preferences.quiet import quiet_until
from shared.subscriptions.record import Preferences

HOUR, MINUTE = 3600.0, 60.0
MOST_STORIES = 100
OVERDUE_SECONDS = 600.0
"""A digest so late has lost its call: it is called again."""
ROUNDS = 100
"""How often a digest's time is moved behind quiet hours and the cap in turn; two or three times in practice."""
CREATED, DELETED = "entry.created", "entry.deleted"


class State(Struct, frozen=True, kw_only=True, array_like=True):
    """What is remembered of a subscriber; times in epoch seconds. `version` grows with each change."""

    version: int = 0
    rang: tuple[float, ...] = ()
    """When alerts and digests went out within the last hour, where that is capped."""
    stories: tuple[tuple[str, float], ...] = ()
    """The stories that are collapsed, and when each rang."""
    waiting: int = 0
    """How many are held for the digest, each with its content."""
    rest: int = 0
    """How many more there were than are held: they are counted."""
    due: float | None = None
    """When the digest goes out."""


class Event(Struct, frozen=True, kw_only=True):
    """`subject` is the same for all revisions of an entry; `urgency` is None for what happens to a blog or source."""

    subject: str
    kind: str
    revision: int = 1
    urgency: float | None = None
    story: str | None = None


class Held(Struct, frozen=True, kw_only=True, array_like=True):
    """A withheld event as its revisions add up: `kind` says what it will be to the subscriber."""

    kind: str
    revision: int
    urgency: float
    at: float
    withdrawn: bool = False
    """It is not told of, unless the entry comes back."""


class Action(Enum):
    ALONE = "alone"
    SILENT = "silent"
    """In place of the story's notification, without a sound."""
    WITHHELD = "withheld"
    TAKEN_OUT = "taken_out"
    """Withheld before and now withdrawn: there is nothing to tell."""


class Decision(Struct, frozen=True, kw_only=True):
    """`state` and `held` are what is to be kept from now on; with `call`, the digest is to be called at `state.due`."""

    action: Action
    kind: str
    state: State
    held: Held | None = None
    call: bool = False


def decide(
    now: float, wanted: Preferences, state: State, event: Event, held: Held | None, *, replaces: bool
) -> Decision:
    """`held` is what is withheld of the same subject; `replaces` says whether the channel can replace an alert."""
    state = replace(_pruned(now, wanted, state), version=state.version + 1)
    kind = event.kind
    if held is not None:
        if event.kind == DELETED and held.kind == CREATED and event.revision >= held.revision:
            gone = replace(held, revision=event.revision, withdrawn=True)
            return Decision(action=Action.TAKEN_OUT, kind=kind, state=state, held=gone)
        kind = CREATED if CREATED in {held.kind, event.kind} else event.kind
        if event.revision <= held.revision or not breaks_through(wanted, event):
            return _withheld(now, state, _merged(held, event, kind), digest_at(now, wanted, state))
        state = replace(state, waiting=state.waiting - 1)
    until = _quiet(now, wanted, event)
    shown = _shown_until(wanted, state, event)
    if until is None and shown is not None and replaces:
        return Decision(action=Action.SILENT, kind=kind, state=state)
    until = until or shown or _room(now, wanted, state)
    if until is None:
        return Decision(action=Action.ALONE, kind=kind, state=_rung(now, wanted, state, event.story))
    now_held = Held(kind=kind, revision=event.revision, urgency=event.urgency or 0.0, at=now)
    return _withheld(
        now, replace(state, waiting=state.waiting + 1), now_held, digest_at(until, wanted, state), first=True
    )


def breaks_through(wanted: Preferences, event: Event) -> bool:
    quiet = wanted.quiet_hours
    return (
        quiet is not None
        and quiet.urgent_above is not None
        and event.urgency is not None
        and event.urgency > quiet.urgent_above
    )


def digest_at(earliest: float, wanted: Preferences, state: State) -> float:
    """The first time at which a digest may go out: outside quiet hours, and within the cap."""
    at = earliest
    for _ in range(ROUNDS):
        later = (wanted.quiet_hours and quiet_until(wanted.quiet_hours, at)) or _full_until(at, wanted, state)
        if later is None:
            break
        at = later
    return at


def digest_due(now: float, wanted: Preferences, state: State) -> float | None:
    """When the digest that is called may go out; None for now."""
    at = digest_at(now, wanted, _pruned(now, wanted, state))
    return at if at > now else None


def digested(now: float, wanted: Preferences, state: State) -> State:
    """The state once all that is withheld has gone out."""
    return emptied(_rung(now, wanted, _pruned(now, wanted, state), None))


def emptied(state: State) -> State:
    return replace(state, version=state.version + 1, waiting=0, rest=0, due=None)


def _quiet(now: float, wanted: Preferences, event: Event) -> float | None:
    if breaks_through(wanted, event):
        return None
    until = quiet_until(wanted.quiet_hours, now) if wanted.quiet_hours else None
    return until or (now + wanted.digest * MINUTE if wanted.digest else None)


def _shown_until(wanted: Preferences, state: State, event: Event) -> float | None:
    """Until when the event's story stands collapsed under an alert; None where it does not."""
    rang = dict(state.stories).get(event.story or "")
    return None if rang is None else rang + (wanted.collapse_story or 0) * MINUTE


def _room(now: float, wanted: Preferences, state: State) -> float | None:
    """While a digest waits, a place within the cap is kept for it: alerts never crowd it out."""
    waits = state.waiting + state.rest > 0
    if until := _full_until(now, wanted, state):
        return until
    if waits and _full_until(now, wanted, replace(state, rang=(*state.rang, now))):
        return state.due or now
    return None


def _full_until(now: float, wanted: Preferences, state: State) -> float | None:
    """When the cap lets the next one through; None where it does now."""
    last_hour = [at for at in state.rang if at > now - HOUR]
    most = wanted.max_per_hour
    return None if most is None or len(last_hour) < most else last_hour[-most] + HOUR


def _rung(now: float, wanted: Preferences, state: State, story: str | None) -> State:
    if wanted.max_per_hour is not None:
        state = replace(state, rang=(*state.rang, now))
    if wanted.collapse_story is not None and story is not None:
        state = replace(state, stories=(*state.stories, (story, now))[-MOST_STORIES:])
    return state


def _merged(held: Held, event: Event, kind: str) -> Held:
    newest = event.revision > held.revision
    return Held(
        kind=kind if newest or kind == CREATED else held.kind,
        revision=max(event.revision, held.revision),
        urgency=(event.urgency or 0.0) if newest else held.urgency,
        at=held.at,
        # Where the withdrawal was faster than the news, there is nothing to tell.
        withdrawn=not newest and (held.withdrawn or (kind == CREATED and held.kind == DELETED)),
    )


def _withheld(now: float, state: State, held: Held, until: float, *, first: bool = False) -> Decision:
    """The digest goes out at the earliest time that was found for what waits; revisions of it wait with it."""
    due = state.due if state.due is not None and state.due > now - OVERDUE_SECONDS else None
    if due is None or (first and until < due):
        return Decision(action=Action.WITHHELD, kind=held.kind, state=replace(state, due=until), held=held, call=True)
    return Decision(action=Action.WITHHELD, kind=held.kind, state=state, held=held)


def _pruned(now: float, wanted: Preferences, state: State) -> State:
    """Without what no longer counts. A time ahead of the clock, which was set back, is now."""
    rang = tuple(min(at, now) for at in state.rang if at > now - HOUR) if wanted.max_per_hour else ()
    window = (wanted.collapse_story or 0) * MINUTE
    stories = tuple((story, min(at, now)) for story, at in state.stories if at > now - window)
    return replace(state, rang=rang, stories=stories)
