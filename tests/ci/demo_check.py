"""Runs `./task demo` in a folder as a person would, and says how soon the first alert appeared. Needs only Python.

usage: demo_check.py FOLDER [words for the demo, such as: --port 18000]

Exit status 0 when an alert was shown within 15 s of the servers being up, Ctrl-C then ended every process, and none
of them crashed.
"""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

PREPARE_SECONDS = 600.0
"""For making the environment and starting the servers."""
ALERT_SECONDS = 15.0
STOP_SECONDS = 40.0
UP = re.compile(r"Livebell is up after [\d.]+ s")
ALERT = re.compile(r"\d\d:\d\d:\d\d  (new|edited|deleted|closed) ")
CRASH = re.compile(r"Traceback \(most recent call last\)|Fatal Python error")


class DemoError(Exception):
    """What the demo did not do."""


def main(folder: str, *words: str) -> int:
    command = [str(Path(folder, "task").resolve()), "demo", *(["--", *words] if words else [])]
    started = time.monotonic()
    # A session of its own, so that Ctrl-C can be sent to all of it and to nothing else.
    demo = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    lines = _lines(demo)
    try:
        _wait_for(UP, lines, PREPARE_SECONDS)
        up = time.monotonic()
        _wait_for(ALERT, lines, ALERT_SECONDS)
        alerted = time.monotonic()
        _interrupt(demo)
        _drain(lines)
    except DemoError as error:
        print(f"demo check: {error}", flush=True)
        return 1
    finally:
        _end(demo)
    waits = f"up after {up - started:.1f} s, first alert {alerted - up:.1f} s later"
    print(f"demo check: {waits}", flush=True)
    return 0


def _lines(demo: subprocess.Popen[bytes]) -> queue.Queue[str | None]:
    """What the demo prints, shown and passed on line by line; None at its end."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert demo.stdout is not None
        for raw in demo.stdout:
            line = raw.decode(errors="replace").rstrip()
            print(f"  | {line}", flush=True)
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _wait_for(pattern: re.Pattern[str], lines: queue.Queue[str | None], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (line := _next(lines, deadline, f"it did not print {pattern.pattern!r} within {seconds:.0f} s")) is not None:
        if pattern.search(line):
            return
    raise DemoError(f"it ended before it printed {pattern.pattern!r}")


def _drain(lines: queue.Queue[str | None]) -> None:
    """Reads to the end, which comes when the last process that could print is gone."""
    deadline = time.monotonic() + STOP_SECONDS
    while _next(lines, deadline, "a process of it outlived it") is not None:
        pass


def _next(lines: queue.Queue[str | None], deadline: float, otherwise: str) -> str | None:
    try:
        line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise DemoError(otherwise) from None
    if line is not None and CRASH.search(line):
        raise DemoError("a process of it crashed")
    return line


def _interrupt(demo: subprocess.Popen[bytes]) -> None:
    """Ctrl-C at the terminal: every process of the group gets it."""
    os.killpg(demo.pid, signal.SIGINT)
    try:
        demo.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise DemoError(f"it did not stop within {STOP_SECONDS:.0f} s of Ctrl-C") from None


def _end(demo: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(demo.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    demo.wait()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
