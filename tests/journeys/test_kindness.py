"""Kindness as behaviour, as whole stories: holidays, silence that is met with less, and a return without a backlog."""

import pytest
from sqlalchemy import func, select

from bot.store.tables import MessageRow
from tests.journeys.people import Heard, Story
from tests.journeys.test_the_main_job import enrolled

pytestmark = pytest.mark.slow

GUILT = ("gemist", "al dagen", "waar was je", "achterstand", "inhalen", "streak", "op rij", "jammer")


async def test_a_holiday_is_quiet_and_ends_with_one_message(monday: Story) -> None:
    await enrolled(monday)
    person = monday.person
    await person.says("vakantie tot 16 maart")
    (waits,) = await person.hears()
    assert "op dezelfde plek" in waits.text or "waar je was" in waits.text
    await monday.until("2026-03-16 08:29")
    await person.silence()
    await monday.until("2026-03-16 23:00")
    await person.hears(1)
    await person.silence()


async def test_silence_is_met_with_less_and_then_one_kind_word_and_who_comes_back_has_nothing_to_catch_up_with(
    monday: Story,
) -> None:
    await enrolled(monday)
    person = monday.person
    by_itself: list[int] = []
    heard: list[Heard] = []
    for end in ("2026-03-10 23:00", "2026-03-18 23:00", "2026-05-20 10:00"):
        before = await unasked(monday)
        await monday.until(end)
        by_itself.append(await unasked(monday) - before)
        heard = await person.hears(by_itself[-1])
    first_week, then, rest = by_itself
    assert first_week > then > rest == 1, by_itself
    assert "even stil, en dat mag" in heard[-1].text
    await person.silence()

    await person.says("hoi")
    (again,) = await person.hears()
    assert not any(word in again.text.casefold() for word in GUILT)
    before = await unasked(monday)
    await monday.until("2026-05-21 23:00")
    assert await unasked(monday) - before <= 1


async def unasked(story: Story) -> int:
    async with story.app.database.read() as conn:
        return int(await conn.scalar(select(func.count()).where(MessageRow.unasked.is_(True))) or 0)


async def test_why_tells_the_program_since_when_by_which_consent_and_how_to_stop(monday: Story) -> None:
    await enrolled(monday)
    await monday.until("2026-03-03 08:31")
    await monday.person.hears()
    await monday.person.says("waarom krijg ik dit?")
    (why,) = await monday.person.hears()
    for word in ("hechtingspatroon", "maandag 2 maart", "inschreef", "08.30", "STOP", "PAUZE"):
        assert word in why.text


async def test_twice_too_much_is_one_step_a_week(monday: Story) -> None:
    await enrolled(monday)
    person = monday.person
    await monday.until("2026-03-03 08:31")
    await person.hears()
    await person.says("rustig")
    await person.hears()
    await person.says("te veel")
    (slower,) = await person.hears()
    assert "week" in slower.text
    await monday.until("2026-03-09 23:00")
    await person.silence()
    await monday.until("2026-03-10 08:31")
    await person.hears()
