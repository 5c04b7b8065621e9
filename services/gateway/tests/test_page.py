"""The reader's page in a real browser, over a gateway as it runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from services.gateway.tests.conftest import ADMIN, Gateway
from services.gateway.tests.make import enriched
from services.gateway.tests.test_subscribing import push
from shared.deliveries.log import DeliveryRecord, delivery_id, record_write
from shared.keys import subscriber_partition
from shared.messages import Enrichment, Figure, Mention, Place, Topic
from shared.sources.preview import Preview, PreviewEntry
from shared.sources.previewing import FETCH, Previewed
from shared.streams.asking import answer
from shared.streams.commit import write_all
from shared.subscriptions.record import WebPushChannel
from tests.browser import PHONE, browsing, change_endpoint, faults, push_through

pytestmark = pytest.mark.parametrize("redis_url", ["valkey"], indirect=True)
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
LOOKS = {
    "light": {"viewport": {"width": 1200, "height": 900}},
    "dark": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
    "phone": PHONE,
}


def today(entry: str, **more: Any) -> Any:
    return enriched(entry, published_at=datetime.now(UTC), **more)


def about() -> Enrichment:
    """Of the text "🚢 12 boats left Esbjerg" without a title: offsets count characters, the ship is one."""
    return Enrichment(
        figures=(Figure(text="12 boats", start=2, end=10, value=12, unit="count", of="boats"),),
        places=(Place(name="Esbjerg", start=16, end=23, country="DK"),),
        people=(Mention(name="nobody", start=0, end=1),),
        topics=(Topic(code="t", label="transport"),),
        urgency=0.8,
        alert="12 boats left Esbjerg",
    )


async def opened(page: Page, gateway: Gateway, path: str = "/") -> list[str]:
    """Opens the page; what it or the browser complains of is collected."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    await page.goto(gateway.url + path)
    return complaints


@pytest.mark.parametrize("look", LOOKS)
async def test_axe_finds_nothing(gateway: Gateway, look: str):
    await gateway.happen(today("e1", title=None, text="🚢 12 boats left Esbjerg", about=about()), today("e2"))
    await gateway.happen(today("e2", revision=2, deleted=True))
    async with browsing(**LOOKS[look]) as context:
        page = await context.new_page()
        complaints = await opened(page, gateway)
        await expect(page.locator("#entries > li")).to_have_count(2)
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        await page.fill("#words", "boats")
        await expect(page.locator("#sample li")).to_have_count(1)
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        for path in ("/docs", await page.locator(".at").first.get_attribute("href") or ""):
            await page.goto(gateway.url + path)
            await page.wait_for_load_state("networkidle")
            assert await faults(page) == [], path
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    assert complaints == []


async def test_new_entries_are_announced_and_do_not_jump(gateway: Gateway):
    await gateway.happen(today("e1", title="First"))
    async with browsing() as context:
        page = await context.new_page()
        await opened(page, gateway)
        items = page.locator("#entries > li")
        await expect(items).to_have_count(1)
        await expect(page.locator("#state")).to_have_text("Live")
        await gateway.happen(today("e2", title="Second"), today("e3", title="Third"))
        fresh = page.locator("#fresh")
        await expect(fresh).to_have_text("Show 2 new entries")
        await expect(items).to_have_count(1)
        await fresh.focus()
        await page.keyboard.press("Enter")
        await expect(items).to_have_count(3)
        await expect(fresh).to_be_hidden()
        await gateway.happen(today("e1", title="First, corrected", revision=2))
        await expect(page.locator("#entries")).to_contain_text("First, corrected")
        await expect(page.locator("#entries .mark", has_text="edited")).to_have_count(1)
        await gateway.happen(today("e1", title="First, corrected", revision=3, deleted=True))
        await expect(page.locator("li.deleted .mark")).to_have_text("withdrawn")


async def test_places_and_figures_are_marked_where_they_stand(gateway: Gateway):
    await gateway.happen(today("e1", title=None, text="🚢 12 boats left Esbjerg", about=about()))
    async with browsing() as context:
        page = await context.new_page()
        await opened(page, gateway)
        await expect(page.locator("mark.place")).to_have_text("Esbjerg")
        await expect(page.locator("mark.figure")).to_have_text("12 boats")
        assert await page.locator("mark.place").get_attribute("title") == "Esbjerg, DK"
        await expect(page.locator(".text p")).to_have_text("🚢 12 boats left Esbjerg")


