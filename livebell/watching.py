"""What services' metrics say, put into the lines that `livebell top` shows. Plain values: no HTTP, no terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from livebell import spelled

Labels: TypeAlias = frozenset[tuple[str, str]]
PROMISED_SECONDS, PROMISED_SHARE = 2.0, 0.99
STREAMS = ("pages", "read", "entries", "enriched", "weighing", "deliveries")
STATES = ("live", "new", "silent", "failing", "closed", "stopped")
BAD, GOOD, PLAIN = "bad", "good", ""
WORST = 5
FULL_SHARE = 0.9
DOWN, STOPPED, BEHIND, PARKED = (
    "LivebellServiceDown",
    "LivebellConsumersStopped",
    "LivebellGroupBehind",
    "LivebellDeadLetters",
)
LATE, LOST, FAILING = "LivebellAlertsLateFast", "LivebellDeliveriesLostFast", "LivebellSourceFailing"
REDIS, UNKEPT, FULL = "LivebellRedisDown", "LivebellRedisNotPersistent", "LivebellRedisMemoryFull"
"""The runbook's entries."""
OLD_SECONDS = 60.0


class Line(Struct, frozen=True):
    """A line, how it is to look (BAD, GOOD or PLAIN), and of a BAD one what to do."""

    text: str
    look: str = PLAIN
    do: str = ""


class Metrics:
    """One reading of some services' metrics, by service; None for one that does not answer."""

    def __init__(self, texts: Mapping[str, str | None], at: float) -> None:
        self.at = at
        self.services = {name: text is not None for name, text in texts.items()}
        self._values: dict[str, dict[tuple[str, Labels], float]] = {}
        for service, text in texts.items():
            for family in text_string_to_metric_families(text or ""):
                for sample in family.samples:
                    labels = frozenset(sample.labels.items())
                    self._values.setdefault(sample.name, {})[service, labels] = sample.value

    def select(self, name: str, service: str = "", **labels: str) -> Iterator[tuple[dict[str, str], float]]:
        wanted = set(labels.items())
        for (whose, given), value in self._values.get(name, {}).items():
            if wanted <= given and service in {"", whose}:
                yield dict(given), value

    def total(self, name: str, service: str = "", **labels: str) -> float:
        return sum(value for _, value in self.select(name, service, **labels))

    def most(self, name: str, service: str = "", **labels: str) -> float | None:
        """Of what several processes show, each the same thing."""
        return max((value for _, value in self.select(name, service, **labels)), default=None)

    def summed(self, name: str, **labels: str) -> float:
        """Over the tags, of each what most show."""
        by_tag: dict[str, float] = {}
        for given, value in self.select(name, **labels):
            by_tag[given.get("tag", "")] = max(value, by_tag.get(given.get("tag", ""), 0.0))
        return sum(by_tag.values())


def lines(before: Metrics, now: Metrics) -> list[Line]:
    """The screen; rates are those between the two readings. What to do about what is bad stands first."""
    shown = [
        *_services(before, now),
        Line(""),
        *_promise(before, now),
        Line(""),
        *_streams(before, now),
        Line(""),
        *_deliveries(before, now),
        Line(""),
        *_sources(now),
        *_redis(now),
    ]
    todo = dict.fromkeys(line.do for line in shown if line.do)
    first = [Line(f"TO DO       {do}", BAD) for do in todo] or [Line("TO DO       nothing", GOOD)]
    return [*first, Line(""), *shown]


def see(alert: str, do: str) -> str:
    """`alert` is the runbook's entry."""
    return f"{do} [{alert}]"


def _services(before: Metrics, now: Metrics) -> Iterator[Line]:
    yield Line(f"{'SERVICE':<12}{'works':>8}{'CPU':>8}{'memory':>10}{'up for':>10}{'failed/s':>10}")
    for name, answers in now.services.items():
        if not answers:
            yield Line(f"{name:<12}{'no answer':>8}", BAD, see(DOWN, f"start the {name}; its log says why it ended"))
            continue
        works = now.most("livebell_consumers_running", name) == 1 or name == "canary"
        cpu = _rate(before, now, "livebell_process_cpu_seconds_total", name)
        memory = now.most("livebell_process_resident_memory_bytes", name) or 0.0
        started = now.most("livebell_process_start_time_seconds", name) or now.at
        failed = _rate(before, now, "livebell_messages_total", name, outcome="failed")
        text = f"{name:<12}{'yes' if works else 'no':>8}{cpu:>8.0%}{spelled.size(memory):>10}"
        do = "" if works else see(STOPPED, f"see what the {name} lacks: its /readyz, its log")
        do = do or (see(BEHIND, f"see what fails: the {name}'s log, message.failed") if failed else "")
        yield Line(f"{text}{spelled.span(now.at - started):>10}{failed:>10.1f}", BAD if do else PLAIN, do)


def _promise(before: Metrics, now: Metrics) -> Iterator[Line]:
    name = "livebell_seen_to_left_seconds"
    buckets = _buckets(before, now, name) or _buckets(None, now, name)
    count = buckets[-1][1] if buckets else 0.0
    if not count:
        yield Line("ALERTS      none has left yet")
        return
    within = next(value for bound, value in buckets if bound >= PROMISED_SECONDS) / count
    p50, p99 = (spelled.seconds(_quantile(share, buckets)) for share in (0.5, 0.99))
    told = f"p50 {p50}, p99 {p99} after being seen"
    good = within >= PROMISED_SHARE
    do = "" if good else see(LATE, "see which stage is late, and give it more replicas")
    yield Line(f"ALERTS      {within:.1%} left within {PROMISED_SECONDS:g} s; {told}", GOOD if good else BAD, do)


