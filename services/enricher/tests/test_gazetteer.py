from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.enricher.places.build import _content
from services.enricher.places.cache import fingerprint, gazetteer_file
from services.enricher.places.collected import Collected, Gathered
from services.enricher.places.format import Flag, Kind
from services.enricher.places.gazetteer import Gazetteer, GazetteerError


@pytest.fixture
def small(tmp_path) -> Gazetteer:
    collected = Collected()
    big = collected.add(Gathered(Kind.CITY, 48.9, 2.4, 7, 2_000_000, "FR", "FR.11"))
    little = collected.add(Gathered(Kind.CITY, 33.7, -95.6, 8, 24_000, "US", "US.TX"))
    isle = collected.add(Gathered(Kind.REGION, 46.5, -63.0, 0, 500_000, "CA", "CA.09"))
    for place in (little, big):
        collected.name(place, "Paris")
    collected.name(big, "Lutèce", Flag.OTHER)
    collected.name(isle, "Prince Edward Island")
    path = tmp_path / "small.bin"
    path.write_bytes(_content(collected))
    return Gazetteer(path)


def test_namesakes_come_by_weight(small):
    assert [(p.country, p.division) for p in small.look_up("paris").postings] == [("FR", "FR.11"), ("US", "US.TX")]


def test_a_name_tells_how_long_names_get_that_begin_with_it(small):
    assert small.look_up("prince").longest == 3
    assert small.look_up("prince").postings == ()
    assert small.look_up("prince edward island").postings[0].kind == Kind.REGION


def test_accents_do_not_matter_and_other_names_are_marked(small):
    (posting,) = small.look_up_word("Lutece")[1].postings
    assert posting.flags == Flag.OTHER
    assert small.look_up("nowhere").postings == ()


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other.bin"
    path.write_bytes(b"something else" * 10)
    with pytest.raises(GazetteerError, match="delete it"):
        Gazetteer(path)


def test_the_file_is_built_once_and_found_again(tmp_path, monkeypatch):
    built = []

    def build(path: Path) -> None:
        built.append(path)
        path.write_bytes(b"x")

    monkeypatch.setattr("services.enricher.places.cache._build", build)
    first = gazetteer_file(tmp_path / "cache")
    assert first.name == f"gazetteer-{fingerprint()}.bin"
    assert gazetteer_file(tmp_path / "cache") == first
    assert built == [first]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_gives_way(tmp_path, monkeypatch):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("services.enricher.places.cache._build", lambda path: path.write_bytes(b"x"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert gazetteer_file(locked / "cache").is_relative_to(tmp_path / f"livebell-{os.getuid()}")