async def test_a_script_in_every_field_stays_text(gateway: Gateway):
    told = Enrichment(
        places=(Place(name=EVIL, start=0, end=4, country=EVIL),), topics=(Topic(code=EVIL, label=EVIL),), alert=EVIL
    )
    await gateway.happen(today(EVIL, title=EVIL, text=EVIL, html=EVIL, url="javascript:alert(1)", about=told))
    async with browsing() as context:
        page = await context.new_page()
        complaints = await opened(page, gateway)
        await expect(page.locator("#entries > li h3")).to_have_text(EVIL)
        await expect(page.locator("#sample li")).to_have_count(1)
        assert await page.locator("#entries img, #entries script, #sample img").count() == 0
        assert await page.locator("a[href^='javascript']").count() == 0
        assert await page.title() == "Livebell"
    assert complaints == []


async def test_a_filter_shows_what_it_would_have_caught(gateway: Gateway):
    await gateway.happen(today("e1", title="Ferry late"), today("e2", title="Bus late"), today("e3", title="Bus early"))
    async with browsing() as context:
        page = await context.new_page()
        await opened(page, gateway)
        await expect(page.locator("#count")).to_contain_text("3 of the 3 entries")
        await page.fill("#words", "bus")
        await expect(page.locator("#count")).to_contain_text("2 of the 3 entries")
        await expect(page.locator("#sample li")).to_have_count(2)
        await expect(page.locator("#atom")).to_have_attribute("href", "/feeds/_all.atom?words=bus")
        await page.fill("#words", "zeppelin")
        await expect(page.locator("#count")).to_contain_text("None of the 3")
        await page.locator("#what summary").click()
        await page.fill("#lat", "123")
        await expect(page.locator("#count")).to_contain_text("lat")


async def test_a_browser_subscribes_looks_after_it_and_leaves(gateway: Gateway):
    channel = push()
    allowed = ["notifications", "clipboard-read", "clipboard-write"]
    async with browsing(permissions=allowed, timezone_id="Europe/Copenhagen") as context:
        await push_through(context, channel["endpoint"], channel["keys"])
        page = await context.new_page()
        complaints = await opened(page, gateway)
        await page.fill("#words", "ferry, power cut")
        await page.fill("#places", "Denmark")
        await page.select_option("#urgency", "0.5")
        await page.locator("#what summary").click()
        await page.fill("#people", "Ana Roth")
        await page.fill("#lat", "55.5")
        await page.fill("#lon", "8.4")
        await page.fill("#km", "40")
        await page.locator("#how summary").click()
        await page.fill("#quiet_from", "22:30")
        await page.fill("#quiet_to", "07:00")
        await page.select_option("#quiet_above", "0.7")
        await page.fill("#max_per_hour", "4")
        await page.click("#subscribe")
        await expect(page.locator("#standing")).to_have_text("Alerts are on.")
        [kept] = [one async for one in gateway.store.all()]
        assert kept.filter.words == ("ferry", "power cut")
        assert (kept.filter.places, kept.filter.people, kept.filter.min_urgency) == (("Denmark",), ("Ana Roth",), 0.5)
        assert kept.filter.near is not None
        assert kept.preferences is not None
        assert kept.preferences.max_per_hour == 4
        quiet = kept.preferences.quiet_hours
        assert quiet is not None
        assert (quiet.since, quiet.to, quiet.timezone, quiet.urgent_above) == (
            "22:30",
            "07:00",
            "Europe/Copenhagen",
            0.7,
        )
        assert (kept.filter.near.lat, kept.filter.near.km) == (55.5, 40)
        assert kept.filter.changes == ("created", "updated", "deleted")
        await expect(page.locator("#listens")).to_have_text("listens")
        await expect(page.locator("#last")).to_have_text("none yet")
        assert await faults(page) == []

        record = DeliveryRecord(id=delivery_id(kept.id, f"evt_{'0' * 32}"), event_id=f"evt_{'0' * 32}",
                                kind="entry.created", status="delivered", attempt=1, at=1_800_000_000.0)  # fmt: skip
        await write_all(gateway.redis, record_write(subscriber_partition(kept.id, 1), kept.id, record))
        await page.reload()
        await expect(page.locator("#last")).not_to_have_text("none yet")
        await expect(page.locator("#words")).to_have_value("ferry, power cut")
        await expect(page.locator("#quiet_from")).to_have_value("22:30")
        for field in ("quiet_from", "quiet_to", "max_per_hour"):
            await page.fill(f"#{field}", "")
        await page.fill("#words", "bridge")
        await page.click("#subscribe")
        await expect(page.locator("#said")).to_have_text("Changed.")
        await page.click("#pause")
        await expect(page.locator("#standing")).to_contain_text("Paused")
        [changed] = [one async for one in gateway.store.all()]
        assert (changed.filter.words, changed.status, changed.preferences) == (("bridge",), "paused", None)
        await page.click("#pause")
        await expect(page.locator("#standing")).to_have_text("Alerts are on.")
        await page.click("#test")
        await expect(page.locator("#said")).to_contain_text("on its way")

        await page.locator("#held details summary").click()
        async with page.expect_download() as download:
            await page.click("#export")
        assert (await download.value).suggested_filename == "livebell-my-data.json"
        await page.click("#link")
        await expect(page.locator("#said")).to_contain_text("Copied")
        link = await page.evaluate("navigator.clipboard.readText()")

        async with browsing() as elsewhere:
            other = await elsewhere.new_page()
            await other.goto(link)
            await expect(other.locator("#standing")).to_have_text("Alerts are on.")
            await expect(other.locator("#listens")).to_contain_text("does not listen")
            assert "#" not in other.url, "the token stays in no address"

        await page.click("#leave")
        await expect(page.locator("#held")).to_be_hidden()
        assert await gateway.store.count() == 0
        assert [name async for name in gateway.redis.scan_iter("*deliveries-of*")] == []
        assert await page.evaluate("localStorage.length") == 0
    assert complaints == []


