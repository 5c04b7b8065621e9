"""Stories of one run, without a server: what `livebell enrich` reads from one file."""

from __future__ import annotations

from collections import OrderedDict

from msgspec.structs import replace

from services.enricher.stories.alike import claim, story_of
from services.enricher.stories.marks import Marks, Story, found_under, marks_of, own_story, reference
from shared.messages import Enrichment
from shared.records import Entry

MOST_ENTRIES = 50_000
REFERENCES = 6
"""Of the entries that share a field, so many are looked at."""


class RememberedStories:
    def __init__(self) -> None:
        self._marks: OrderedDict[bytes, Marks] = OrderedDict()
        self._index: dict[bytes, list[bytes]] = {}
        self._sources: dict[str, set[str]] = {}

    def join(self, source: str, entry: Entry, about: Enrichment, at: float) -> Story:
        """The story that an entry tells: the one it had, that of an entry like it, or a new one."""
        name, marks = reference(source, entry.id), marks_of(source, entry, about, at)
        fields = found_under(marks)
        story = self._marks[name].story if name in self._marks else self._like(marks, fields) or own_story(name)
        self._keep(name, replace(marks, story=story), fields)
        sources = self._sources.setdefault(story, set())
        sources.add(source)
        return Story(story, len(sources))

    def _like(self, marks: Marks, fields: list[bytes]) -> str | None:
        found = dict.fromkeys(name for field in fields for name in self._index.get(field, ()))
        return story_of(claim(marks, self._marks[name]) for name in found if name in self._marks)

    def _keep(self, name: bytes, marks: Marks, fields: list[bytes]) -> None:
        self._marks[name] = marks
        for field in fields:
            names = self._index.setdefault(field, [])
            if name not in names:
                names.append(name)
                del names[:-REFERENCES]
        if len(self._marks) > MOST_ENTRIES:
            self._forget(*self._marks.popitem(last=False))

    def _forget(self, name: bytes, gone: Marks) -> None:
        """Others may be filed under the same fields."""
        self._sources.pop(gone.story, None)
        for field in found_under(gone):
            if names := [one for one in self._index.pop(field, ()) if one != name]:
                self._index[field] = names
