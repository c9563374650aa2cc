"""The front door."""

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


async def test_only_the_demo_calls_itself_one(house: House, demo: House) -> None:
    assert "niet namens de praktijk" in (await demo.browser().get("/chat/mariposha")).text
    assert "emo" not in (await house.browser().get("/chat/mariposha")).text
