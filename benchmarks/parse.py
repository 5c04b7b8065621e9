"""Milliseconds to read a large live-blog page of which one entry changed, held against a bare tree and JSON decoding.

The page is generated: 1.2 MB, 428 entries as JSON-LD, the newest 30 of them in the DOM too, with authors of their own.
Read means what the parser does with it: every format, merged, cleaned and compared with what was known. The baseline
builds a Lexbor tree of the same bytes and decodes the JSON-LD with msgspec, and does nothing else. `value` is the page
with one change, after a reading of the page before. In `details`: the first reading of the page; the hash of an
unchanged page, which is all that such a page costs; extruct's JSON-LD and trafilatura on the same page. Times are the
process's own CPU time, medians of rounds in which all take turns. fundus is a peer where an environment of its own has
it: name that one's Python in LIVEBELL_BENCH_FUNDUS.
"""

from __future__ import annotations

import argparse
import gc
import html
import json
import os
import random
import statistics
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import extruct
import msgspec
import trafilatura
from selectolax.lexbor import LexborHTMLParser

from services.parser.difference import Bounds, Difference, Fetched, difference
from services.parser.memo import Memo
from services.parser.reading import read_page

ENTRIES = 428
IN_DOM = 30
PAGE_BYTES = 1_200_000
SITE = "https://news.example"
URL = f"{SITE}/live/north-sea-storm"
NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
BOUNDS = Bounds(max_age=1800.0, entries=10_000)
FUNDUS = Path(__file__).parent / "support" / "fundus_peer.py"
WORDS = (
    "storm water ferry bridge harbour warning dyke rescue police road closed open train island coast evening wind gust "
    "pump shelter school power outage engineer mayor resident car tree roof tide surge level rise fall crew boat night"
).split()
PEOPLE = ("Ana Roth", "Ole Friis", "Mette Holm", "Kim Dahl")


def entries(count: int) -> list[dict[str, Any]]:
    """Entries of three paragraphs, 750 characters, newest first; the same for the same count."""
    draw = random.Random(7)

    def sentence() -> str:
        words = " ".join(draw.choices(WORDS, k=draw.randint(8, 22)))
        return f"{words.capitalize()}, “{draw.choice(PEOPLE)}” said & wrote at {draw.randint(1, 60)} m/s."

    return [
        {
            "id": str(900_000 - number),
            "title": " ".join(draw.choices(WORDS, k=9)).capitalize(),
            "paragraphs": [" ".join(sentence() for _ in range(2)) for _ in range(3)],
            "at": NOW - timedelta(minutes=3 * number + 1),
            "author": draw.choice(PEOPLE),
        }
        for number in range(count)
    ]


