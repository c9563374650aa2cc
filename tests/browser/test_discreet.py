"""Discreet mode in the web chat, with the whole bot: who looks along sees a neutral line until the person says OPEN."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.app import App
from bot.clock import SteppingClock
from tests.web.house import served

pytestmark = pytest.mark.browser

KNOCK = "Er staat iets voor je klaar. Typ OPEN als het jou uitkomt."
CONTENT_OF_NUDGE = "Hoe ging het?"


@pytest.fixture
async def page(app: App, chromium: Browser) -> AsyncIterator[Page]:
    async with served(app.web, app.hub) as site:
        context = await chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{site}/chat/mariposha")
        yield page
        await context.close()
    assert problems == []


async def says(page: Page, text: str) -> None:
    await expect(page.locator("#send")).to_be_enabled()
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def keep(page: Page, folder: Path, name: str) -> None:
    kept = Path(os.environ.get("NABIJ_SCREENSHOTS") or folder)
    await page.screenshot(path=kept / f"{name}.png", animations="disabled")


async def passes(app: App, **time: float) -> None:
    assert isinstance(app.clock, SteppingClock)
    await app.clock.advance(timedelta(**time))


async def test_the_live_page_shows_a_neutral_line_and_the_content_after_open_also_after_a_reload(
    page: Page, app: App, tmp_path: Path
) -> None:
    await says(page, "discreet")
    await expect(page.locator("h1")).not_to_contain_text("Mariposha", timeout=10_000)
    await says(page, "HECHTING")
    await expect(page.locator(".buttons:not(.old) button")).to_have_count(3)

    # The page is open and looks: what comes, comes by its stream.
    await passes(app, hours=35)
    last = page.locator(".line.bot").last
    await expect(last.locator(".text")).to_have_text(KNOCK)
    await expect(page.locator(".buttons:not(.old) button")).to_have_text(["Open"])
    for _ in range(2):
        assert CONTENT_OF_NUDGE not in await page.content()
        assert "Mariposha" not in await page.title()
        await keep(page, tmp_path, "discreet-knock")
        await page.reload()
        await expect(last.locator(".text")).to_have_text(KNOCK)

    await page.get_by_role("button", name="Open", exact=True).click()
    await expect(last).to_contain_text(CONTENT_OF_NUDGE)
    await expect(page.locator(".buttons:not(.old) button").first).to_have_text("Gedaan")
    await expect(last).to_be_in_viewport()
    await keep(page, tmp_path, "discreet-open")
    await page.reload()
    await expect(last).to_contain_text(CONTENT_OF_NUDGE)
    assert "Mariposha" not in await page.title()


async def test_open_typed_works_as_the_button_does(page: Page, app: App) -> None:
    await says(page, "discreet")
    await expect(page.locator("h1")).not_to_contain_text("Mariposha", timeout=10_000)
    await says(page, "HECHTING")
    await expect(page.locator(".buttons:not(.old) button")).to_have_count(3)
    await passes(app, hours=35)
    await expect(page.locator(".line.bot").last.locator(".text")).to_have_text(KNOCK)
    await says(page, "open")
    await expect(page.locator(".line.bot").last).to_contain_text(CONTENT_OF_NUDGE)
