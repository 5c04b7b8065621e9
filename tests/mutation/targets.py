"""What is mutated, and the tests that must notice."""

from __future__ import annotations

from msgspec import Struct

PARSER, NOTIFIER, SHARED = "services/parser/tests", "services/notifier/tests", "shared/tests"


class Target(Struct, frozen=True):
    files: tuple[str, ...]
    tests: tuple[str, ...]
    """The quickest first: a mutant is done with at the first test that fails."""
    seconds: float = 60.0
    """A mutant that takes longer counts as noticed."""


TARGETS = {
    "difference": Target(
        files=("services/parser/difference.py", "services/parser/edits.py"),
        tests=(f"{PARSER}/test_difference.py", f"{PARSER}/test_histories.py"),
    ),
    "match": Target(
        files=(
            "services/notifier/matching/postings.py",
            "services/notifier/matching/matcher.py",
            "shared/filters/evaluate.py",
        ),
        tests=tuple(f"{NOTIFIER}/test_{name}.py" for name in ("postings", "evaluate", "reasons", "weighing", "index")),
        seconds=90.0,
    ),
    "sign": Target(
        files=tuple(f"services/notifier/{name}.py" for name in ("standard_webhooks", "webpush", "vapid")),
        tests=tuple(f"{NOTIFIER}/test_{name}.py" for name in ("standard_webhooks", "webpush", "vapid")),
    ),
    "hop": Target(
        files=("shared/streams/hop.py", "shared/streams/commit.py"),
        tests=tuple(f"{SHARED}/test_{name}.py" for name in ("commit", "hop", "consumer")),
    ),
}
