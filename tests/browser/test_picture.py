"""The picture of a week on a phone: it loads within the page's own policy, fits the bubble and is told in words."""

from datetime import date

import pytest
from playwright.async_api import expect

from bot.core.messages import Kind, Outgoing, Picture, Series
from tests.browser.conftest import OpenPhone

pytestmark = pytest.mark.browser

WEEK = Picture(
    alt="Spanning: maandag 9 maart een 7, dinsdag 10 maart een 3.",
    series=(Series("Spanning", ((date(2026, 3, 9), 7), (date(2026, 3, 10), 3))),),
    first=date(2026, 3, 9),
    last=date(2026, 3, 15),
)


async def test_the_week_is_shown_in_words_and_then_as_a_picture_that_fits(phone: OpenPhone) -> None:
    sanne = await phone()
    await sanne.opens()
    await sanne.site.house.tell(await sanne.visitor(), Outgoing(text="Je week.", kind=Kind.WEEK, picture=WEEK))
    picture = sanne.page.get_by_role("img", name=WEEK.alt)
    await expect(picture).to_have_js_property("naturalWidth", 1600, timeout=20_000)
    box, bubble = await picture.bounding_box(), await sanne.page.locator(".bubble").bounding_box()
    assert box is not None and bubble is not None
    assert bubble["x"] < box["x"] and box["x"] + box["width"] < bubble["x"] + bubble["width"]
    assert box["width"] > 270
    assert box["width"] / box["height"] == pytest.approx(1.6, abs=0.02)
    await sanne.page.reload()
    await expect(picture).to_have_js_property("naturalWidth", 1600, timeout=20_000)
