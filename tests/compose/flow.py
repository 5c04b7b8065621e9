"""A blog that posts steadily, a ledger of what it posted, and what of it arrived and lies inside."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.compose.project import Project, call

POST_SECONDS = 0.4
ARRIVE_SECONDS = 120.0
INSIDE = (Path(__file__).parent / "inside.py").read_text()


class Flow:
    """Subscribed and watched from the start; everything posted must ring once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.posted: list[str] = []
        self._numbers = itertools.count()
        channel = {"type": "webhook", "url": "http://outside:9000/hook"}
        call(f"{project.gateway}/api/v1/subscriptions", {"channel": channel})
        self._post("old")
        call(f"{project.gateway}/api/v1/sources", {"id": "storm", "url": "http://outside:9000/storm", "every": 1})
        until(lambda: self._known() == ["old"])

    def post(self) -> str:
        name = f"post-{next(self._numbers)}"
        self._post(name)
        self.posted.append(name)
        return name

    @contextmanager
    def posting(self) -> Iterator[None]:
        """Posts without a pause for as long as the block runs; some before it begins and after it ended."""
        stop = threading.Event()

        def work() -> None:
            while not stop.wait(POST_SECONDS):
                self.post()

        before = len(self.posted)
        writer = threading.Thread(target=work)
        writer.start()
        try:
            until(lambda: len(self.posted) > before + 2)
            yield
            after = len(self.posted)
            until(lambda: len(self.posted) > after + 2)
        finally:
            stop.set()
            writer.join()

    def check(self) -> None:
        """All that was posted arrives; nothing is doubled inside; nothing is parked; a repeat bears the same id."""
        until(lambda: not self.missing(), self.missing)
        ids: dict[str, set[str]] = {}
        for delivery, entry in self._rung():
            ids.setdefault(entry, set()).add(delivery)
        assert {entry: of for entry, of in ids.items() if len(of) > 1} == {}
        inside = json.loads(self.project.python("gateway", INSIDE))
        assert inside["dead"] == {}
        assert Counter(inside["created"]) == Counter(self.posted)

    def missing(self) -> list[str]:
        return sorted(set(self.posted) - {entry for _, entry in self._rung()})

    def _rung(self) -> list[tuple[str, str]]:
        return [(delivery, entry) for delivery, entry in call(f"{self.project.outside}/rung")]

    def _known(self) -> list[str]:
        return [entry["id"] for entry in call(f"{self.project.gateway}/api/v1/entries?source=storm")["entries"]]

    def _post(self, name: str) -> None:
        text = f"Crews in Denmark answered call {name} at the harbour."
        call(f"{self.project.outside}/posts", {"id": name, "title": f"Report {name} from Esbjerg", "text": text})


def until(
    holds: Callable[[], bool], told: Callable[[], object] | None = None, *, seconds: float = ARRIVE_SECONDS
) -> None:
    """Waits until it holds; an answer that does not come (a gateway that starts) is asked for again."""
    deadline = time.monotonic() + seconds
    while not _holds(holds):
        assert time.monotonic() < deadline, f"did not hold within {seconds:.0f} s: {told() if told else ''}"
        time.sleep(0.2)


def _holds(holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    except OSError:
        return False