@pytest.mark.parametrize("given", [True, False], ids=["given anew", "asked for anew"])
async def test_a_browser_whose_endpoint_changes_is_found_at_the_new_one(gateway: Gateway, given: bool):
    before, after = push(), push()
    after["endpoint"] += "-moved"
    async with browsing(permissions=["notifications"]) as context:
        await push_through(context, before["endpoint"], before["keys"])
        page = await context.new_page()
        complaints = await opened(page, gateway)
        await page.fill("#words", "ferry")
        await page.click("#subscribe")
        await expect(page.locator("#standing")).to_have_text("Alerts are on.")
        await change_endpoint(context, after, given=given)
        [moved] = [one async for one in gateway.store.all()]
    assert isinstance(moved.channel, WebPushChannel)
    assert (moved.channel.endpoint, moved.channel.keys.p256dh) == (after["endpoint"], after["keys"]["p256dh"])
    assert complaints == []


async def test_a_webhook_is_made_and_its_secret_shown_once(gateway: Gateway):
    async with browsing() as context:
        page = await context.new_page()
        await opened(page, gateway)
        await page.get_by_label("A webhook").check()
        await page.fill("#url", "http://127.0.0.1:9/hook")
        await page.click("#subscribe")
        await expect(page.locator("#made-secret")).to_contain_text("whsec_")
        await expect(page.locator("#standing")).to_contain_text("Waiting for the address")
        await page.reload()
        await expect(page.locator("#listens")).to_have_text("http://127.0.0.1:9/hook")
        await expect(page.locator("#secrets")).to_be_hidden()


async def test_the_operator_sees_what_would_be_read_and_adds_it(gateway: Gateway):
    found = Preview(
        url="https://news.example/live/storm", format="jsonld", title="Storm", live=True, next_url=None, bytes=900,
        entries=2, with_times=1, newest_at=None, oldest_at=None, complete=True,
        newest=(PreviewEntry(id="a", published_at=None, title=EVIL),), doubtful=("1 of 2 entries have no time.",),
    )  # fmt: skip

    async def read(answers: Previewed) -> None:
        question = await FETCH.next(gateway.redis, block=10)
        assert question is not None
        assert question.url == found.url
        await answer(gateway.redis, question, answers)

    async with browsing() as context:
        page = await context.new_page()
        await opened(page, gateway)
        await page.locator("#operator summary").click()
        await page.fill("#blog-url", "https://news.example/live/storm")
        await page.get_by_role("button", name="Watch it").click()
        await expect(page.locator("#added")).to_contain_text("operator's token")
        await page.fill("#admin", ADMIN)
        for answers, told in (
            (Previewed(problem="The page does not exist."), "does not exist"),
            (Previewed(preview=found), "Storm: 2 entries, read as jsonld."),
        ):
            reading = asyncio.create_task(read(answers))
            await page.click("#preview")
            await expect(page.locator("#added")).to_contain_text(told)
            await reading
        await expect(page.locator("#previewed")).to_contain_text("1 of 2 entries have no time.")
        assert await page.title() != "owned"
        assert await faults(page) == []
        await page.get_by_role("button", name="Watch it").click()
        await expect(page.locator("#added")).to_contain_text("is watched now")
        await expect(page.locator("#source option")).to_have_count(2)


async def test_everything_is_reached_with_the_keyboard_alone(gateway: Gateway):
    await gateway.happen(today("e1"))
    async with browsing() as context:
        page = await context.new_page()
        await opened(page, gateway)
        await expect(page.locator("#entries > li")).to_have_count(1)
        reached = []
        focused = "document.activeElement.id || document.activeElement.textContent.trim()"
        for _ in range(40):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate(focused))
        assert reached[0] == "Skip to the entries"
        assert {"source", "words", "places", "urgency", "edits", "subscribe", "atom"} <= set(reached)


