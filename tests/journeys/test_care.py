"""Care, as whole stories on both channels and both databases: the practice is told, the plan is kept, nothing leaks."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.settings import AlertSettings
from bot.store.tables import AlertRow
from tests.journeys.conftest import Tell
from tests.journeys.people import OnTelegram, Story, story
from tests.mailbox import Mailbox, open_mailbox
from tests.stubs.telegram_world import Fault

pytestmark = pytest.mark.slow

DANGER = "ik wil niet meer leven"
STAFF = 999


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with open_mailbox() as mailbox:
        yield mailbox


async def ends(told: Story, count: int) -> list[str]:
    """The states of the alerts, once none of so many is open any more."""
    found: list[str] = []
    for _ in range(400):
        async with told.app.database.read() as conn:
            found = list(await conn.scalars(select(AlertRow.state).order_by(AlertRow.id)))
        if len(found) == count and not {"ready", "sending"} & set(found):
            return found
        await told.until_soon()
    raise AssertionError(found)


async def test_an_alarm_at_night_is_told_at_once_without_words_name_or_number(tell: Tell, mailbox: Mailbox) -> None:
    alert = AlertSettings(mail="lotte@praktijk.example")
    async with tell(start="2026-03-02 03:10", alert=alert, smtp=mailbox.settings) as told:
        await told.person.says(DANGER)
        (crisis,) = await told.person.hears()
        assert "113" in crisis.text and "krijgt een seintje" in crisis.text
        (mail,) = await mailbox.gets()
        text = mail.get_content()
        assert "groep B" in text and "maandag 2 maart om 03.1" in text and "nabij alarms mariposha" in text
        assert "leven" not in text.replace("willen leven", "") and "Sanne" not in text and "7" not in text
        assert mailbox.recipients == [["lotte@praktijk.example"]]
        await told.person.says(DANGER)
        await told.person.hears()
        assert await ends(told, 1) == ["accepted"]
        assert len(mailbox.mails) == 1


async def test_a_mail_server_that_is_away_is_asked_again_and_a_refusal_is_visible(tell: Tell, mailbox: Mailbox) -> None:
    mailbox.answers[:] = ["451 try later"]
    alert = AlertSettings(mail="lotte@praktijk.example")
    async with tell(alert=alert, smtp=mailbox.settings) as told:
        await told.person.says(DANGER)
        await told.person.hears()
        assert await ends(told, 1) == ["accepted"]
        assert len(mailbox.mails) == 1
        mailbox.answers[:] = ["554 no"]
        await told.person.says("ik heb pillen klaarliggen om er een eind aan te maken")
        await told.person.hears()
        assert await ends(told, 2) == ["accepted", "dead"]


async def test_a_cut_amid_the_mail_brings_it_once_more_under_the_same_id(tell: Tell, mailbox: Mailbox) -> None:
    mailbox.cut = 1
    async with tell(alert=AlertSettings(mail="lotte@praktijk.example"), smtp=mailbox.settings) as told:
        await told.person.says(DANGER)
        await told.person.hears()
        assert await ends(told, 1) == ["accepted"]
        one, other = mailbox.mails
        assert one["Message-ID"] == other["Message-ID"] and "kan dubbel zijn" in other.get_content()


async def test_on_telegram_the_practices_own_chat_is_told_through_its_own_bot(
    database_url: str, tmp_path: Path
) -> None:
    async with story("telegram", database_url, tmp_path, alert=AlertSettings(telegram_chat=STAFF)) as told:
        staff = told.telegram.user(STAFF, "Lotte")
        told.telegram.fail("sendMessage", Fault(status=429, retry_after=1, chat=STAFF))
        await told.person.says(DANGER)
        await told.person.hears()
        assert await ends(told, 1) == ["accepted"]
        (alert,) = await staff.hears()
        assert "groep B" in alert.text and "Sanne" not in alert.text and "alarms mariposha" in alert.text
        assert "leven" not in alert.text.replace("niet meer willen leven", "")


@pytest.mark.parametrize("way", ["edits", "shows"])
async def test_edits_and_captions_are_heard_on_the_platform_too(way: str, database_url: str, tmp_path: Path) -> None:
    async with story("telegram", database_url, tmp_path) as told:
        assert isinstance(told.person, OnTelegram)
        await (told.person.edits(DANGER) if way == "edits" else told.person.shows(DANGER))
        (crisis,) = await told.person.hears()
        assert "113" in crisis.text


async def test_a_plan_is_written_kept_shown_and_opened_as_a_page(tell: Tell) -> None:
    async with tell(public_url="http://nabij.test") as told:
        person = told.person
        await person.says("KRACHT")
        (offer,) = await person.hears()
        assert "Bel 113" in re.sub(r"\s+", " ", offer.text).replace(" 113 ", " 113 ")
        await person.taps("Ja, mijn plan maken")
        await person.hears()
        for words, onward in (
            ("ik slaap slecht", "Volgende vraag"),
            ("buiten lopen", "Volgende vraag"),
            ("Anna 06-12345678", "Volgende vraag"),
            ("bij mijn zus", "Klaar"),
        ):
            await person.says(words)
            await person.hears()
            await person.taps(onward)
            await person.hears(2 if onward == "Klaar" else 1)
        await person.says("kracht")
        (plan,) = await person.hears()
        assert "bij mijn zus" in plan.text and "Als pagina" in plan.labels
        await person.taps("Als pagina")
        await person.hears()
        page = await told.browser.get(await person.newest_link(), headers={"Accept": "text/html"})
        assert page.status_code == 200 and "bij mijn zus" in page.text and 'href="tel:0612345678"' in page.text
        await person.says(DANGER)
        await person.hears()
        await person.taps("Mijn eigen plan")
        (again,) = await person.hears()
        assert "bij mijn zus" in again.text and again.labels[0] == "Bellen"


async def test_a_brake_and_a_slower_pace_hold_over_days(monday: Story) -> None:
    person = monday.person
    await person.says("Hechting")
    await person.hears(2)
    await person.taps("Elke dag een stap")
    await person.hears()
    await person.taps("Ja, ik ben 16+ en wil dit")
    await person.hears()
    await person.says("half 9")
    await person.hears()
    await monday.until("2026-03-03 08:31")
    await person.hears()
    await person.says("te veel")
    (slower,) = await person.hears()
    assert "om de dag" in slower.text
    await monday.until("2026-03-04 23:00")
    await person.silence()
    await monday.until("2026-03-05 08:31")
    await person.hears()
    await person.says("er is iets gebeurd")
    (still,) = await person.hears()
    assert "alles stil" in still.text
    await monday.until("2026-04-05 12:00")
    await person.silence()
    await person.says("verder")
    await person.hears()
    await monday.until("2026-04-06 08:31")
    await person.hears()


async def test_discreet_mode_knocks_and_opens(monday: Story) -> None:
    person = monday.person
    await person.says("discreet")
    await person.hears()
    await person.says("Hechting")
    await person.hears(2)
    await monday.until("2026-03-03 19:01")
    (knock,) = await person.hears()
    assert knock.text.strip() == "Er staat iets voor je klaar. Typ OPEN als het jou uitkomt."
    await person.says("open")
    (nudge,) = await person.hears()
    assert nudge.labels == ["Gedaan", "Vraag het later nog eens", "Liever niet"]


async def test_the_exercise_goes_step_by_step_during_an_alarm(monday: Story) -> None:
    person = monday.person
    await person.says(DANGER)
    await person.hears()
    await person.taps("Oefening, 2 minuten")
    (first,) = await person.hears()
    assert "ogen open" in first.text
    for _ in range(4):
        await person.taps("Verder")
        await person.hears()
    await person.taps("Verder")
    (step,) = await person.hears()
    assert "ik ben hier" in step.text and "113" in step.text
