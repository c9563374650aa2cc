"""The page with a safety plan: for who has the link, with numbers to tap, and no name of anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import update

from bot.core.decision import Decision
from bot.core.messages import Address, Channel
from bot.core.safety_plan import SafetyPlan
from bot.store import decisions, subscribers
from bot.store.tables import PlanLinkRow
from tests.web.house import House

SECRET = "een-geheim-van-de-test"
PLAN = SafetyPlan(
    signs=("ik slaap <b>slecht</b>",), helps=("buiten *lopen*",), people=("Anna 06-12345678",), place=("bij mijn zus",)
)


async def written(house: House, plan: SafetyPlan = PLAN) -> None:
    now, address = house.clock.now(), Address(Channel.WEBCHAT, "mariposha:webchat", "iemand")

    async def record(conn: Any) -> None:
        person = await subscribers.find_or_create(conn, "mariposha", address, zone="Europe/Amsterdam", now=now)
        decision = Decision(subscriber=replace(person, safety_plan=plan), plan_link=SECRET)
        await decisions.record(conn, "mariposha", decision, "test:plan", now, "v1")

    await house.database.write(record)


async def page(house: House, secret: str = SECRET) -> httpx.Response:
    async with house.browser() as client:
        return await client.get(f"/plan/{secret}", headers={"Accept": "text/html"})


async def test_the_link_shows_the_plan_with_numbers_to_tap(house: House) -> None:
    await written(house)
    answer = await page(house)
    assert answer.status_code == 200
    for part in ("Zo merk ik", "bij mijn zus", 'href="tel:0612345678"', 'href="tel:113"', 'href="tel:112"'):
        assert part in answer.text, part
    assert "&lt;b&gt;slecht" in answer.text and "*lopen*" in answer.text


async def test_nobody_is_named_and_nothing_is_kept_by_a_cache(house: House) -> None:
    await written(house)
    answer = await page(house)
    assert "ariposha" not in answer.text and "<title>Mijn plan</title>" in answer.text
    assert answer.headers["cache-control"] == "no-store" and "noindex" in answer.text
    assert "set-cookie" not in answer.headers


async def test_an_old_or_guessed_link_says_kindly_how_to_get_a_new_one(house: House) -> None:
    await written(house)
    assert (await page(house, "geraden-geraden-geraden")).status_code == 404
    before = datetime.now(UTC) - timedelta(hours=2)
    await house.database.write(lambda conn: conn.execute(update(PlanLinkRow).values(made_at=before)))
    answer = await page(house)
    assert answer.status_code == 404 and "KRACHT" in answer.text and "113" in answer.text
    assert (await page(house, "kort")).status_code == 400
