"""Pages damaged at random, read one after another: no crash, no page over its time, nothing unsanitised.

    python -m services.parser.tests.fuzz --minutes 10

A finding is printed with its seed; `--seed N --rounds 1` plays it again.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from services.parser.clean import TAGS
from services.parser.limits import AUTHORS, ENTRIES, IMAGES, LINKS, READING_SECONDS, TITLE_CHARACTERS
from services.parser.memo import Memo
from services.parser.ndjson import lines
from services.parser.reading import NoLiveBlogError, read_page
from services.parser.tests.histories import FORMATS
from services.parser.tests.pages import NOW, TESTDATA, URL
from services.parser.tests.posts import Post
from services.parser.tests.states import WAYS, bbc_next, bbc_post, bbc_stream
from shared.records import Page

MARGIN_SECONDS = 3.0
"""What is under way when a page's time is used up may take so much longer."""
ATTRIBUTES = {"href", "src", "alt", "datetime", "rel"}
NASTY = [
    b"<script>alert(1)</script>", b'<img src=x onerror="alert(1)">', b'<a href="javascript:alert(1)">x</a>',
    b"&lt;script&gt;", b"&amp;lt;b&amp;gt;", b"]]>", b"-->", b"<!--", b"</script>", b"data:text/html,x", b"http://[",
    b"\xff\xfe", b"\x00", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\xe2\x80\xae", b"\x3d\xd8\x00\xde",
    b'"', b"'", b"{", b"}", b"[", b"]", b"null", b"1e999", b"9" * 400, b"<div>" * 300, b"<b id=1>" * 60,
    b"[" * 3000, b'{"a":' * 3000, b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00Z", b"2026-03-01T25:61:00Z",
    b'"@type":"LiveBlogPosting"', b'"liveBlogUpdate":[{}]', b"data-tombstone", b"<article id=x><time>12:00</time>",
]  # fmt: skip


def seeds() -> Iterator[tuple[bytes, str]]:
    """A small blog in every format, and the pages of testdata."""
    posts = [
        Post(number=n, title=f"Report {n} & more", text=f'The dyke at Ribe holds, <b>"so far"</b>, {n} m.', edits=n % 2)
        for n in range(6, 0, -1)
    ]
    gone = [Post(number=9, title="Gone", text="Gone", deleted=True)]
    for how in FORMATS.values():
        yield how.render(posts, gone), how.content_type
    state = bbc_next(bbc_stream(bbc_post(0), bbc_post(1)))
    for embed in WAYS.values():
        yield embed(state), "text/html"
    for path in sorted(TESTDATA.rglob("*.*")):
        yield path.read_bytes(), "text/plain" if path.suffix == ".txt" else "text/html"


def damaged(page: bytes, draw: random.Random) -> bytes:
    """The page with some of its parts cut, doubled, swapped, overwritten, or with something nasty put in."""
    body = bytearray(page)
    for _ in range(draw.randint(1, 8)):
        at, length = draw.randrange(len(body) + 1), draw.choice([1, 2, 8, 40, 400])
        part = bytes(body[at : at + length])
        match draw.randrange(6):
            case 0:
                del body[at : at + length]
            case 1:
                body[at:at] = part * draw.randint(1, 30)
            case 2:
                body[at : at + length] = bytes(draw.randrange(256) for _ in range(min(length, 8)))
            case 3:
                other = draw.randrange(len(body) + 1)
                body[other:other] = part
            case _:
                body[at:at] = draw.choice(NASTY)
    return bytes(body)


def check(page: bytes, content_type: str, memo: Memo) -> Page | None:
    """Reads it and asserts what must hold of whatever comes out."""
    started = time.process_time()
    try:
        found = read_page(
            page, url=URL, content_type=content_type, fetched_at=NOW, timezone="Europe/Copenhagen", memo=memo
        )
    except NoLiveBlogError:
        found = None
    assert time.process_time() - started < READING_SECONDS + MARGIN_SECONDS, "no page takes longer than a page may"
    if found is None:
        return None
    assert len(found.entries) <= ENTRIES
    assert len({entry.id for entry in found.entries}) == len(found.entries)
    for line in lines(found):
        line.decode()
    assert all(url.startswith("http") for url in (*found.more, found.blog.next_url, found.poll_url) if url)
    for entry in found.entries:
        assert entry.id
        assert is_safe(entry.html), entry.html
        assert len(entry.title or "") <= TITLE_CHARACTERS
        assert len(entry.authors) <= AUTHORS
        assert len(entry.links) <= LINKS
        assert len(entry.images) <= IMAGES
        addresses = [entry.url, *(link.url for link in entry.links), *(image.url for image in entry.images)]
        assert all(url.lower().startswith(("http://", "https://")) for url in addresses if url)
    return found


def is_safe(markup: str) -> bool:
    """Whether a browser would find only harmless elements, attributes and addresses in it."""
    return all(
        node.tag in TAGS
        and node.attributes.keys() <= ATTRIBUTES
        and all(
            address.lower().startswith(("http://", "https://", "mailto:"))
            for name in ("href", "src")
            if (address := node.attributes.get(name))
        )
        for node in LexborHTMLParser(f"<main>{markup}</main>").css("main *")
    )


def play(seed: int, pages: list[tuple[bytes, str]]) -> bool:
    """One page, whole and then damaged thrice with the same memo; whether any of it was a live blog."""
    draw = random.Random(seed)
    page, content_type = pages[seed % len(pages)]
    memo = Memo()
    read = [check(page, content_type, memo)]
    read += [
        check(damaged(page, draw), draw.choice([content_type, "", "text/html; charset=utf-16"]), memo) for _ in range(3)
    ]
    return any(read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9), help="where to begin")
    parser.add_argument("--rounds", type=int, default=10**12, help="how many seeds at most")
    options = parser.parse_args()
    pages = list(seeds())
    until = time.monotonic() + options.minutes * 60
    seed, played, blogs = options.seed, 0, 0
    while played < options.rounds and time.monotonic() < until:
        try:
            blogs += play(seed, pages)
        except Exception:
            print(f"seed {seed}: play it again with --seed {seed} --rounds 1", file=sys.stderr)
            raise
        seed, played = seed + 1, played + 1
        if played % 1000 == 0:
            print(f"{played} rounds, {blogs} of them with live blogs; next seed {seed}", flush=True)
    print(f"{played} rounds from seed {options.seed}, {blogs} of them with live blogs: nothing found")


if __name__ == "__main__":
    main()
