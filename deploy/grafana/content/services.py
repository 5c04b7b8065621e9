"""The services' own parts of their boards."""

from __future__ import annotations

from panels import PER_SECOND, SECONDS, Panel

from content.parts import RATE, quantile
from content.service import service_board

FETCHER = service_board(
    "fetcher",
    "Looks at pages, politely.",
    [
        Panel(
            title="Polls by outcome",
            queries=[(f"sum by (outcome) (rate(livebell_fetches_total{RATE}))", "{{outcome}}")],
            tells="changed and unchanged are well; held: the last pages are not read yet; the rest are failures.",
            unit=PER_SECOND,
            stacked=True,
            alert="LivebellSourceFailing",
            logs=("fetcher", "fetch.failed"),
        ),
        Panel(
            title="Time of a fetch",
            queries=[(quantile(q, "livebell_fetch_seconds"), f"p{q * 100:g}") for q in (0.5, 0.99)],
            tells="From the request to the whole answer: the sites' doing.",
            unit=SECONDS,
        ),
        Panel(
            title="Lateness of polls",
            queries=[(quantile(q, "livebell_fetch_lateness_seconds"), f"p{q * 100:g}") for q in (0.5, 0.99)],
            tells="How long after its time a source is polled: our doing.",
            unit=SECONDS,
            limits=(5, 30),
            alert="LivebellSourcesLate",
        ),
        Panel(
            title="Under way and waiting",
            queries=[
                ("sum(livebell_fetches_running)", "under way"),
                ("sum(livebell_fetches_waiting)", "waiting for their host"),
                ("max(livebell_fetching_paused)", "paused"),
            ],
            tells="Against LIVEBELL_FETCHES_AT_ONCE; paused is 1 while the parsers are behind.",
            alert="LivebellFetchingPaused",
            logs=("fetcher", "fetch.paused"),
        ),
        Panel(
            title="Bytes of pages",
            queries=[(f"sum(rate(livebell_fetched_bytes_total{RATE}))", "decoded")],
            tells="Of pages that had changed.",
            unit="Bps",
        ),
        Panel(
            title="Put off",
            queries=[
                (f"sum by (why) (rate(livebell_fetches_put_off_total{RATE}))", "{{why}}"),
                (f"sum by (kind, outcome) (rate(livebell_fetches_aside_total{RATE}))", "{{kind}} {{outcome}}"),
                (f"sum by (outcome) (rate(livebell_robots_total{RATE}))", "robots.txt {{outcome}}"),
            ],
            tells="Polls put off for their host or after an outage; requests beside the page itself.",
            unit=PER_SECOND,
            nothing="none",
        ),
    ],
)
PARSER = service_board(
    "parser",
    "Pages into entries, and what is new of them.",
    [
        Panel(
            title="Pages by format",
            queries=[(f"sum by (format) (rate(livebell_pages_total{RATE}))", "{{format}}")],
            tells="`none`: no live blog found; `old`: came after a newer one.",
            unit=PER_SECOND,
            stacked=True,
            alert="LivebellPagesUnreadable",
            logs=("parser", "page.unreadable"),
        ),
        Panel(
            title="Time of a page",
            queries=[(quantile(q, "livebell_parse_seconds"), f"p{q * 100:g}") for q in (0.5, 0.99)],
            tells="To read and compare one page.",
            unit=SECONDS,
            limits=(0.1, 1),
            alert="LivebellGroupBehind",
            logs=("parser", "page.parsed"),
        ),
        Panel(
            title="Entries by change",
            queries=[
                (f"sum by (change, quiet) (rate(livebell_entries_changed_total{RATE}))", "{{change}}, quiet {{quiet}}")
            ],
            tells="Quiet ones were taken in without alerting: a first sight, or too old.",
            unit=PER_SECOND,
            stacked=True,
        ),
        Panel(
            title="Readers that broke",
            queries=[(f"sum by (format) (rate(livebell_readers_failed_total{RATE}))", "{{format}}")],
            tells="A page broke a format's reader; the other readers may have read it.",
            unit=PER_SECOND,
            alert="LivebellReaderBroken",
            nothing="none",
        ),
        Panel(
            title="Doubts",
            queries=[(f"sum by (reason) (rate(livebell_page_doubts_total{RATE}))", "{{reason}}")],
            tells="What could not be read for certain.",
            unit=PER_SECOND,
            logs=("parser", "page.parsed"),
            nothing="none",
        ),
        Panel(
            title="Age of entries when seen",
            queries=[(quantile(q, "livebell_published_to_seen_seconds"), f"p{q * 100:g}") for q in (0.5, 0.95)],
            tells="By the page's own time: how late a poll comes, and how late the site shows what it dates earlier.",
            unit=SECONDS,
        ),
    ],
)
ENRICHER = service_board(
    "enricher",
    "What entries are about.",
    [
        Panel(
            title="Time of an entry",
            queries=[(quantile(q, "livebell_enrich_seconds"), f"p{q * 100:g}") for q in (0.5, 0.99)],
            tells="To find language, places, people, figures, topics and urgency.",
            unit=SECONDS,
            limits=(0.05, 0.5),
            alert="LivebellGroupBehind",
        ),
        Panel(
            title="Entries by language",
            queries=[(f"topk(10, sum by (language) (rate(livebell_entries_enriched_total{RATE})))", "{{language}}")],
            tells="The ten that come most.",
            unit=PER_SECOND,
            stacked=True,
        ),
    ],
)
NOTIFIER = service_board(
    "notifier",
    "Who is told, and telling them; the deliveries have a board of their own.",
    [
        Panel(
            title="Matches",
            queries=[(f"sum by (channel) (rate(livebell_matches_total{RATE}))", "{{channel}}")],
            tells="Subscriptions that an event concerned.",
            unit=PER_SECOND,
        ),
        Panel(
            title="Time to match an event",
            queries=[(quantile(q, "livebell_match_seconds"), f"p{q * 100:g}") for q in (0.5, 0.99)],
            tells="Against all subscriptions.",
            unit=SECONDS,
            limits=(0.05, 0.5),
            alert="LivebellGroupBehind",
        ),
        Panel(
            title="Subscriptions",
            queries=[("max(livebell_subscriptions)", "active"), ("max(livebell_subscriptions_kept)", "kept")],
            tells="Active ones are held in memory for matching.",
        ),
        Panel(
            title="Preferences",
            queries=[
                (f"sum by (action) (rate(livebell_weighed_total{RATE}))", "{{action}}"),
                (f"sum by (channel) (rate(livebell_digests_total{RATE}))", "digests by {{channel}}"),
            ],
            tells="What became of matches of subscribers with preferences.",
            unit=PER_SECOND,
            nothing="nobody has preferences",
        ),
    ],
)
GATEWAY = service_board(
    "gateway",
    "The API, the page, the streams and feeds.",
    [
        Panel(
            title="Requests by route",
            queries=[(f"sum by (route) (rate(livebell_http_requests_total{RATE}))", "{{route}}")],
            tells="Addresses that belong to no route are `other`.",
            unit="reqps",
            stacked=True,
        ),
        Panel(
            title="Errors by route",
            queries=[
                (
                    f'sum by (route, status) (rate(livebell_http_requests_total{{status!~"2xx|3xx"}}{RATE}))',
                    "{{route}} {{status}}",
                )
            ],
            tells="4xx are the clients' doing, 5xx and broken ours.",
            unit="reqps",
            alert="LivebellGatewayErrors",
            nothing="none",
        ),
        Panel(
            title="Time by route (p99)",
            queries=[(quantile(0.99, "livebell_http_request_seconds", "route"), "{{route}}")],
            tells="Until the answer began.",
            unit=SECONDS,
            limits=(0.5, 1),
            alert="LivebellGatewaySlow",
        ),
        Panel(
            title="Open streams",
            queries=[("sum by (instance) (livebell_open_streams)", "{{instance}}")],
            tells="Listeners of Server-Sent Events; 10,000 at most in one process.",
            limits=(8000, 10000),
        ),
    ],
)
