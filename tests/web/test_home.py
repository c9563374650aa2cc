"""The front door."""

from dataclasses import replace
from pathlib import Path

from tests.web.house import House, open_house, practice


async def test_the_demo_shows_whom_to_text_and_with_which_word(demo: House) -> None:
    page = await demo.browser().get("/")
    assert page.status_code == 200
    assert page.text.index("Bellein Academie") < page.text.index("Mariposha, praktijk")
    assert '/chat/mariposha?woord=HECHTING"' in page.text
    assert "niet namens de praktijken" in page.text


async def test_elsewhere_nobody_learns_which_practices_there_are(house: House) -> None:
    page = await house.browser().get("/")
    assert page.status_code == 200
    assert "Mariposha" not in page.text
    assert "Bellein" not in page.text


async def test_a_practice_on_its_own_has_one_door(tmp_path: Path) -> None:
    async with open_house(tmp_path, practice()) as house:
        answer = await house.browser().get("/")
        assert (answer.status_code, answer.headers["location"]) == (307, "/chat/mariposha")


async def test_on_a_public_site_nobody_new_gets_into_a_chat_that_nobody_approved(tmp_path: Path) -> None:
    approved = replace(practice("de-wilg", "De Wilg"), approved={"by": "W. de Vries", "on": "2026-03-01"})
    async with open_house(tmp_path, practice(), approved) as house:
        known = house.visitor()
        await known.opens()
        public = house.rebuilt(only_approved=True)
        front = await public.browser().get("/")
        assert front.headers["location"] == "/chat/de-wilg"
        assert (await public.browser().get("/chat/de-wilg")).status_code == 200
        refused = await public.browser().get("/chat/mariposha")
        assert refused.status_code == 404 and "set-cookie" not in refused.headers
        again = replace(known, house=public, client=public.browser(cookies=known.client.cookies))
        assert (await again.opens()).status_code == 200, "who was let in before keeps the conversation"


async def test_only_the_demo_calls_itself_one(house: House, demo: House) -> None:
    assert "niet namens de praktijk" in (await demo.browser().get("/chat/mariposha")).text
    assert "emo" not in (await house.browser().get("/chat/mariposha")).text
