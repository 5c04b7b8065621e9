"""What of the last day a filter would have caught: the gateway asks, one of the notifiers answers."""

from __future__ import annotations

from shared.streams.asking import Desk, Question
from shared.subscriptions.record import Filter


class FilterQuestion(Question, frozen=True, kw_only=True):
    """Answered by an `Explanation`. `since` is in epoch seconds."""

    filter: Filter
    since: float


EXPLAIN = Desk("explain", FilterQuestion, wait=10.0)