def page(listed: list[dict[str, Any]]) -> bytes:
    """The page as a publisher of the Reach kind would send it, filled up to its size with scripts and styles."""
    authors = [{"@type": "Person", "name": name, "sameAs": f"{SITE}/authors/{name[:3].lower()}/"} for name in PEOPLE]
    logo = {"@type": "ImageObject", "url": f"{SITE}/static/images/logo.png", "width": 260, "height": 60}
    image = {"@type": "ImageObject", "url": f"{SITE}/incoming/article1.ece/ALTERNATES/s615/storm.jpg", "width": 615}
    updates = [
        {
            "@type": "BlogPosting",
            "headline": html.escape(entry["title"]),
            "url": f"{URL}#{entry['id']}",
            "datePublished": entry["at"].isoformat(),
            "dateModified": entry["at"].isoformat(),
            "articleBody": html.escape(" ".join(entry["paragraphs"])),
            "author": authors,
            "publisher": {"@type": "Organization", "name": "news", "url": SITE, "logo": logo},
            "image": image | {"height": 409},
            "mainEntityOfPage": {"@type": "WebPage", "@id": URL},
        }
        for entry in listed
    ]
    posting = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "url": URL,
        "headline": "North Sea storm latest",
        "coverageStartTime": NOW.isoformat(),
        "author": authors,
        "liveBlogUpdate": updates,
    }
    shown = "".join(
        f'<div class="live-event-entry" id="{entry["id"]}" data-type="default" data-post-time="{ms(entry["at"])}" '
        f'data-last-modified-time="{ms(entry["at"])}"><div class="entry-info"><time>12:00</time><mark>{entry["author"]}'
        f'</mark></div><div class="entry-content"><h3>{html.escape(entry["title"])}</h3>'
        f"{''.join(f'<p>{html.escape(part)}</p>' for part in entry['paragraphs'])}</div></div>"
        for entry in listed[:IN_DOM]
    )
    head = f'<script type="application/ld+json">{json.dumps(posting, ensure_ascii=False)}</script>'
    around = '<li class="nav-item"><a href="/news/weather" data-track="menu">Weather</a></li>' * 700
    body = f"<!doctype html><html><head><title>Storm</title>{head}</head><body><ul>{around}</ul>"
    body += f'<main><article><div class="article-body">{shown}</div></article></main>'
    script = "window.settings.push({slot: 'banner', sizes: [[300, 250], [728, 90]], lazy: true});\n"
    filling = script * max(0, (PAGE_BYTES - len(body.encode())) // len(script))
    return f"{body}<script>{filling}</script></body></html>".encode()


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def bare(body: bytes) -> object:
    tree = LexborHTMLParser(body)
    return [msgspec.json.decode(node.text()) for node in tree.css('script[type="application/ld+json"]')]


class Reader:
    """Reads pages of one source in turn, as the parser does."""

    def __init__(self) -> None:
        self.memo = Memo()
        self.last: Difference | None = None
        self.seq = 0

    def read(self, body: bytes) -> Difference:
        self.seq += 1
        found = read_page(body, url=URL, content_type="text/html; charset=utf-8", fetched_at=NOW, memo=self.memo)
        known = self.last.known if self.last else None
        at = NOW.timestamp() + self.seq
        fetched = Fetched(source="storm", seq=self.seq, seen=at, parsed=at)
        self.last = difference(known, found, fetched, BOUNDS)
        return self.last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--full", action="store_true", help="ten times the rounds")
    options = parser.parse_args()
    rounds = options.rounds * 10 if options.full else options.rounds

    listed = entries(ENTRIES)
    edited = [dict(entry) for entry in listed]
    edited[10]["paragraphs"] = [*edited[10]["paragraphs"][:2], "The bridge at Vejle is open again."]
    pages = page(listed), page(edited)
    reader = Reader()
    reader.read(pages[1])
    turn = iter(range(10**9))

    def changed() -> object:
        found = reader.read(pages[next(turn) % 2])
        assert len(found.entries) == 1, "one entry changed, and one alone"
        return found

    def first() -> object:
        found = Reader().read(pages[0])
        assert len(found.entries) == ENTRIES
        return found

    text = pages[0].decode()
    works: dict[str, Callable[[], object]] = {
        "bare": lambda: bare(pages[0]),
        "changed": changed,
        "first": first,
        "unchanged": lambda: blake2b(pages[0], digest_size=16).digest(),
        "extruct": lambda: extruct.extract(text, base_url=URL, syntaxes=["json-ld"]),
        "trafilatura": lambda: trafilatura.bare_extraction(text, url=URL),
    }
    gc.collect()
    gc.freeze()  # what the peers brought along is no work of the parser's
    taken = {name: statistics.median(times) * 1000 for name, times in measure(works, rounds).items()}
    result = {
        "name": "parse",
        "value": round(taken["changed"], 3),
        "unit": "ms a page",
        "baseline": round(taken["bare"], 3),
        "ratio": round(taken["bare"] / taken["changed"], 3),
        "details": {
            "page_bytes": len(pages[0]),
            "entries": ENTRIES,
            "entries_in_dom": IN_DOM,
            "changed_times_bare": round(taken["changed"] / taken["bare"], 2),
            "first_reading_ms": round(taken["first"], 3),
            "first_times_bare": round(taken["first"] / taken["bare"], 2),
            "unchanged_hash_ms": round(taken["unchanged"], 3),
            "extruct_ms": round(taken["extruct"], 3),
            "trafilatura_ms": round(taken["trafilatura"], 3),
            "rounds": rounds,
        }
        | fundus(text),
    }
    print(json.dumps(result))


def fundus(page: str) -> dict[str, float]:
    """Its median, in a process of its own, where it is there."""
    if (python := os.environ.get("LIVEBELL_BENCH_FUNDUS")) is None:
        return {}
    told = subprocess.run([python, FUNDUS], input=page, capture_output=True, text=True, check=True).stdout
    return {"fundus_ms": round(float(told), 3)}


def measure(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each, taken in turns so that a slow moment of the machine hits all."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            started = time.process_time()
            work()
            if number:  # the first round warms up
                times[name].append(time.process_time() - started)
    return times


if __name__ == "__main__":
    main()
