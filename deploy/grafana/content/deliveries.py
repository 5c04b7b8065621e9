"""What goes out, how fast, and what endpoints make of it."""

from __future__ import annotations

from panels import PER_SECOND, SECONDS, SHARE, Panel

from content.parts import RATE, Board, Row, quantile

DELIVERIES = Board(
    "livebell-deliveries",
    "Livebell: deliveries",
    "What goes out, how fast, and what endpoints make of it.",
    [
        Row(
            "Promised",
            [
                Panel(
                    title="Left within 2 s",
                    queries=[(f"1 - livebell:late:ratio_{w}", w) for w in ("5m", "1h", "6h")],
                    tells="Share of alerts, in windows of three lengths. Promised: 99 %.",
                    unit=SHARE,
                    alert="LivebellAlertsLateFast",
                ),
                Panel(
                    title="Lost",
                    queries=[
                        ("livebell:lost:increase_1h", "lost within the hour"),
                        ("livebell:lost:increase_1d", "lost within the day"),
                    ],
                    tells="Deliveries that expired and batches parked: neither accepted nor given up knowingly.",
                    limits=(None, 1),
                    alert="LivebellDeliveriesLostFast",
                    logs=("notifier", "delivery.expired"),
                ),
            ],
        ),
        Row(
            "Attempts",
            [
                Panel(
                    title="Attempts by outcome",
                    queries=[
                        (
                            f"sum by (channel, outcome) (rate(livebell_deliveries_total{RATE}))",
                            "{{channel}} {{outcome}}",
                        )
                    ],
                    tells="delivered, retrying, failed (given up after the whole schedule), gone, expired.",
                    unit=PER_SECOND,
                    stacked=True,
                    alert="LivebellEndpointsFailing",
                    logs=("notifier", "delivery.attempted"),
                ),
                Panel(
                    title="Which attempt succeeds",
                    queries=[
                        (
                            f'sum by (channel, attempt) (rate(livebell_deliveries_total{{outcome="delivered"}}{RATE}))',
                            "{{channel}}, attempt {{attempt}}",
                        )
                    ],
                    tells="The first, for healthy endpoints.",
                    unit=PER_SECOND,
                    stacked=True,
                ),
                Panel(
                    title="Seen to accepted",
                    queries=[
                        (quantile(q, "livebell_seen_to_delivered_seconds", "channel"), f"{{{{channel}}}} p{q * 100:g}")
                        for q in (0.5, 0.99)
                    ],
                    tells="The whole: from the page being seen to the first attempt being accepted.",
                    unit=SECONDS,
                    limits=(None, 2),
                    alert="LivebellAlertsLateFast",
                ),
                Panel(
                    title="Time of an endpoint",
                    queries=[
                        (quantile(q, "livebell_delivery_seconds", "channel"), f"{{{{channel}}}} p{q * 100:g}")
                        for q in (0.5, 0.99)
                    ],
                    tells="From the request to the answer: theirs, not ours.",
                    unit=SECONDS,
                    alert="LivebellEndpointsFailing",
                ),
            ],
        ),
        Row(
            "What waits",
            [
                Panel(
                    title="Retries waiting",
                    queries=[
                        ("sum(max by (tag) (livebell_retries_waiting))", "waiting"),
                        ("max(livebell_retries_overdue_seconds)", "seconds overdue"),
                    ],
                    tells="Deliveries between two attempts.",
                    alert="LivebellRetriesOverdue",
                ),
                Panel(
                    title="Circuits",
                    queries=[("sum by (state) (livebell_circuits)", "{{state}}")],
                    tells="Endpoints that are left alone for a while since they fail steadily.",
                    alert="LivebellCircuitsOpen",
                    nothing="none open",
                ),
            ],
        ),
    ],
)
