"""A person with a browser: what they see, say and tap."""

import re

import pytest
from playwright.async_api import expect

from bot.core.messages import Outgoing
from tests.browser.conftest import OpenPhone, Site, lesson, opened
from tests.web.house import eventually, says_nothing

pytestmark = pytest.mark.browser


async def test_a_keyword_gets_an_explanation_and_an_exercise_with_buttons(phone: OpenPhone) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    word, explanation, exercise = await anna.has_lines(3)
    assert (word, explanation) == ("HECHTING", "Hechting gaat over nabijheid.")
    assert "Zet je voeten neer." in exercise
    await expect(anna.page.locator(".buttons:not(.old) button")).to_have_text(
        ["Gedaan", "Elke dag een stap", "Liever geen vervolg"]
    )
    await expect(anna.page.locator("#text")).to_be_focused()
    await expect(anna.page.locator("#text")).to_have_value("")


async def test_a_word_of_the_welcome_can_be_tapped(phone: OpenPhone) -> None:
    anna = await opened(phone)
    await anna.page.get_by_role("button", name="RUZIE").click()
    assert (await anna.has_lines(3))[0] == "RUZIE"
    await expect(anna.page.locator("#welcome")).to_be_hidden()


async def test_a_tap_is_said_and_shows_as_chosen_also_after_a_reload(phone: OpenPhone) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await anna.page.get_by_role("button", name="Elke dag een stap").click()
    assert (await anna.has_lines(5))[3:] == ["Elke dag een stap", "Dank je (daily)."]
    for _ in range(2):
        await expect(anna.page.locator("[aria-pressed=true]")).to_have_text(["Elke dag een stap"])
        await expect(anna.page.locator(".buttons")).to_have_class(re.compile("old"))
        await anna.page.reload()
        await anna.has_lines(5)