def _streams(before: Metrics, now: Metrics) -> Iterator[Line]:
    yield Line(f"{'STREAM':<12}{'length':>8}{'done/s':>8}{'unread':>10}{'begun':>10}{'oldest':>10}{'dead':>10}")
    for stream in STREAMS:
        length, dead = (
            now.summed("livebell_stream_length", stream=stream),
            now.summed("livebell_dead_letters", stream=stream),
        )
        done = _rate(before, now, "livebell_messages_total", stream=stream, outcome="committed")
        unread, begun = (
            now.summed("livebell_group_lag", stream=stream),
            now.summed("livebell_group_pending", stream=stream),
        )
        oldest = now.most("livebell_group_oldest_seconds", stream=stream) or 0.0
        text = f"{stream:<12}{length:>8.0f}{done:>8.1f}{unread:>10.0f}{begun:>10.0f}"
        text += f"{spelled.span(oldest):>10}{dead:>10.0f}"
        do = see(PARKED, "`livebell dead list` says what was parked and why") if dead else ""
        do = do or (see(BEHIND, f"see who is behind on `{stream}`") if oldest > OLD_SECONDS else "")
        yield Line(text, BAD if do else PLAIN, do)


def _deliveries(before: Metrics, now: Metrics) -> Iterator[Line]:
    yield Line(f"{'CHANNEL':<12}{'sent/s':>8}{'retry/s':>8}{'given up':>10}{'gone':>10}{'lost':>10}")
    channels = sorted({given["channel"] for given, _ in now.select("livebell_deliveries_total")})
    for channel in channels:
        sent = _rate(before, now, "livebell_deliveries_total", channel=channel, outcome="delivered")
        again = _rate(before, now, "livebell_deliveries_total", channel=channel, outcome="retrying")
        ends = [
            now.total("livebell_deliveries_total", channel=channel, outcome=end)
            for end in ("failed", "gone", "expired")
        ]
        text = f"{channel:<12}{sent:>8.1f}{again:>8.1f}{ends[0]:>10.0f}{ends[1]:>10.0f}{ends[2]:>10.0f}"
        yield Line(text, BAD, see(LOST, "see what was lost")) if ends[2] else Line(text)
    waiting = now.summed("livebell_retries_waiting")
    kept, open_now = now.most("livebell_subscriptions_kept"), now.most("livebell_circuits", state="open") or 0
    yield Line(
        f"            subscriptions {kept or 0:.0f}, deliveries waiting {waiting:.0f}, circuits open {open_now:.0f}"
    )


def _sources(now: Metrics) -> Iterator[Line]:
    counts = {state: now.most("livebell_sources", state=state) or 0 for state in STATES}
    shown = ", ".join(f"{count:.0f} {state}" for state, count in counts.items() if count)
    do = see(FAILING, "`livebell sources list` says why a live blog fails") if counts["failing"] else ""
    yield Line(f"LIVE BLOGS  {shown or 'none'}", BAD if do else PLAIN, do)
    worst = {given["source"]: given["state"] for given, _ in now.select("livebell_source_state")}
    for source in [name for name, state in sorted(worst.items()) if state in {"failing", "silent"}][:WORST]:
        last = now.most("livebell_source_last_ok_timestamp_seconds", source=source)
        since = f"last seen {spelled.span(now.at - last)} ago" if last else "never seen"
        yield Line(f"            {source}: {worst[source]}, {since}", BAD)


def _redis(now: Metrics) -> Iterator[Line]:
    up = now.most("livebell_redis_up")
    if up is None:
        yield Line("REDIS       not known: the gateway does not answer", BAD)
        return
    used, limit = (
        now.most("livebell_redis_memory_used_bytes") or 0.0,
        now.most("livebell_redis_memory_limit_bytes") or 0.0,
    )
    kept = now.most("livebell_redis_persistence") == 1 and not now.most("livebell_redis_persistence_failed")
    text = f"REDIS       {'answers' if up else 'does not answer'}; {spelled.size(used)} of {spelled.size(limit)}; "
    do = "" if up else see(REDIS, "bring Redis back; what it held is kept")
    do = do or ("" if kept else see(UNKEPT, "let Redis write to disk"))
    do = do or (
        see(FULL, "give Redis more memory: full, it takes nothing") if limit and used > FULL_SHARE * limit else ""
    )
    yield Line(text + ("on disk" if kept else "NOT on disk"), BAD if do else PLAIN, do)


def _rate(before: Metrics, now: Metrics, name: str, service: str = "", **labels: str) -> float:
    seconds = now.at - before.at
    more = now.total(name, service, **labels) - before.total(name, service, **labels)
    return max(0.0, more / seconds) if seconds > 0 else 0.0


def _buckets(before: Metrics | None, now: Metrics, name: str) -> Sequence[tuple[float, float]]:
    """(upper bound, how many up to it) of what was observed since `before`; empty where nothing was."""
    found: dict[float, float] = {}
    for reading, sign in ((now, 1), (before, -1)):
        for given, value in reading.select(f"{name}_bucket") if reading else ():
            found[float(given["le"])] = found.get(float(given["le"]), 0.0) + sign * value
    shown = sorted(found.items())
    return shown if shown and shown[-1][1] > 0 else []


def _quantile(share: float, buckets: Iterable[tuple[float, float]]) -> float:
    """Within the bucket in a straight line, as Prometheus does it."""
    buckets = list(buckets)
    rank, low, under = share * buckets[-1][1], 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if bound == float("inf") or count == under:
                return low
            return low + (bound - low) * (rank - under) / (count - under)
        low, under = bound, count
    return low
