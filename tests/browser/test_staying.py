"""What stays: over reloads and tabs, when the line is cut, when nobody looks, and when somebody else does."""

import pytest
from playwright.async_api import expect

from bot.channels.webchat import Hub
from bot.core.messages import Kind, Outgoing
from tests.browser.conftest import OpenPhone, Site, lesson, opened, states
from tests.web.house import eventually, says_nothing

pytestmark = pytest.mark.browser


async def test_the_history_is_there_after_a_reload(phone: OpenPhone) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    before = await anna.has_lines(3)
    await anna.page.reload()
    assert await anna.has_lines(3) == before
    await expect(anna.page.locator(".day")).to_have_text(["Vandaag"])


async def test_two_tabs_are_in_step(phone: OpenPhone) -> None:
    one = await opened(phone)
    other = await phone(beside=one)
    await other.opens()
    await one.says("HECHTING")
    assert await other.has_lines(3) == await one.has_lines(3)
    await other.page.get_by_role("button", name="Gedaan").click()
    assert await one.has_lines(5) == await other.has_lines(5)
    await expect(one.page.locator("[aria-pressed=true]")).to_have_text(["Gedaan"])


async def test_what_was_shown_is_accepted(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await eventually(states(site, "accepted", "accepted"))


async def test_what_was_shown_is_accepted_also_when_the_page_closes_at_once(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await anna.page.goto("about:blank")
    await eventually(states(site, "accepted", "accepted"))


async def test_a_cut_line_loses_nothing_and_doubles_nothing(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    anna.may_lose_the_line = True
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await site.cut()
    site.house.answers = says_nothing
    await anna.says("hoor je me?")
    await anna.says("hallo")
    await site.house.tell(await anna.visitor(), lesson(1))
    await expect(anna.page.locator("#status")).to_contain_text("nog niet aangekomen")
    await expect(anna.page.locator("#status a")).to_have_text(["112", "113"])
    await expect(anna.page.locator(".pending")).to_have_count(2)
    await site.start()
    lines = await anna.has_lines(6)
    assert sorted(lines[3:]) == ["Stap 1\n\nMerk het alleen op.", "hallo", "hoor je me?"]
    assert lines.index("hoor je me?") < lines.index("hallo")
    await expect(anna.page.locator("#status")).to_be_hidden()
    await eventually(states(site, *["accepted"] * 3))
    await anna.page.reload()
    assert await anna.has_lines(6) == lines


async def test_the_line_being_down_is_told_kindly_and_only_after_a_while(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    anna.may_lose_the_line = True
    await site.cut()
    await expect(anna.page.locator("#status")).to_be_hidden()
    await expect(anna.page.locator("#status")).to_have_text("Even geen verbinding. We proberen het opnieuw.")
    await site.start()
    await expect(anna.page.locator("#status")).to_be_hidden(timeout=10_000)


async def test_on_return_only_the_newest_lesson_is_shown_as_new(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await eventually(states(site, "accepted", "accepted"))
    await anna.page.goto("about:blank")
    for number in range(1, 5):
        await site.house.tell(await anna.visitor(), lesson(number))
    await eventually(states(site, *["accepted"] * 2, *["sending"] * 4))
    await anna.opens()
    await expect(anna.page.get_by_text("Stap 4")).to_be_visible()
    await expect(anna.page.locator(".new")).to_have_text("Nieuw")
    await expect(anna.page.get_by_text("Stap 3")).to_be_hidden()
    await anna.page.get_by_text("3 eerdere berichten").click()
    await expect(anna.page.get_by_text("Stap 3")).to_be_visible()
    assert [line[:6] for line in await anna.lines()][3:] == ["Stap 1", "Stap 2", "Stap 3", "Stap 4"]
    # The page tells a moment later that it showed them.
    await eventually(states(site, *["accepted"] * 6))
    await anna.page.reload()
    await anna.has_lines(7)
    await expect(anna.page.locator(".new, .folded")).to_have_count(0)


async def test_an_answer_that_was_asked_for_is_never_folded_away(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await anna.js("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await anna.page.goto("about:blank")
    await site.house.tell(await anna.visitor(), lesson(1))
    await eventually(states(site, *["sending"] * 3))
    await anna.opens()
    assert all(await anna.has_lines(4))
    await expect(anna.page.locator(".folded")).to_have_count(0)
    await expect(anna.page.locator(".new")).to_have_count(1)


async def test_a_hidden_tab_lets_go_and_catches_up_when_it_is_seen_again(phone: OpenPhone, site: Site) -> None:
    anna = await phone()
    await anna.page.clock.install()
    await anna.opens()
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await eventually(states(site, "accepted", "accepted"))
    seen = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    await anna.js(seen, True)
    await anna.page.clock.fast_forward(31_000)

    async def let_go() -> bool:
        return site.house.hub.streams == 0

    await eventually(let_go)
    for number in range(1, 4):
        await site.house.tell(await anna.visitor(), lesson(number))
    await eventually(states(site, *["accepted"] * 2, *["sending"] * 3))
    await anna.page.clock.fast_forward(3_600_000)
    await anna.js(seen, False)
    await expect(anna.page.get_by_text("Stap 3")).to_be_visible()
    await expect(anna.page.get_by_text("2 eerdere berichten")).to_be_visible()
    await anna.page.clock.run_for(1_000)
    await eventually(states(site, *["accepted"] * 5))


async def test_who_is_somebody_else_sees_nothing_of_before_in_any_tab(phone: OpenPhone) -> None:
    anna = await opened(phone)
    await anna.says("HECHTING")
    await anna.has_lines(3)
    other = await phone(beside=anna)
    await other.opens()
    await other.has_lines(3)
    await anna.page.get_by_role("button", name="Ben jij dit niet?").click()
    await anna.page.get_by_role("button", name="Terug").click()
    await anna.has_lines(3)
    await anna.page.get_by_role("button", name="Ben jij dit niet?").click()
    await anna.page.get_by_role("button", name="Nieuw gesprek").click()
    for tab in (anna, other):
        await expect(tab.page.locator("#welcome")).to_be_visible()
        assert await tab.has_lines(0) == []


async def test_older_messages_can_be_fetched(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    await site.house.hear(await anna.visitor(), *(f"regel {number}" for number in range(90)))
    await anna.page.reload()
    await anna.has_lines(60)
    await anna.page.get_by_role("button", name="Eerdere berichten").click()
    lines = await anna.has_lines(90)
    assert lines == [f"regel {number}" for number in range(90)]
    await expect(anna.page.locator(".day")).to_have_count(1)
    await expect(anna.page.get_by_role("button", name="Eerdere berichten")).to_be_hidden()


async def test_a_server_that_stops_is_no_end(phone: OpenPhone, site: Site) -> None:
    anna = await opened(phone)
    anna.may_lose_the_line = True
    await anna.says("HECHTING")
    await anna.has_lines(3)
    site.house.hub.close()
    await site.cut()
    site.house = site.house.rebuilt(hub=Hub())
    await site.start()
    await anna.says("ben je er weer?")
    await anna.has_lines(6)


async def test_after_an_erasure_the_page_soon_shows_what_is_left_and_no_words_below_the_receipt(
    phone: OpenPhone, site: Site
) -> None:
    anna = await phone()
    await anna.opens()
    await anna.says("HECHTING")
    await anna.has_lines(3)
    await anna.js("window.before = true")
    await site.house.tell(await anna.visitor(), Outgoing(text="Alles is gewist.", kind=Kind.ERASED))
    await anna.page.wait_for_function("() => window.before === undefined", timeout=10_000)
    assert "Alles is gewist." in (await anna.has_lines(4))[-1]
