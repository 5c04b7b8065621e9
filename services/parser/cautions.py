"""What a person should know of a page before they watch it: each doubt is a sentence that says how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.parser.identity import is_content_id
from shared.records import Entry, Page

OLD = timedelta(days=1)
AHEAD = timedelta(minutes=10)


def cautions(page: Page, *, now: datetime, timezone: str | None) -> Iterator[str]:
    entries = [entry for entry in page.entries if not entry.deleted]
    if not entries:
        yield "The live blog holds no entry yet: look again once it has some."
        return
    yield from _of_times(entries, now, timezone)
    made = sum(is_content_id(entry.id) for entry in entries)
    if made:
        yield (
            f"{made} of {len(entries)} entries have no id of their own that stays (none, shared or positional): one "
            "whose title and time both change counts as deleted and new."
        )
    if not page.complete:
        yield "The page does not prove that it lists every entry: one that leaves the list is not taken for deleted."
    if page.blog.live is False:
        where = f": it goes on at {page.blog.next_url}" if page.blog.next_url else ": watch the one that follows it"
        yield f"The live blog is closed{where}."
    if page.blog.live is None:
        yield "The page does not say whether it is live: it is polled until you remove it."


def _of_times(entries: list[Entry], now: datetime, timezone: str | None) -> Iterator[str]:
    times = [entry.published_at for entry in entries if entry.published_at is not None]
    if missing := len(entries) - len(times):
        zone = "" if timezone else " If it shows times without a zone, name that as the source's timezone."
        which = f"{missing} of {len(entries)} entries have no" if times else "No entry has a"
        yield f"{which} time that can be relied on.{zone}"
    if not times:
        return
    newest = max(times)
    if now - newest > OLD:
        yield f"The newest entry is {(now - newest).days} days old: is this still a live page?"
    if newest - now > AHEAD:
        minutes = round((newest - now).total_seconds() / 60)
        yield f"The newest entry lies {minutes} minutes ahead: is the zone wrong? Name the source's timezone."
