"""Debian's Chromium through Playwright, and its push service replaced by one of loopback."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

# `pushManager.subscribe` asks the browser's vendor, which is out of reach: the keys are real, the endpoint is ours.
PUSH = """
(given) => {
  let held = JSON.parse(localStorage.getItem('test.push') ?? 'null');
  const shown = () => held && {
    endpoint: held.endpoint, toJSON: () => held,
    unsubscribe: async () => { held = null; localStorage.removeItem('test.push'); return true; },
  };
  PushManager.prototype.getSubscription = async () => shown();
  PushManager.prototype.subscribe = async (options) => {
    const taken = options.userVisibleOnly && options.applicationServerKey.length === 65;
    if (!taken) throw new Error('no browser takes this');
    held = given;
    localStorage.setItem('test.push', JSON.stringify(held));
    return shown();
  };
}
"""


@asynccontextmanager
async def browsing(**options: Any) -> AsyncIterator[BrowserContext]:
    """A fresh profile; the test is skipped, with the reason, where no Chromium is found."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is found: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = await browser.new_context(**options)
        context.set_default_timeout(15_000)
        try:
            yield context
        finally:
            await browser.close()


async def push_through(context: BrowserContext, endpoint: str, keys: dict[str, str]) -> None:
    """Pages of this profile subscribe at `endpoint`."""
    given = json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})
    await context.add_init_script(f"({PUSH.strip()})({given})")


# What the browser's vendor would do. Only the browser itself can make an event that may be waited for: this one tells
# its promise to the test.
CHANGE = """
async ([channel, given]) => {
  const shown = { toJSON: () => channel };
  PushManager.prototype.subscribe = async () => shown;
  const event = new Event('pushsubscriptionchange');
  const done = new Promise((tell) => { event.waitUntil = tell; });
  if (given) event.newSubscription = shown;
  self.dispatchEvent(event);
  await done;
}
"""


async def change_endpoint(context: BrowserContext, channel: dict[str, Any], *, given: bool) -> None:
    """The browser moves to another endpoint; `given` says whether it brings the new subscription with it."""
    [worker] = context.service_workers
    told = {"endpoint": channel["endpoint"], "keys": channel["keys"]}
    await worker.evaluate(CHANGE, [told, given])


async def faults(page: Page) -> list[str]:
    """What axe finds: nothing, where all is well."""
    found = await Axe().run(page)
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:150] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
    ]


@dataclass
class Worker:
    """The page's service worker, over the DevTools protocol."""

    session: Any
    origin: str
    registration: str

    async def deliver(self, payload: dict[str, Any]) -> None:
        """As the browser does once the push service has called it."""
        told = {"origin": self.origin, "registrationId": self.registration, "data": json.dumps(payload)}
        await self.session.send("ServiceWorker.deliverPushMessage", told)


async def worker_of(context: BrowserContext, page: Page) -> Worker:
    session = await context.new_cdp_session(page)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(one["registrationId"] for one in told["registrations"]),
    )
    await session.send("ServiceWorker.enable")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _ in range(100):
        if registrations:
            break
        await page.wait_for_timeout(50)
    assert registrations, "no service worker is registered"
    return Worker(session, page.url.rstrip("/"), registrations[-1])


async def notifications(page: Page) -> list[dict[str, str]]:
    """What stands in the browser's list of notifications."""
    return list(
        await page.evaluate(
            "navigator.serviceWorker.ready.then((worker) => worker.getNotifications())"
            ".then((all) => all.map(({title, body, tag, data}) => ({title, body, tag, url: data.url})))"
        )
    )
