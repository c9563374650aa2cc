"""The whole bot with its own content, as `make demo` starts it, in a browser.

With NABIJ_SCREENSHOTS set to a folder, the screenshot for the README is kept there.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.app import App
from tests.web.house import served

pytestmark = pytest.mark.browser


@pytest.fixture
async def address(app: App) -> AsyncIterator[str]:
    async with served(app.web, app.hub) as site:
        yield site


async def test_from_the_front_page_to_tomorrows_nudge(chromium: Browser, address: str, tmp_path: Path) -> None:
    context = await chromium.new_context(viewport={"width": 390, "height": 844})
    page = await context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)

    await page.goto(address)
    await page.locator('a[href="/chat/mariposha?woord=HECHTING"]').click()
    await expect(page.locator("#send")).to_be_enabled()
    await page.locator("#text").press("Enter")
    await expect(page.locator(".line")).to_have_count(3)
    await expect(page.locator(".line").first).to_contain_text("HECHTING")
    buttons = page.locator(".buttons:not(.old) button")
    await expect(buttons).to_have_count(3)
    await buttons.last.scroll_into_view_if_needed()
    kept = Path(os.environ.get("NABIJ_SCREENSHOTS") or tmp_path)
    await page.screenshot(path=kept / "readme.png", animations="disabled")

    for morning in ("wo 4 mrt, 10:00", "do 5 mrt, 10:00"):
        await page.get_by_role("button", name="+1 dag").click()
        await expect(page.locator("#clock")).to_have_text(morning)
    await expect(page.locator(".line")).to_have_count(4)
    await expect(page.locator(".line time").last).to_have_text("19:00")
    await expect(page.locator(".day")).to_have_count(2)
    await buttons.first.click()
    await expect(page.locator(".line.you")).to_have_count(2)
    await page.locator("#text").fill("stop")
    await page.locator("#text").press("Enter")
    await expect(page.locator(".line").last).to_contain_text("START")
    assert problems == []
    await context.close()


async def test_every_practice_can_be_texted_in_the_browser(chromium: Browser, app: App, address: str) -> None:
    for slug in app.library().practices:
        page = await chromium.new_page()
        await page.goto(f"{address}/chat/{slug}")
        await page.locator(".word").first.click()
        await expect(page.locator(".line.bot").nth(1)).to_be_visible()
        await expect(page.locator(".buttons:not(.old) button")).not_to_have_count(0)
        await page.close()
