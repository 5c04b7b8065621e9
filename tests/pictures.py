"""Makes docs/pictures anew, from the page of a demo that is running: ./task demo in one terminal, this in another.

.venv/bin/python -m tests.pictures http://127.0.0.1:8000/

Pillow, in an environment of its own, brings them to 64 colours and a third of their size.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Page

from tests.browser import PHONE, browsing

FEWER_COLOURS = """
import sys
from PIL import Image
for path in sys.argv[1:]:
    Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
"""
FOLDER = Path(__file__).parents[1] / "docs/pictures"
DESK = {"viewport": {"width": 1180, "height": 760}}


async def opened(page: Page, url: str) -> None:
    await page.goto(url)
    await page.wait_for_selector("#entries > li")


async def desk(url: str) -> None:
    async with browsing(**DESK) as context:
        page = await context.new_page()
        await opened(page, url)
        await page.wait_for_selector("#count:not(:empty)")
        of_everything = await page.text_content("#count")
        await page.fill("#words", "tug, coast guard")
        changed = "before => !['', before].includes(document.querySelector('#count').textContent)"
        await page.wait_for_function(changed, arg=of_everything)
        await page.screenshot(path=FOLDER / "page.png")


async def phone(url: str) -> None:
    async with browsing(**PHONE, color_scheme="dark") as context:
        page = await context.new_page()
        await opened(page, url)
        await page.screenshot(path=FOLDER / "phone.png")


async def taken(url: str) -> None:
    await desk(url)
    await phone(url)


def main(url: str) -> None:
    asyncio.run(taken(url))
    uvx = Path(sys.executable).with_name("uvx")
    call = [uvx, "--quiet", "--with", "pillow==13.0.0", "python", "-c", FEWER_COLOURS, *FOLDER.glob("*.png")]
    subprocess.run(call, check=True)
    for path in sorted(FOLDER.glob("*.png")):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["http://127.0.0.1:8000/"])
