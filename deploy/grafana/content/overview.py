"""Is it flowing, how late, what fails: the board that is looked at first."""

from __future__ import annotations

from panels import PER_SECOND, SECONDS, SHARE, Panel

from content.parts import RATE, Board, Row, quantile, small

FAILED = '{outcome=~"failed|parked|unknown"}'
REFUSED = '{outcome!="delivered"}'

OVERVIEW = Board(
    "livebell-overview",
    "Livebell: overview",
    "Is it flowing, how late, what fails: in five seconds.",
    [
        Row(
            "Is it flowing?",
            [
                small(
                    "Services up",
                    'count(max by (service) (up{job="livebell"}) == 1) or vector(0)',
                    "Of five: fetcher, parser, enricher, notifier, gateway.",
                    limits=(4, 5),
                    worse_below=True,
                    alert="LivebellServiceDown",
                ),
                small(
                    "Left within 2 s",
                    "1 - livebell:late:ratio_1h",
                    "Share of the last hour's alerts that left within 2 s of their page being seen. Promised: 99 %.",
                    unit=SHARE,
                    limits=(0.98, 0.99),
                    worse_below=True,
                    alert="LivebellAlertsLateFast",
                    nothing="no alerts",
                ),
                small(
                    "Accepted or given up knowingly",
                    "1 - livebell:lost:ratio_1h",
                    "Share of the deliveries that ended in the last hour. Promised: 99.9 %.",
                    unit=SHARE,
                    limits=(0.99, 0.999),
                    worse_below=True,
                    alert="LivebellDeliveriesLostFast",
                    nothing="no deliveries",
                ),
                small(
                    "Last canary",
                    "time() - max(livebell_canary_last_arrival_timestamp_seconds)",
                    "Since the last alert of `livebell canary` arrived; one is due each minute.",
                    unit=SECONDS,
                    limits=(90, 180),
                    alert="LivebellCanaryLost",
                    nothing="no canary",
                ),
                small(
                    "Dead letters",
                    "sum(livebell:dead_letters:sum)",
                    "Messages that could not be processed and wait for a person.",
                    limits=(1, 100),
                    alert="LivebellDeadLetters",
                ),
                small(
                    "Alerts that fire",
                    'count(ALERTS{alertstate="firing",alertname!="LivebellWatchdog"}) or vector(0)',
                    "Beside the dead man's switch.",
                    limits=(1, 3),
                ),
            ],
        ),
        Row(
            "How late?",
            [
                Panel(
                    title="Seen to left",
                    queries=[
                        (quantile(q, "livebell_seen_to_left_seconds"), f"p{q * 100:g}") for q in (0.5, 0.95, 0.99)
                    ],
                    tells="From the page being seen to the alert's first attempt going out.",
                    unit=SECONDS,
                    limits=(None, 2),
                    alert="LivebellAlertsLateFast",
                    logs=("notifier", "delivery.attempted"),
                ),
                Panel(
                    title="How late, by stage (p99)",
                    queries=[(quantile(0.99, "livebell_seen_to_stage_seconds", "stage"), "{{stage}}")],
                    tells="From the page being seen to the stage's result. The stage whose line rises is the slow one.",
                    unit=SECONDS,
                    limits=(None, 2),
                    alert="LivebellAlertsLateFast",
                ),
            ],
        ),
        Row(
            "What flows, what waits?",
            [
                Panel(
                    title="Messages committed",
                    queries=[
                        (f'sum by (stream) (rate(livebell_messages_total{{outcome="committed"}}{RATE}))', "{{stream}}")
                    ],
                    tells="By stream. Each entry passes pages, entries, enriched, and deliveries for whom it concerns.",
                    unit=PER_SECOND,
                ),
                Panel(
                    title="Waiting: age of the oldest",
                    queries=[("livebell:group_oldest_seconds:max", "{{stream}} for {{group}}")],
                    tells="The oldest message that each group has not finished; 0 where there is none.",
                    unit=SECONDS,
                    limits=(10, 60),
                    alert="LivebellGroupBehind",
                    logs=("parser", "message.failed"),
                ),
                Panel(
                    title="Waiting: messages",
                    queries=[
                        ("livebell:group_lag:sum", "{{stream}}, unread by {{group}}"),
                        ("livebell:group_pending:sum", "{{stream}}, begun by {{group}}"),
                    ],
                    tells="Unread (lag) and read but not finished (pending).",
                    alert="LivebellGroupBehind",
                ),
                Panel(
                    title="Stream lengths",
                    queries=[("livebell:stream_length:sum", "{{stream}}")],
                    tells="`enriched` is kept for LIVEBELL_RETENTION seconds; the others only until they are done.",
                    alert="LivebellRedisMemoryHigh",
                ),
            ],
        ),
        Row(
            "What fails?",
            [
                Panel(
                    title="Messages that failed",
                    queries=[
                        (
                            f"sum by (stream, outcome) (rate(livebell_messages_total{FAILED}{RATE}))",
                            "{{stream}} {{outcome}}",
                        )
                    ],
                    tells="failed: will be tried again; parked: dead letter; unknown: of a newer version.",
                    unit=PER_SECOND,
                    alert="LivebellDeadLetters",
                    logs=("parser", "message.failed"),
                ),
                Panel(
                    title="Deliveries not accepted",
                    queries=[
                        (
                            f"sum by (channel, outcome) (rate(livebell_deliveries_total{REFUSED}{RATE}))",
                            "{{channel}} {{outcome}}",
                        )
                    ],
                    tells="Attempts: retrying, failed (given up), gone, expired (lost).",
                    unit=PER_SECOND,
                    alert="LivebellEndpointsFailing",
                    logs=("notifier", "delivery.attempted"),
                ),
                Panel(
                    title="Live blogs by state",
                    queries=[("max by (state) (livebell_sources)", "{{state}}")],
                    tells="failing and silent ones are on the board of live blogs by name.",
                    alert="LivebellManySourcesFailing",
                    logs=("fetcher", "fetch.failed"),
                ),
                Panel(
                    title="Background work that failed",
                    queries=[
                        (f"sum by (service, loop) (rate(livebell_loop_failures_total{RATE}))", "{{service}} {{loop}}")
                    ],
                    tells="Tried again each time.",
                    unit=PER_SECOND,
                    alert="LivebellLoopFailing",
                    nothing="none",
                ),
                Panel(
                    title="Versions",
                    queries=[("count by (service, version) (livebell_build_info)", "replicas")],
                    tells="What runs; two versions side by side while an upgrade goes on.",
                    kind="table",
                    alert="LivebellMessagesUnknown",
                ),
                Panel(
                    title="Canary: posted to arrived",
                    queries=[
                        (quantile(0.99, "livebell_canary_seconds"), "p99"),
                        ("sum by (end) (increase(livebell_canary_entries_total[10m]))", "{{end}} in 10 min"),
                    ],
                    tells="From an entry being posted on the canary's blog to its webhook arriving, polling included.",
                    unit=SECONDS,
                    alert="LivebellCanaryLost",
                    nothing="no canary",
                ),
            ],
        ),
    ],
)
