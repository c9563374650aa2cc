"""The page fits every screen, can be read by everybody, and stays within its own policy.

With NABIJ_SCREENSHOTS set to a folder, the screenshots are kept there, for people to look at and for the README.
"""

import os
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import expect

from bot.core.messages import Button, Kind, Lane, Outgoing
from tests.browser.conftest import OpenPhone, Phone, Site
from tests.web.house import House, open_house, practice

pytestmark = pytest.mark.browser

LONG_NAME = "Praktijk voor Relatietherapie, Hechtingsproblematiek en Levensloopbegeleiding Noordwest-Overijssel"
COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCREENS = {320: 568, 390: 844, 1280: 800}

# Of every text that is shown: its colour against what lies behind it (WCAG 2.2, 1.4.3: 4.5, for large text 3).
FAINT_TEXTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((part, at) => at === 3 ? part / 255 : part);
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (colour) => colour.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('.sr, option, script, dialog:not([open])')) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const [light, dark] = [luminance(over(rgba(style.color), ground)), luminance(ground)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < needed) faint.push(`${node.textContent.trim().slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}"""

# What can be tapped needs 24 by 24 pixels (WCAG 2.2, 2.5.8; links in a sentence excepted) and a name.
HARD_TO_TAP = """() => [...document.querySelectorAll('button, select, textarea, a, summary')]
  .filter((element) => element.checkVisibility() && !element.closest('p:has(> a), dialog:not([open])'))
  .filter((element) => element.tagName !== 'A' || getComputedStyle(element).display !== 'inline')
  .filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return width < 24 || height < 24;
  }).map((element) => element.outerHTML)"""
NAMELESS = """() => [...document.querySelectorAll('button, select, textarea, a, img, [role=log], [role=group]')]
  .filter((element) => {
    const labels = element.labels ? [...element.labels].map((label) => label.textContent).join('') : '';
    const name = element.getAttribute('aria-label') || labels || element.textContent;
    return element.tagName === 'IMG' ? !element.hasAttribute('alt') : !name.trim();
  }).map((element) => element.outerHTML)"""
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter((element) => element.checkVisibility() && !element.closest('.sr'))
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 80))"""


@pytest.fixture
async def house(tmp_path: Path) -> Any:
    async with open_house(tmp_path, practice(name=LONG_NAME), practice("bellein", "Bellein"), demo=True) as opened:
        yield opened


async def has_talked_long(anna: Phone, site: Site) -> None:
    """A conversation with everything that can be in one."""
    house: House = site.house
    await anna.opens()
    await anna.page.get_by_role("button", name="HECHTING").click()
    await anna.has_lines(3)
    await anna.page.get_by_role("button", name="Gedaan").click()
    await anna.has_lines(5)
    await anna.says("Goed, laten we het proberen. Ik vind het wel spannend hoor, " + "heel " * 20 + "spannend.")
    await anna.has_lines(8)
    await house.tell(
        await anna.visitor(),
        Outgoing(
            text="**Stap 1: merken**\n\n> Wat merk je?\n\n- je buik\n- je schouders\n\n---\n\n"
            "Meer lezen kan op https://www.example.nl/een/heel/lang/adres/dat/nergens/mag/uitsteken",
            kind=Kind.LESSON,
            lane=Lane.LESSON,
            unasked=True,
        ),
        Outgoing(
            text="Hoe dichtbij voelde je je vandaag bij de ander? 0 is ver weg, 10 is heel dichtbij.",
            kind=Kind.CHECKIN,
            lane=Lane.LESSON,
            unasked=True,
            buttons=tuple(Button(str(number), str(number)) for number in range(11)),
        ),
    )
    await anna.has_lines(10)


async def keep(anna: Phone, folder: Path, name: str) -> None:
    kept = Path(os.environ.get("NABIJ_SCREENSHOTS") or folder)
    await anna.page.screenshot(path=kept / f"{name}.png", animations="disabled")


async def check(anna: Phone, width: int) -> None:
    for what in (FAINT_TEXTS, HARD_TO_TAP, NAMELESS, TOO_WIDE):
        assert await anna.js(what) == []
    assert await anna.js("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", SCREENS)
async def test_a_long_conversation_fits_and_can_be_read(
    phone: OpenPhone, site: Site, tmp_path: Path, width: int
) -> None:
    anna = await phone(viewport={"width": width, "height": SCREENS[width]})
    await has_talked_long(anna, site)
    for colours in COLOURS:
        await anna.page.emulate_media(color_scheme=colours)
        await check(anna, width)
        await anna.js("document.querySelector('#clock').textContent = 'wo 25 nov, 22:58'")
        assert await anna.js("document.querySelector('.clock').clientHeight") < 50, "one row"
        for part in (".top", "#composer", "#not-me", ".demo"):
            await expect(anna.page.locator(part)).to_be_in_viewport(ratio=1)
        assert await anna.js("document.querySelector('#log').clientHeight") > 220
        await keep(anna, tmp_path, f"chat-{width}-{colours}")


async def test_every_page_fits_and_can_be_read(phone: OpenPhone, site: Site, tmp_path: Path) -> None:
    anna = await phone(viewport={"width": 320, "height": 568})
    anna.may_lose_the_line = True
    for path in ("/", "/chat/mariposha", "/chat/onbekend"):
        await anna.opens(path)
        for colours in COLOURS:
            await anna.page.emulate_media(color_scheme=colours)
            await check(anna, 320)
            await keep(anna, tmp_path, f"page-{path.strip('/').replace('/', '-') or 'home'}-{colours}")


async def test_on_the_smallest_screen_the_welcome_begins_with_its_first_words(phone: OpenPhone) -> None:
    anna = await phone(viewport={"width": 320, "height": 568})
    await anna.opens()
    await expect(anna.page.locator("#send")).to_be_enabled()
    await expect(anna.page.get_by_role("heading", name="Fijn dat je er bent")).to_be_in_viewport(ratio=1)
    # The keyboard comes and goes.
    for height in (320, 568):
        await anna.page.set_viewport_size({"width": 320, "height": height})
        await anna.js("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert await anna.js("document.querySelector('#log').scrollTop") == 0


async def test_the_dialog_and_the_notices_can_be_read(phone: OpenPhone, site: Site, tmp_path: Path) -> None:
    anna = await phone(viewport={"width": 320, "height": 568})
    for colours in COLOURS:
        await anna.page.emulate_media(color_scheme=colours)
        await anna.opens()
        await anna.js("document.querySelector('#status').hidden = false")
        await anna.js("document.querySelector('#status').textContent = 'Even geen verbinding.'")
        await anna.says("a" * 4_001)
        await check(anna, 320)
        await anna.page.locator("#not-me").click()
        await check(anna, 320)
        await keep(anna, tmp_path, f"dialog-{colours}")


async def test_everything_works_from_the_keyboard(phone: OpenPhone) -> None:
    anna = await phone()
    await anna.opens()
    await anna.page.locator("#log").focus()
    await anna.page.keyboard.press("Tab")
    await expect(anna.page.get_by_role("button", name="HECHTING")).to_be_focused()
    await anna.page.keyboard.press("Enter")
    await anna.has_lines(3)
    await expect(anna.page.locator("#text")).to_be_focused()
    await anna.page.keyboard.press("Shift+Tab")
    await expect(anna.page.get_by_role("button", name="Liever geen vervolg")).to_be_focused()
    await anna.page.keyboard.press("Shift+Tab")
    await anna.page.keyboard.press("Space")
    assert (await anna.has_lines(5))[3] == "Elke dag een stap"
    await anna.page.locator("#not-me").press("Enter")
    await expect(anna.page.get_by_role("dialog", name="Ben jij dit niet?")).to_be_visible()
    await anna.page.keyboard.press("Escape")
    await expect(anna.page.get_by_role("dialog")).to_be_hidden()
    await expect(anna.page.locator("#not-me")).to_be_focused()


async def test_a_screen_reader_hears_what_comes_in_and_who_says_it(phone: OpenPhone) -> None:
    anna = await phone()
    await anna.opens()
    await anna.says("HECHTING")
    await anna.has_lines(3)
    log = anna.page.get_by_role("log", name=f"Gesprek met {LONG_NAME}")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log.get_by_role("listitem").nth(1)).to_contain_text("Jij: HECHTING")
    await expect(log.get_by_role("listitem").nth(2)).to_contain_text(f"{LONG_NAME.split(',')[0]}: Hechting gaat over")
    await expect(log.get_by_role("group", name="Antwoorden").get_by_role("button")).to_have_count(3)
    assert await anna.js("document.documentElement.lang") == "nl"
    assert await anna.js("[...document.querySelectorAll('h1, h2')].filter(e => e.checkVisibility()).length") == 1


async def test_who_wants_no_motion_gets_none(phone: OpenPhone) -> None:
    anna = await phone(reduced_motion="reduce")
    await anna.opens()
    await anna.says("HECHTING")
    await anna.has_lines(3)
    assert await anna.js("document.getAnimations().filter(one => one.playState === 'running').length") == 0


async def test_the_policy_lets_nobody_else_write_into_the_page(phone: OpenPhone) -> None:
    anna = await phone()
    await anna.opens()
    with pytest.raises(PlaywrightError, match="TrustedHTML"):
        await anna.js("document.body.innerHTML = '<img src=x onerror=alert(1)>'")
    with pytest.raises(PlaywrightError, match="TrustedScriptURL"):
        await anna.js("document.createElement('script').src = 'https://elders.example/x.js'")
    blocked = await anna.js(
        """() => new Promise((done) => {
            const heard = (event) => done(event.effectiveDirective);
            document.addEventListener('securitypolicyviolation', heard, { once: true });
            document.head.append(Object.assign(document.createElement('style'), { textContent: 'p { color: red }' }));
        })"""
    )
    assert blocked == "style-src-elem"
    anna.problems.clear()