async def test_saving_the_form_keeps_what_it_does_not_show(gateway: Gateway):
    asked = {"words": ["Washington, D.C.", "ferry"], "all_words": ["storm"], "organisations": ["RNLI"],
             "languages": ["en"], "places": [2622447, "Oslo"], "min_urgency": 0.35,
             "changes": ["created", "closed"]}  # fmt: skip
    quiet = {"from": "22:00", "to": "06:30", "timezone": "Asia/Tokyo", "urgent_above": 0.9}
    hook = {"type": "webhook", "url": "http://127.0.0.1:9/hook"}
    body = {"channel": hook, "filter": asked, "preferences": {"quiet_hours": quiet}}
    made = await gateway.subscribe(body, token=ADMIN)
    async with browsing(timezone_id="Europe/Copenhagen") as context:
        page = await context.new_page()
        complaints = await opened(page, gateway, f"/#manage={made['id']}.{made['token']}")
        await expect(page.locator("#standing")).to_have_text("Alerts are on.")
        await expect(page.locator("#beyond")).to_contain_text("all of the words: storm; organisations: RNLI")
        [before] = [one async for one in gateway.store.all()]
        await page.click("#subscribe")
        await expect(page.locator("#said")).to_have_text("Changed.")
        [after] = [one async for one in gateway.store.all()]
        assert (after.filter, after.preferences) == (before.filter, before.preferences)
        assert await faults(page) == []
    assert complaints == []


async def test_a_link_looks_after_alerts_of_elsewhere_and_leaves_this_browsers_own_alone(gateway: Gateway):
    """Nor do the alerts move here, though this browser may show notifications."""
    there, here = push(), push()
    there["endpoint"] += "-there"
    made = await gateway.subscribe({"channel": there, "filter": {"words": ["tug"]}})
    async with browsing(permissions=["notifications"]) as context:
        await push_through(context, here["endpoint"], here["keys"])
        page = await context.new_page()
        await opened(page, gateway)
        await page.fill("#words", "ferry")
        await page.click("#subscribe")
        await expect(page.locator("#listens")).to_have_text("listens")
        other = await context.new_page()
        await opened(other, gateway, f"/#manage={made['id']}.{made['token']}")
        await expect(other.locator("#words")).to_have_value("tug")
        await expect(other.locator("#listens")).to_contain_text("go to another one")
        await expect(other.locator("#alerts-title")).to_be_focused()
        await other.wait_for_load_state("networkidle")
        kept = await gateway.store.get(made["id"])
        assert kept is not None
        assert isinstance(kept.channel, WebPushChannel)
        assert kept.channel.endpoint == there["endpoint"]
        await other.get_by_role("button", name="Back to this browser’s own").click()
        await expect(other.locator("#words")).to_have_value("ferry")
        await opened(other, gateway, f"/#manage={made['id']}.{made['token']}")
        await other.reload()
        await other.click("#leave")
        await expect(other.locator("#words")).to_have_value("ferry")
        await page.reload()
        await expect(page.locator("#listens")).to_have_text("listens")
        assert await gateway.store.get(made["id"]) is None
        assert await gateway.store.count() == 1


async def test_what_is_half_filled_in_is_told_and_not_sent(gateway: Gateway):
    await gateway.happen(today("e1"))
    async with browsing() as context:
        page = await context.new_page()
        await opened(page, gateway)
        await page.get_by_label("A webhook").check()
        await page.fill("#url", "http://127.0.0.1:9/hook")
        await page.locator("#what summary").click()
        await page.fill("#lat", "55.5")
        await expect(page.locator("#count")).to_contain_text("give its latitude and longitude")
        await page.click("#subscribe")
        await expect(page.locator("#said")).to_contain_text("give its latitude and longitude")
        await page.fill("#lat", "north")
        await page.click("#subscribe")
        await expect(page.locator("#said")).to_contain_text("Latitude: give a number")
        await page.fill("#lat", "")
        await expect(page.locator("#count")).to_contain_text("1 of the 1")
        await page.locator("#how summary").click()
        await page.fill("#quiet_from", "22:00")
        await page.click("#subscribe")
        await expect(page.locator("#said")).to_contain_text("Quiet hours: give both")
        await page.click("#here")
        await expect(page.locator("#said")).to_contain_text("does not say where you are")
        assert await gateway.store.count() == 0


async def test_a_link_to_an_entry_that_is_gone_leads_a_reader_on(gateway: Gateway):
    async with browsing() as context:
        page = await context.new_page()
        answer = await page.goto(f"{gateway.url}/entries/ferry/{'0' * 32}")
        assert answer is not None
        assert answer.status == 404
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert await faults(page) == []
        await page.get_by_role("link", name="The entries that are kept").click()
        await expect(page.locator("#entries-title")).to_be_visible()
