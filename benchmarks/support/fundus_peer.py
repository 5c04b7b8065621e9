"""Milliseconds of CPU time that fundus takes to read a page given on standard input, by its parser for the Mirror.

Run by `parse.py` with the Python of an environment that has fundus: it brings packages of its own.
"""

import statistics
import sys
import time

from fundus import PublisherCollection

ROUNDS = 15


def main() -> None:
    page, parser, times = sys.stdin.read(), PublisherCollection.uk.TheMirror.parser(), []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        parser.parse(page, "suppress")  # pictures, say, that our page has none of
        times.append(time.process_time() - started)
    print(statistics.median(times[1:]) * 1000)


if __name__ == "__main__":
    main()
