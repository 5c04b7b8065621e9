"""What is in an image, from the lock files: complete, pinned, and signed so that a changed byte is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NO_IMAGES = "no-image-has-this-name"


def written(folder: Path, *words: str) -> dict[str, dict]:
    call = [sys.executable, "deploy/sbom.py", "--to", str(folder), "--project", NO_IMAGES, *words]
    subprocess.run(call, cwd=ROOT, check=True, capture_output=True)
    return {path.name.partition(".")[0]: json.loads(path.read_text()) for path in folder.glob("*.cdx.json")}


def test_every_package_that_a_service_installs_is_named_with_its_hashes(tmp_path: Path) -> None:
    bills = written(tmp_path)
    assert bills.keys() == {"fetcher", "parser", "enricher", "notifier", "gateway"}
    for bill in bills.values():
        names = {one["name"] for one in bill["components"]}
        assert {"msgspec", "redis", "uvloop"} <= names
        assert not names & {"hatchling", "colorama"}, "what only builds, or is for another system, is in no image"
        assert all(one["hashes"] and one["purl"].endswith(f"@{one['version']}") for one in bill["components"])
    assert "litestar" in {one["name"] for one in bills["gateway"]["components"]}
    assert "litestar" not in {one["name"] for one in bills["parser"]["components"]}


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_a_signature_holds_until_a_byte_changes(tmp_path: Path) -> None:
    key = tmp_path / "release"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    written(tmp_path, "--key", str(key))
    (tmp_path / "signers").write_text(f"release {key.with_suffix('.pub').read_text()}")
    bill = (tmp_path / "parser.cdx.json").read_bytes()

    def verified(data: bytes) -> bool:
        call = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "release", "-n", "livebell-sbom"]
        call += ["-s", "parser.cdx.json.sig"]
        return subprocess.run(call, cwd=tmp_path, input=data, capture_output=True, check=False).returncode == 0

    assert verified(bill)
    assert not verified(bill.replace(b"msgspec", b"msgspek", 1))
