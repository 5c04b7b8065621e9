"""The integrator's guide is tried: what it shows verifies what an implementation that is not ours has signed."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

GUIDE = (Path(__file__).parent.parent / "docs" / "integrating.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"type":"entry.created","timestamp":"2026-03-14T12:00:00Z","data":{"alert":"Ærø ferry turns back"}}'

PYTHON = """
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    print(json.dumps(verify(told["secret"], told["headers"], told["body"].encode())))
"""
JAVASCRIPT = """
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  console.log(JSON.stringify(verify(told.secret, told.headers, told.body)));
}
"""
GO_HEAD = """package main

import (
	"bufio"; "crypto/hmac"; "crypto/sha256"; "encoding/base64"; "encoding/json"; "fmt"; "math"
	"net/http"; "os"; "strconv"; "strings"; "time"
)

"""
GO_MAIN = """
func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var told struct { Secret string; Headers map[string]string; Body string }
		json.Unmarshal(lines.Bytes(), &told)
		header := http.Header{}
		for name, value := range told.Headers { header.Set(name, value) }
		fmt.Println(verify(told.Secret, header, []byte(told.Body)))
	}
}
"""


def shown(language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[number]


def signed(body: str = BODY, *, at: datetime | None = None, secret: str = SECRET) -> dict[str, str]:
    at = at or datetime.now(UTC)
    signature = Webhook(secret).sign("msg_1", at, body)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1a,AAAA v1,AAAA {signature}",
    }


def cases() -> list[tuple[dict, bool]]:
    now = datetime.now(UTC)
    good = signed()
    return [
        ({"secret": SECRET, "headers": good, "body": BODY}, True),
        ({"secret": SECRET, "headers": good, "body": BODY + " "}, False),
        ({"secret": SECRET, "headers": good | {"webhook-id": "msg_2"}, "body": BODY}, False),
        ({"secret": SECRET, "headers": signed(at=now - timedelta(minutes=6)), "body": BODY}, False),
        ({"secret": SECRET, "headers": signed(at=now + timedelta(minutes=6)), "body": BODY}, False),
        ({"secret": "whsec_" + "A" * 32, "headers": good, "body": BODY}, False),
        ({"secret": SECRET, "headers": good | {"webhook-signature": ""}, "body": BODY}, False),
    ]


def command(language: str, folder: Path) -> list[str]:
    if language == "python":
        (folder / "verify.py").write_text(shown("python") + PYTHON)
        return [sys.executable, "verify.py"]
    tool = {"javascript": "node", "go": "go"}[language]
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    if language == "javascript":
        (folder / "verify.mjs").write_text(shown("javascript") + JAVASCRIPT)
        return ["node", "verify.mjs"]
    (folder / "main.go").write_text(GO_HEAD + shown("go") + GO_MAIN)
    (folder / "go.mod").write_text("module verify\n\ngo 1.19\n")
    return ["go", "run", "."]


@pytest.mark.parametrize("language", ["python", "javascript", "go"])
def test_what_the_guide_shows_verifies(language: str, tmp_path: Path) -> None:
    asked = cases()
    result = subprocess.run(
        command(language, tmp_path),
        input="\n".join(json.dumps(told) for told, _ in asked) + "\n",
        capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
        env={**os.environ, "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": "-mod=mod", "GOPROXY": "off"},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert [json.loads(line) for line in result.stdout.splitlines()] == [holds for _, holds in asked]


def test_the_receiver_of_the_guide_answers_challenges_and_tells_each_alert_once(tmp_path: Path) -> None:
    (tmp_path / "receiver.py").write_text(shown("python", 0) + "\n" + shown("python", 1))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "SECRET": SECRET, "PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "receiver.py"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            challenge = '{"type":"endpoint.verification","data":{"challenge":"c-1"}}'
            assert json.loads(posted(port, challenge)) == {"challenge": "c-1"}
            assert posted(port, BODY) == posted(port, BODY) == b""
            with pytest.raises(urllib.error.HTTPError, match="401"):
                posted(port, BODY, headers=signed(secret="whsec_" + "A" * 32))
        finally:
            process.terminate()
        assert process.stdout is not None
        assert process.stdout.read().splitlines() == ["entry.created Ærø ferry turns back"]


def posted(port: int, body: str, headers: dict[str, str] | None = None) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", data=body.encode(), headers=headers or signed(body))
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.read()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError("the receiver does not listen")
