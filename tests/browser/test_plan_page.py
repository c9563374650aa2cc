"""The page with a safety plan can be read on any screen, in the dark, and on paper."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from bot.core.decision import Decision
from bot.core.safety_plan import SafetyPlan
from bot.store import decisions, subscribers
from bot.web.asking import chat_of
from tests.browser.conftest import OpenPhone, Site
from tests.browser.test_looks import COLOURS, SCREENS, check, keep

pytestmark = pytest.mark.browser

SECRET = "een-geheim-van-de-test"
PLAN = SafetyPlan(
    signs=("Ik slaap slecht en sta laat op", "Ik neem de telefoon niet meer op"),
    helps=("Buiten lopen, ook als het regent", "De lijst met liedjes van Sam", "a" * 60),
    people=("Anna, 06-12345678", "Huisarts: 020 123 45 67", "Mijn zus, altijd"),
    place=("Bij mijn zus aan de keukentafel",),
)


async def written(site: Site) -> None:
    now = site.house.clock.now()

    async def record(conn: Any) -> None:
        person = await subscribers.find_or_create(
            conn, "mariposha", chat_of("mariposha", "iemand"), zone="Europe/Amsterdam", now=now
        )
        decision = Decision(subscriber=replace(person, safety_plan=PLAN), plan_link=SECRET)
        await decisions.record(conn, "mariposha", decision, "test:plan", now, "v1")

    await site.house.database.write(record)


@pytest.mark.parametrize("width", SCREENS)
async def test_it_fits_and_can_be_read_in_both_colours(
    phone: OpenPhone, site: Site, tmp_path: Path, width: int
) -> None:
    await written(site)
    anna = await phone(viewport={"width": width, "height": SCREENS[width]})
    await anna.opens(f"/plan/{SECRET}")
    await expect(anna.page.get_by_role("button", name="Print of bewaar als pdf")).to_be_visible()
    await expect(anna.page.get_by_role("link", name="06-12345678")).to_have_attribute("href", "tel:0612345678")
    for colours in COLOURS:
        await anna.page.emulate_media(color_scheme=colours)
        await check(anna, width)
        await keep(anna, tmp_path, f"plan-{width}-{colours}")


async def test_on_paper_there_is_the_plan_and_nothing_to_press(phone: OpenPhone, site: Site, tmp_path: Path) -> None:
    await written(site)
    anna = await phone(viewport={"width": 800, "height": 1100})
    await anna.opens(f"/plan/{SECRET}")
    await anna.page.emulate_media(media="print", color_scheme="light")
    await expect(anna.page.get_by_role("button")).to_be_hidden()
    await expect(anna.page.get_by_text("Bij mijn zus aan de keukentafel")).to_be_visible()
    await keep(anna, tmp_path, "plan-paper")
