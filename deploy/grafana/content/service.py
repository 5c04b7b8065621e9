"""What every service's board begins with: it runs; rate, errors and duration."""

from __future__ import annotations

from collections.abc import Sequence

from panels import BYTES, PER_SECOND, SECONDS, SHARE, Panel

from content.parts import RATE, Board, Row, quantile, small


def service_board(name: str, tells: str, own: Sequence[Panel]) -> Board:
    here = f'{{service="{name}"}}'
    streams = f"sum by (stream, outcome) (rate(livebell_messages_total{here}{RATE}))"
    rows = [
        Row(
            "Runs",
            [
                small(
                    "Replicas",
                    f'count(up{{job="livebell",service="{name}"}} == 1) or vector(0)',
                    "That Prometheus reaches.",
                    limits=(None, 1),
                    worse_below=True,
                    alert="LivebellServiceDown",
                ),
                small(
                    "Working",
                    f"min(livebell_consumers_running{here})",
                    "1 while all replicas have started and their consumers run.",
                    limits=(None, 1),
                    worse_below=True,
                    alert="LivebellConsumersStopped",
                    logs=(name, "consumer.restarted"),
                ),
                small(
                    "Youngest",
                    f"time() - max(livebell_process_start_time_seconds{here})",
                    "Since the last start of a replica.",
                    unit=SECONDS,
                    alert="LivebellRestarting",
                ),
                Panel(
                    title="CPU",
                    queries=[(f"rate(livebell_process_cpu_seconds_total{here}{RATE})", "{{instance}}")],
                    tells="Cores; a replica uses one at most.",
                    unit=SHARE,
                    limits=(0.7, 0.9),
                    width=6,
                    alert="LivebellAlertsLateFast",
                ),
                Panel(
                    title="Memory",
                    queries=[(f"livebell_process_resident_memory_bytes{here}", "{{instance}}")],
                    tells="Resident.",
                    unit=BYTES,
                    width=6,
                    alert="LivebellRestarting",
                ),
            ],
        )
    ]
    if name != "gateway":
        rows.append(
            Row(
                "Rate, errors, duration",
                [
                    Panel(
                        title="Messages by outcome",
                        queries=[(streams, "{{stream}} {{outcome}}")],
                        tells="elsewhere: another replica committed it; stale: computed again.",
                        unit=PER_SECOND,
                        alert="LivebellDeadLetters",
                        logs=(name, "message.failed"),
                    ),
                    Panel(
                        title="Time of a batch",
                        queries=[
                            (quantile(q, "livebell_batch_seconds", "stream", here), f"{{{{stream}}}} p{q * 100:g}")
                            for q in (0.5, 0.99)
                        ],
                        tells="To handle and commit one batch.",
                        unit=SECONDS,
                        alert="LivebellGroupBehind",
                    ),
                ],
            )
        )
    return Board(f"livebell-{name}", f"Livebell: {name}", tells, [*rows, Row("What it does", own)])
