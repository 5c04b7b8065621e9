"""The command line as a person or a script calls it."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis.asyncio import Redis

from livebell.cli import COMMANDS, main
from livebell.commands.config import settings_of
from livebell.commands.run import SERVICES
from livebell.replay.page import render
from livebell.replay.playback import Clock, retimed, state_at
from livebell.replay.recording import DEMO, load_recording
from livebell.replay.server import playing
from shared.connection import connect
from shared.keys import ENTRIES, key
from shared.messages import SourceHealth, encode
from shared.streams.consumer import Record
from shared.streams.deadletters import park

NEWS = "https://news.example/live/storm"


def livebell(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """In a process of its own, so that standard output is what a pipe would get."""
    import os

    return subprocess.run(
        [sys.executable, "-m", "livebell", *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def lines(output: bytes) -> list[dict]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4
    assert "\\b" not in result.output, "a mark of click's that a raw docstring shows as it stands"


def test_parse_gives_a_recording_back(tmp_path: Path) -> None:
    """What the replay shows at its end, read as any page is, is what was recorded."""
    recording = load_recording(DEMO)
    began = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    played = retimed(recording, Clock(start=recording.entries[0].at, began=began, speed=1))
    state = state_at(played, max(revision.at for revision in played.entries))
    page = tmp_path / "page.html"
    page.write_text(render(state, NEWS))
    result = livebell("parse", str(page), "--url", NEWS, "--content-type", "text/html; charset=utf-8")
    assert result.returncode == 0, result.stderr
    blog, *entries = lines(result.stdout)
    assert (blog["type"], blog["title"], blog["format"]) == ("blog", state.blog.title, "jsonld")
    standing = {entry.id: entry for entry in state.entries if not entry.deleted}
    assert {entry["id"] for entry in entries if not entry["deleted"]} == set(standing)
    assert {entry["id"] for entry in entries if entry["deleted"]} == {e.id for e in state.entries if e.deleted}
    for entry in entries:
        if (recorded := standing.get(entry["id"])) is None:
            continue
        assert entry["title"] == recorded.title
        assert entry["text"] == recorded.text
        assert entry["authors"] == list(recorded.authors)
        assert entry["published_at"] == recorded.published_at.isoformat().replace("+00:00", "Z")
        assert (entry["updated_at"] is None) == (recorded.updated_at is None)
        assert entry["pinned"] == recorded.pinned
        assert entry["key_event"] == recorded.key_event
        assert [link["title"] for link in entry["links"]] == [link.title for link in recorded.links]
    times = [entry["published_at"] for entry in entries if not entry["deleted"]]
    assert times == sorted(times, reverse=True)


KEYS = (
    "type,id,title,text,html,authors,published_at,updated_at,url,key_event,pinned,deleted,links,images",
    "type,url,title,description,authors,published_at,updated_at,live,next_url,comments_url,format",
)


def test_the_lines_hold_the_keys_of_the_contract_in_order() -> None:
    script = {"@type": "LiveBlogPosting", "liveBlogUpdate": [{"headline": "A"}]}
    page = f'<html><script type="application/ld+json">{json.dumps(script)}</script>'
    blog, entry = lines(livebell("parse", "-", stdin=page.encode()).stdout)
    assert ",".join(entry) == KEYS[0]
    assert ",".join(blog) == f"{KEYS[1]},doubts"


async def test_parse_reads_an_address_that_the_person_names() -> None:
    async with playing(load_recording(DEMO), history=1.0) as url:
        result = await asyncio.to_thread(livebell, "parse", url)
    assert result.returncode == 0, result.stderr
    assert len(lines(result.stdout)) > 60


def test_parse_says_when_there_is_no_live_blog() -> None:
    result = livebell("parse", stdin=b"<html><p>Nothing here</p>")
    assert (result.returncode, result.stdout) == (3, b"")
    assert len(result.stderr.splitlines()) == 1


def test_what_an_image_does_not_hold_is_said_in_a_sentence() -> None:
    """`sources` loads everywhere; what its `test` needs besides does not."""
    without = "import sys; sys.modules['selectolax'] = None; from livebell.cli import main; main()"
    called = [sys.executable, "-c", without, "sources", "test", NEWS]
    result = subprocess.run(called, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert re.fullmatch(r"Error: selectolax.* is not installed: pip install .+\n", result.stderr)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder that nobody can write to")
def test_a_data_folder_that_cannot_be_had_is_said_in_a_sentence() -> None:
    result = livebell("up", "--data", "/proc/livebell")
    assert result.returncode == 1
    assert result.stderr.decode().startswith("Error: Nothing can be kept in /proc/livebell: ")


def test_enrich_adds_to_what_it_is_given() -> None:
    entry = {"id": "1", "text": "Ferries to Esbjerg stop. Danish crews wait.", "mine": 7}
    result = livebell("enrich", "-", stdin=json.dumps(entry).encode() + b"\n")
    assert result.returncode == 0, result.stderr
    [enriched] = lines(result.stdout)
    assert enriched["mine"] == 7
    esbjerg = next(place for place in enriched["places"] if place["name"] == "Esbjerg")
    assert entry["text"][esbjerg["start"] : esbjerg["end"]] == "Esbjerg"
    assert (esbjerg["country"], esbjerg["demonym"]) == ("DK", False)
    assert {"language", "urgency", "urgency_reasons", "alert", "topics", "story_id"} <= set(enriched)
    assert len(enriched["alert"]) <= 120


def test_enrich_names_the_line_that_is_no_entry() -> None:
    result = livebell("enrich", "-", stdin=b'{"id": "1", "text": "Good"}\n{"id": 2}\n')
    assert result.returncode == 1
    assert b"Line 2" in result.stderr


def test_enrich_takes_the_operators_table_and_says_what_it_cannot_use(tmp_path: Path) -> None:
    table = tmp_path / "urgency.tsv"
    table.write_text("harbour\t0.4\tferries\n")
    entry = json.dumps({"id": "1", "text": "Ferries to Esbjerg stop."}).encode() + b"\n"
    [enriched] = lines(livebell("enrich", "-", stdin=entry, LIVEBELL_URGENCY_TABLE=str(table)).stdout)
    assert [reason["reason"] for reason in enriched["urgency_reasons"]] == ["harbour"]
    result = livebell("enrich", "-", stdin=entry, LIVEBELL_SPACY_MODEL=str(tmp_path))
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"LIVEBELL_SPACY_MODEL" in result.stderr


def test_every_setting_has_a_description_and_stands_in_the_documentation() -> None:
    rows = settings_of(SERVICES)
    assert all(row["meaning"] for row in rows)
    documented = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    written = CliRunner().invoke(main, ["config", "--format", "markdown"]).output
    assert written.strip() in documented, "livebell config --format markdown > docs/settings.md, below its first lines"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LIVEBELL_PARTITIONS", "many"),
        ("LIVEBELL_ALLOW_TARGETS", "10.0.0.0/99"),
        ("LIVEBELL_SOURCES_FILE", "/none.toml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    result = livebell("run", "fetcher", **{variable: value})
    assert result.returncode == 1
    assert variable.encode() in result.stderr
    assert b"Traceback" not in result.stderr


def test_keys_can_be_used_as_they_are_printed() -> None:
    from shared.channels.vapid_keys import load_key

    printed = CliRunner().invoke(main, ["keys", "vapid"]).output
    private = printed.splitlines()[0].removeprefix("LIVEBELL_VAPID_PRIVATE_KEY=")
    assert load_key(private).public in printed


async def test_dead_letters_are_listed_shown_and_put_back(redis_url: str, redis: Redis) -> None:
    stream = key("{p0}", ENTRIES)
    body = encode(SourceHealth(id="h", source="storm", url=NEWS, change="silent", since=0.0))
    await redis.xgroup_create(stream, "enricher", id="0", mkstream=True)
    record = await redis.xadd(stream, {"m": body})
    await redis.xreadgroup("enricher", "one", {stream: ">"})
    client = connect(redis_url, "test")
    await park(client, stream, "enricher", Record(record, body, 5), reason="ValueError: no such zone", trace="…")
    await client.aclose()

    listed = livebell("dead", "list", LIVEBELL_REDIS_URL=redis_url).stdout.decode()
    assert "ValueError: no such zone" in listed
    letter = listed.split()[1]
    shown = livebell("dead", "show", stream, letter, LIVEBELL_REDIS_URL=redis_url).stdout.decode()
    assert '"change": "silent"' in shown
    assert b"1 put back" in livebell("dead", "replay", "--all", LIVEBELL_REDIS_URL=redis_url).stdout
    assert await redis.xlen(stream) == 2
    assert b"No dead letters" in livebell("dead", "list", LIVEBELL_REDIS_URL=redis_url).stderr


def test_doctor_says_how_to_mend_what_is_wrong(redis_url: str) -> None:
    well = livebell("doctor", LIVEBELL_REDIS_URL=redis_url)
    assert well.returncode == 0
    assert b"keeps no append-only file" in well.stdout
    ill = livebell("doctor", LIVEBELL_REDIS_URL="redis://127.0.0.1:1/0")
    assert ill.returncode == 1
    assert b"does not answer" in ill.stdout
    assert "→".encode() in ill.stdout


def test_match_says_which_subscriptions_an_entry_concerns_and_why(tmp_path: Path) -> None:
    wanted = tmp_path / "subscriptions.json"
    wanted.write_text(json.dumps([{"id": "sub_1", "filter": {"places": ["Denmark"], "words": ["ferry"]}}]))
    entry = json.dumps({"id": "a", "text": "The ferry from Copenhagen to Rønne is late."}).encode()
    result = livebell("match", "--subscriptions", str(wanted), stdin=entry)
    assert result.returncode == 0, result.stderr
    [line] = lines(result.stdout)
    assert (line["entry"], line["subscription"]) == ("a", "sub_1")
    assert {one["condition"]: one["found"] for one in line["conditions"]} == {
        "words": ["ferry"],
        "places": ["DK"],
        "changes": ["created"],
    }
    wanted.write_text('{"filter": {"words": []}, "id": "x"}\n{"filter": 3, "id": "y"}')
    refused = livebell("match", "--subscriptions", str(wanted), stdin=entry)
    assert (refused.returncode, b"Subscription y" in refused.stderr) == (1, True), refused.stderr
