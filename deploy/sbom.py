"""Writes what is in each image: CycloneDX 1.6, one file per service, in dist/sbom/.

    ./task sbom -- --key ~/.ssh/id_ed25519 --project livebell

With a Docker engine and built images: the Python packages and the system's packages that lie in the image, by its id.
Without: the Python packages that the service's lock file installs there. Hashes are those that the lock file allows.
With `--key`, an OpenSSH private key, each file gets a signature beside it; docs/security.md says how to verify it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SERVICES = ("fetcher", "parser", "enricher", "notifier", "gateway")
NAMESPACE = "livebell-sbom"
"""A signature is good for this use alone."""
IMAGE_PYTHON = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "linux", "os_name": "posix"}
BUILD_ONLY = {"hatchling", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}
"""Taken out of the image again, as deploy/Dockerfile does."""
LIST_PYTHON = (
    "import importlib.metadata as m, json, platform; "
    "print(json.dumps([platform.python_version(), "
    "[[d.name, d.version, d.metadata.get('License-Expression')] for d in m.distributions()]]))"
)
Component = dict[str, Any]


def locked(service: str) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by name, of what the lock file installs in an image."""
    text = (ROOT / f"deploy/locks/{service}.txt").read_text().replace("\\\n", " ")
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        wanted = Requirement(line.partition("--hash")[0])
        if wanted.marker is None or wanted.marker.evaluate(IMAGE_PYTHON):
            version = next(iter(wanted.specifier)).version
            found[canonicalize_name(wanted.name)] = (version, re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return found


def docker(*words: str) -> str | None:
    """What it prints; None where there is no engine, or no such image."""
    try:
        done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def inside(image: str, command: str, *words: str) -> str:
    call = ("run", "--rm", "--network", "none", "--entrypoint", command, image, *words)
    if (printed := docker(*call)) is None:
        sys.exit(f"{image} does not run {command}: docker {' '.join(call)}")
    return printed


def package(name: str, version: str, hashes: list[str], licence: str | None = None) -> Component:
    purl = f"pkg:pypi/{canonicalize_name(name)}@{version}"
    found: Component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if licence:
        found["licenses"] = [{"expression": licence}]
    if hashes:
        found["hashes"] = [{"alg": "SHA-256", "content": one} for one in hashes]
    return found


def python_packages(service: str, image: str | None) -> list[Component]:
    lock = locked(service)
    if image is None:
        kept = {name: held for name, held in lock.items() if name not in BUILD_ONLY}
        return [package(name, version, hashes) for name, (version, hashes) in kept.items()]
    python, installed = json.loads(inside(image, "python", "-c", LIST_PYTHON))
    purl = f"pkg:generic/python@{python}"
    found: list[Component] = [{"type": "platform", "bom-ref": purl, "name": "python", "version": python, "purl": purl}]
    for name, version, licence in installed:
        wanted, hashes = lock.get(canonicalize_name(name), (version, []))
        if wanted != version:
            sys.exit(f"{image} holds {name} {version}, the lock file {wanted}: build the image anew.")
        found.append(package(name, version, hashes, licence))
    return found


def system_packages(image: str) -> list[Component]:
    release = dict(line.split("=", 1) for line in inside(image, "cat", "/etc/os-release").splitlines() if "=" in line)
    distribution = f"{release['ID']}-{release['VERSION_ID']}".replace('"', "")
    found = []
    for line in inside(image, "dpkg-query", "-W", "-f", r"${Package} ${Version} ${Architecture}\n").splitlines():
        name, version, architecture = line.split()
        quoted = version.replace("+", "%2B").replace(":", "%3A")
        purl = f"pkg:deb/debian/{name}@{quoted}?arch={architecture}&distro={distribution}"
        found.append({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl})
    return found


def bill(service: str, project: str) -> Component:
    name = f"{project}-{service}"
    id_ = docker("image", "inspect", name, "--format", "{{.Id}}")
    image = name if id_ else None
    components = python_packages(service, image) + (system_packages(image) if image else [])
    version = image and docker(
        "image", "inspect", name, "--format", '{{index .Config.Labels "org.opencontainers.image.version"}}'
    )
    about: Component = {"type": "container", "bom-ref": name, "name": name, "version": version or "0.0.0"}
    if id_:
        about["hashes"] = [{"alg": "SHA-256", "content": id_.removeprefix("sha256:")}]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {"timestamp": datetime.now(UTC).isoformat(timespec="seconds"), "component": about},
        "components": sorted(components, key=lambda one: str(one["purl"])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--key", type=Path, help="an OpenSSH private key that signs")
    parser.add_argument("--project", default="livebell", help="Compose's name for the project, with which images begin")
    parser.add_argument("--to", type=Path, default=ROOT / "dist/sbom")
    words = parser.parse_args()
    words.to.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        told = bill(service, words.project)
        path = words.to / f"{service}.cdx.json"
        path.write_text(json.dumps(told, indent=1) + "\n")
        if words.key:
            path.with_name(f"{path.name}.sig").unlink(missing_ok=True)
            subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", words.key, path], check=True)
        of = "its image" if "hashes" in told["metadata"]["component"] else "its lock file (no image was found)"
        print(f"{path}: {len(told['components'])} packages, from {of}{', signed' if words.key else ''}")


if __name__ == "__main__":
    main()
