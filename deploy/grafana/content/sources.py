"""How fresh each live blog is, and which fail."""

from __future__ import annotations

from panels import PER_SECOND, SECONDS, Panel

from content.parts import RATE, Board, Row, small

SOURCES = Board(
    "livebell-sources",
    "Livebell: live blogs",
    "How fresh each live blog is, and which fail. By name the 200 that fare worst.",
    [
        Row(
            "All",
            [
                *(
                    small(
                        state.capitalize(),
                        f'max(livebell_sources{{state="{state}"}})',
                        f"Live blogs that are {state}.",
                        **({"limits": (1, 10), "alert": alert} if alert else {}),
                    )
                    for state, alert in (
                        ("live", ""),
                        ("failing", "LivebellSourceFailing"),
                        ("silent", "LivebellSourceSilent"),
                        ("closed", ""),
                    )
                ),
                small(
                    "Latest poll",
                    "max(livebell_sources_overdue_seconds)",
                    "How long the latest of all has waited for its poll.",
                    unit=SECONDS,
                    limits=(30, 120),
                    alert="LivebellSourcesLate",
                ),
                small("Not shown by name", "max(livebell_sources_left_out)", "Beyond the 200 that fare worst."),
                Panel(
                    title="Polls by outcome",
                    queries=[(f"sum by (outcome) (rate(livebell_fetches_total{RATE}))", "{{outcome}}")],
                    tells="unresolvable: DNS; timeout, unreachable: the network; forbidden, rate_limited: the site.",
                    unit=PER_SECOND,
                    stacked=True,
                    alert="LivebellManySourcesFailing",
                    logs=("fetcher", "fetch.failed"),
                ),
                Panel(
                    title="Health told",
                    queries=[
                        (f"sum by (change) (increase(livebell_source_health_total{RATE}))", "{{change}}"),
                        (f"sum by (change) (increase(livebell_blogs_total{RATE}))", "{{change}}"),
                    ],
                    tells="Sources that began to fail, fell silent or recovered; blogs that closed or moved.",
                    logs=("fetcher", "source.failing"),
                    nothing="nothing",
                ),
            ],
        ),
        Row(
            "By name",
            [
                Panel(
                    title="Since the last good look",
                    queries=[
                        ("topk(20, time() - max by (source) (livebell_source_last_ok_timestamp_seconds))", "{{source}}")
                    ],
                    tells="Freshness: the twenty that answered with a page longest ago.",
                    unit=SECONDS,
                    alert="LivebellSourceFailing",
                    logs=("fetcher", "fetch.failed"),
                ),
                Panel(
                    title="Since the newest entry",
                    queries=[
                        (
                            "topk(20, time() - max by (source) (livebell_source_last_entry_timestamp_seconds))",
                            "{{source}}",
                        )
                    ],
                    tells="The twenty that have been quiet longest; a quiet blog is no fault in itself.",
                    unit=SECONDS,
                    alert="LivebellSourceSilent",
                ),
                Panel(
                    title="Overdue polls",
                    queries=[("topk(20, max by (source) (livebell_source_overdue_seconds))", "{{source}}")],
                    tells="Lateness: how long each has waited for its poll.",
                    unit=SECONDS,
                    limits=(30, 120),
                    alert="LivebellSourcesLate",
                ),
                Panel(
                    title="State of each",
                    queries=[("max by (source, state) (livebell_source_state)", "is")],
                    tells="`livebell sources list` names the reason of a failure.",
                    kind="table",
                    alert="LivebellSourceFailing",
                ),
            ],
        ),
    ],
)