async def test_older_buttons_are_quieter_and_still_answer(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await site.house.tell(await anna.visitor(), lesson(1, "Gelezen"))
    await anna.has_lines(4)
    await expect(anna.page.locator(".buttons.old button")).to_have_count(3)
    await expect(anna.page.locator(".buttons:not(.old) button")).to_have_text(["Gelezen"])
    await anna.page.get_by_role("button", name="Gedaan").click()
    assert (await anna.has_lines(6))[4:] == ["Gedaan", "Dank je (done)."]


async def test_a_link_is_followed_once(phone: OpenPhone, site: Site) -> None:
    anna = await phone()
    await anna.opens("/chat/mariposha?start=folder-7")
    assert await anna.has_lines(1) == ["Welkom."]
    assert anna.page.url.endswith("/chat/mariposha")
    await anna.opens("/chat/mariposha?start=folder-7")
    assert await anna.has_lines(1) == ["Welkom."]
    assert await site.house.received() == 1


async def test_a_word_of_the_front_page_lies_ready(phone: OpenPhone) -> None:
    anna = await phone()
    await anna.opens("/")
    await anna.page.get_by_role("link", name="HECHTING").last.click()
    await expect(anna.page.get_by_role("heading", level=1)).to_contain_text("Mariposha")
    await expect(anna.page.locator("#text")).to_have_value("HECHTING")
    await expect(anna.page.locator("#send")).to_be_enabled()
    await anna.page.keyboard.press("Enter")
    await anna.has_lines(3)


async def test_whatever_is_said_is_shown_as_words(phone: OpenPhone, site: Site) -> None:
    site.house.answers = says_nothing
    anna = await opened(phone)
    texts = [
        "🙈🙈🙈",
        "<img src=x onerror=alert(1)><script>alert(2)</script>",
        "{{ 7 * 7 }} '; DROP TABLE messages; --",
        "שלום \u202etxt.exe",
        "a" * 3_000,
    ]
    for text in texts:
        await anna.says(text)
    assert await anna.has_lines(len(texts)) == texts
    await anna.page.reload()
    assert await anna.has_lines(len(texts)) == texts
    assert await anna.js("document.documentElement.scrollWidth <= innerWidth")


async def test_what_is_too_long_stays_in_the_composer(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.says("é" * 10_000)
    await expect(anna.page.locator("#hint")).to_contain_text("6.000 tekens te veel")
    assert await anna.page.input_value("#text") == "é" * 10_000
    await anna.says("é" * 4_000)
    await anna.has_lines(3)
    await expect(anna.page.locator("#hint")).to_be_hidden()


async def test_what_the_server_refuses_comes_back_into_the_composer(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    anna.may_lose_the_line = True
    await anna.page.context.clear_cookies()
    await anna.says("dit is belangrijk")
    await expect(anna.page.locator("#hint")).to_contain_text("cookie")
    await expect(anna.page.locator("#text")).to_have_value("dit is belangrijk")
    assert await site.house.received() == 0


async def test_nothing_is_said_by_white_space(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.says("  \n ")
    await anna.page.locator("#send").click()
    assert await anna.lines() == []
    assert await site.house.received() == 0


async def test_shift_enter_is_a_new_line(phone: OpenPhone, site: Site) -> None:
    site.house.answers = says_nothing
    anna = await opened(phone)
    await anna.page.locator("#text").press_sequentially("een")
    height = await anna.js("document.querySelector('#text').offsetHeight")
    await anna.page.keyboard.press("Shift+Enter")
    await anna.page.keyboard.type("twee")
    assert await anna.js("document.querySelector('#text').offsetHeight") > height
    await anna.page.keyboard.press("Enter")
    assert await anna.has_lines(1) == ["een\ntwee"]


async def test_dots_show_that_an_answer_is_on_its_way(phone: OpenPhone, site: Site) -> None:
    site.house.answers = says_nothing
    anna = await opened(phone)
    await anna.says("hoi")
    await expect(anna.page.locator("#typing")).to_be_visible()
    await site.house.tell(await anna.visitor(), Outgoing(text="Dag."))
    await anna.has_lines(2)
    await expect(anna.page.locator("#typing")).to_be_hidden()


async def test_who_reads_back_is_not_pulled_away_but_told(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await site.house.hear(await anna.visitor(), *(f"regel {number}" for number in range(40)))
    await anna.page.reload()
    await anna.has_lines(40)
    await anna.js("document.querySelector('#log').scrollTop = 0")
    await site.house.tell(await anna.visitor(), lesson(1))
    await anna.has_lines(41)
    pill = anna.page.get_by_role("button", name="Nieuwe berichten")
    await expect(pill).to_be_visible()
    assert await anna.js("document.querySelector('#log').scrollTop") == 0
    await pill.click()
    await expect(anna.page.get_by_text("Stap 1")).to_be_in_viewport()
    await expect(pill).to_be_hidden()


async def test_short_answers_that_come_quickly_are_all_in_view(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await site.house.hear(await anna.visitor(), *(f"regel {number}" for number in range(40)))
    site.house.answers = lambda _: [Outgoing(text=f"Antwoord {number}.") for number in range(4)]
    await anna.page.reload()
    await anna.says("hoi")
    await anna.has_lines(45)
    await expect(anna.page.get_by_text("Antwoord 3.")).to_be_in_viewport(ratio=1)
    await expect(anna.page.locator("#pill")).to_be_hidden()


async def test_a_long_answer_is_read_from_its_beginning(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await site.house.tell(await anna.visitor(), Outgoing(text="**Begin**\n\n" + "Lange les. " * 400))
    await anna.has_lines(4)
    await expect(anna.page.get_by_text("Hechting gaat over")).to_be_in_viewport()
    await expect(anna.page.get_by_role("button", name="Verder lezen")).to_be_visible()
    await anna.says("dank je")
    await anna.has_lines(7)
    await expect(anna.page.get_by_text("dank je")).to_be_attached()


async def test_the_demos_clock_goes_on_by_a_day(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await expect(anna.page.locator("#clock")).to_have_text("di 3 mrt, 09:00")
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await anna.page.get_by_role("button", name="+1 dag").click()
    await expect(anna.page.locator("#clock")).to_have_text("wo 4 mrt, 09:00")
    await anna.page.get_by_role("button", name="+1 uur").click()
    await expect(anna.page.locator("#clock")).to_have_text("wo 4 mrt, 10:00")
    await expect(anna.page.locator(".day")).to_have_text(["Gisteren"])
    await site.house.tell(await anna.visitor(), lesson(1))
    await anna.has_lines(4)
    await expect(anna.page.locator(".day")).to_have_text(["Gisteren", "Vandaag"])
    await anna.page.get_by_label("Snelheid van de klok").select_option(label="1 uur/s")

    async def faster() -> bool:
        return site.house.clock.speed == 3600

    await eventually(faster)


async def test_help_can_be_called_with_a_tap(phone: OpenPhone) -> None:
    anna = await opened(phone)
    await expect(anna.page.locator("#welcome a")).to_have_text(["112", "113"])
    await anna.says("HECHTING")
    await anna.has_lines(3)
    link = anna.page.locator(".line a")
    assert [await link.get_attribute(name) for name in ("href", "target")] == ["tel:112", None]


async def test_without_javascript_a_sentence_says_so(phone: OpenPhone) -> None:
    anna = await phone(java_script_enabled=False)
    await anna.opens()
    await expect(anna.page.get_by_text("Dit gesprek werkt met JavaScript")).to_be_visible()
    await expect(anna.page.locator("#send")).to_be_disabled()
