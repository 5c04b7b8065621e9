from __future__ import annotations

from pathlib import Path

import pytest

from services.fetcher.sources_file import read_sources
from shared.settings import SettingsError
from shared.sources.record import Source, source_id

BLOG = "https://news.example/live/flood-in-lisbon"


def written(folder: Path, text: str) -> Path:
    file = folder / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_reads_each_table_and_makes_the_ids_that_are_not_given(tmp_path: Path) -> None:
    text = f"""
        [[source]]
        url = "{BLOG}"
        [[source]]
        id = "porto"
        url = "http://news.example/live/porto"
        title = "Überschwemmung in Porto"
        every = 5
        timezone = "Europe/Lisbon"
    """
    assert read_sources(written(tmp_path, text)) == [
        Source(id=source_id(BLOG), url=BLOG),
        Source(
            id="porto",
            url="http://news.example/live/porto",
            title="Überschwemmung in Porto",
            every=5.0,
            timezone="Europe/Lisbon",
        ),
    ]


@pytest.mark.parametrize("text", ["", "# none yet", "source = []"])
def test_a_file_without_sources_names_none(tmp_path: Path, text: str) -> None:
    assert read_sources(written(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source]\n", "is no TOML"),
        (f'[[sources]]\nurl = "{BLOG}"', "begins with [[source]]"),
        (f'[source]\nurl = "{BLOG}"', "begins with [[source]]"),
        ('[[source]]\nid = "porto"', "source 1 has no url"),
        ("source = [1]", "source 1 has no url"),
        ("[[source]]\nurl = 7", "source 1 has no url"),
        (f'[[source]]\nurl = "{BLOG}"\n[[source]]\nurl = "{BLOG}2"\nevry = 5', "source 2 "),
        (f'[[source]]\nurl = "{BLOG}"\nevry = 5', "`evry`"),
        (f'[[source]]\nurl = "{BLOG}"\nevery = 0.01', "`$.every`"),
        (f'[[source]]\nurl = "{BLOG}"\nevery = "often"', "`$.every`"),
        (f'[[source]]\nurl = "{BLOG}"\nid = "Lisbon flood"', "`$.id`"),
        (f'[[source]]\nurl = "{BLOG}{"x" * 2048}"', "`$.url`"),
        (f'[[source]]\nurl = "{BLOG}"\ntimezone = "Mars/Base"', "no IANA zone"),
        (f'[[source]]\nurl = "{BLOG}"\ntimezone = "../../etc/passwd"', "no IANA zone"),
        (f'[[source]]\nurl = "{BLOG}"\nslowest = 5', "slowest"),
        (f'[[source]]\nurl = "{BLOG}"\nexpect_every = 0', "`$.expect_every`"),
        ('[[source]]\nurl = ""', "https://host/path"),
        ('[[source]]\nurl = "news.example/live"', "https://host/path"),
        ('[[source]]\nurl = "file:///etc/passwd"', "https://host/path"),
        ('[[source]]\nurl = "https://[broken/"', "source 1 ('https://[broken/')"),
        (f'[[source]]\nurl = "{BLOG}"\n[[source]]\nurl = "{BLOG}"', "two sources have the id"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_the_place(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as wrong:
        read_sources(file)
    assert said in str(wrong.value)
    assert str(file) in str(wrong.value)
    assert str(wrong.value).endswith(".")
    assert len(str(wrong.value)) < 400


def test_a_password_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = written(tmp_path, '[[source]]\nurl = "https://editor:s3cret@news.example/live"')
    with pytest.raises(SettingsError, match="before the @") as wrong:
        read_sources(file)
    assert "s3cret" not in str(wrong.value)


def test_a_file_that_cannot_be_read_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"LIVEBELL_SOURCES_FILE: .*missing\.toml cannot be read"):
        read_sources(tmp_path / "missing.toml")


def test_what_is_no_utf_8_is_no_toml(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_bytes(b'[[source]]\nurl = "https://news.example/\xe9"')
    with pytest.raises(SettingsError, match="is no TOML"):
        read_sources(file)
