from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from livebell.cli import main
from livebell.installation_keys import ADMIN_TOKEN, MADE, REDIS_CONFIGURATION, REDIS_PASSWORD, install


def read(folder: Path, name: str) -> str:
    return (folder / name).read_text().strip()


def test_what_is_missing_is_made_once_and_stays(tmp_path: Path) -> None:
    assert {*MADE, REDIS_CONFIGURATION} <= {*install(tmp_path, {})}
    made = {name: read(tmp_path, name) for name in MADE}
    assert len({*made.values()}) == len(MADE)
    assert all(len(value) >= 43 for value in made.values())
    assert install(tmp_path, {}) == []
    assert {name: read(tmp_path, name) for name in MADE} == made


def test_redis_is_told_the_password_that_the_services_read(tmp_path: Path) -> None:
    install(tmp_path, {})
    old = read(tmp_path, REDIS_PASSWORD)
    assert read(tmp_path, REDIS_CONFIGURATION).splitlines() == [f"requirepass {old}", f"masterauth {old}"]
    install(tmp_path, {}, frozenset({REDIS_PASSWORD}))
    new = read(tmp_path, REDIS_PASSWORD)
    assert new != old
    assert read(tmp_path, REDIS_CONFIGURATION).splitlines() == [f"requirepass {new}", f"masterauth {new}"]


def test_a_token_that_was_given_stands(tmp_path: Path) -> None:
    install(tmp_path, {})
    assert install(tmp_path, {ADMIN_TOKEN: "chosen"}) == [ADMIN_TOKEN]
    assert read(tmp_path, ADMIN_TOKEN) == "chosen"
    assert install(tmp_path, {ADMIN_TOKEN: ""}) == []


def test_a_key_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "vapid-private-key").write_text("garbage\n")
    told = CliRunner().invoke(main, ["keys", "install", str(tmp_path / "keys"), "--given", str(given)])
    assert told.exit_code == 1
    assert "LIVEBELL_VAPID_PRIVATE_KEY: The VAPID private key must be 32 bytes" in told.output
    assert not (tmp_path / "keys").exists()
