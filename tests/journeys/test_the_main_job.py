"""Issue A's six points, each as a story, on both channels and both databases."""

import pytest

from tests.journeys.conftest import Tell
from tests.journeys.people import Heard, Story

pytestmark = pytest.mark.slow


async def first_words(story: Story) -> list[Heard]:
    await story.person.says("Hechting!")
    return await story.person.hears(2)


async def enrolled(story: Story, hour: str = "half 9") -> None:
    await first_words(story)
    await story.person.taps("Elke dag een stap")
    (consent,) = await story.person.hears()
    assert consent.labels[0] == "Ja, ik ben 16+ en wil dit"
    await story.person.taps("Ja, ik ben 16+ en wil dit")
    (question,) = await story.person.hears()
    assert "Hoe laat" in question.text
    await story.person.says(hour)
    await story.person.hears()


async def test_1_a_keyword_brings_explanation_and_exercise_at_once(monday: Story) -> None:
    explanation, exercise = await first_words(monday)
    assert "Ik ben een bot" in explanation.text and "113" in explanation.text
    assert exercise.labels == ["Gedaan", "Elke dag een stap", "Liever geen vervolg"]
    assert "Ik vraag morgen één keer hoe het ging" in exercise.text


async def test_1_a_deep_link_is_kept_as_first_touch(monday: Story) -> None:
    await monday.person.opens("hechting-instagram")
    await monday.person.hears(2)
    await monday.person.silence()


async def test_2_and_3_every_day_at_the_own_hour_one_step_answered_by_its_value(monday: Story) -> None:
    await enrolled(monday)
    answered = 0
    for day in range(3, 9):
        await monday.until(f"2026-03-{day:02} 08:29")
        await monday.person.silence()
        await monday.until(f"2026-03-{day:02} 08:31")
        (step,) = await monday.person.hears()
        if "bewaar" in " ".join(step.labels):
            await monday.person.taps("Ja, bewaar ze")
            (step,) = await monday.person.hears()
        assert step.labels
        if step.labels[0] == "0":
            await monday.person.says("een 7")
            answered += 1
        else:
            await monday.person.taps(step.labels[0])
        await monday.person.hears()
    assert answered >= 1


async def test_3_an_open_question_is_recalled_once_and_a_late_answer_counts(tell: Tell) -> None:
    async with tell(start="2026-03-02 09:30") as story:
        await enrolled(story, "11.00")
        checkins, day = 0, 2
        await story.until("2026-03-02 11:01")
        (step,) = await story.person.hears()
        while day < 12:
            if "Ja, bewaar ze" in step.labels:
                await story.person.taps("Ja, bewaar ze")
                (step,) = await story.person.hears()
                checkins += 1
            elif step.labels[0] not in ("Gelezen", "Gedaan"):
                break
            await story.person.taps(step.labels[0])
            await story.person.hears()
            day += 1
            await story.until(f"2026-03-{day:02} 11:01")
            (step,) = await story.person.hears()
        assert checkins == 1
        await story.until(f"2026-03-{day:02} 15:01")
        (reminder,) = await story.person.hears()
        assert reminder.labels == step.labels and "staat nog open" in reminder.text
        await story.until(f"2026-03-{day:02} 23:00")
        await story.person.silence()
        await story.person.taps(step.labels[0])
        (reply,) = await story.person.hears()
        assert reply.text


async def test_4_the_announced_nudge_comes_once_and_an_answer_ends_it(monday: Story) -> None:
    await first_words(monday)
    await monday.until("2026-03-03 18:59")
    await monday.person.silence()
    await monday.until("2026-03-03 19:01")
    (nudge,) = await monday.person.hears()
    assert nudge.labels == ["Gedaan", "Vraag het later nog eens", "Liever niet"]
    await monday.person.taps("Vraag het later nog eens")
    await monday.person.hears()
    await monday.until("2026-03-05 19:01")
    await monday.person.hears()
    await monday.person.says("het ging eigenlijk best goed")
    await monday.person.hears()
    await monday.until("2026-03-30 12:00")
    await monday.person.silence()


async def test_4_an_answer_before_the_nudge_keeps_it_away(monday: Story) -> None:
    await first_words(monday)
    await monday.person.taps("Gedaan")
    (thanks,) = await monday.person.hears()
    assert thanks.labels[:2] == ["Elke dag een stap", "Nee, dank je"]
    await monday.until("2026-03-30 12:00")
    await monday.person.silence()


async def test_5_stop_start_pause_time_help_menu_and_why_at_any_moment(monday: Story) -> None:
    await enrolled(monday)
    person = monday.person
    for word in ("menu", "hulp", "waarom krijg ik dit?", "tijd 19.30", "pauze 2 dagen"):
        await person.says(word)
        (answer,) = await person.hears()
        assert answer.text
    await monday.until("2026-03-04 19:29")
    await person.silence()
    await monday.until("2026-03-04 19:31")
    await person.hears()
    await person.says("STOP")
    (stopped,) = await person.hears()
    assert stopped.labels == ["Weer beginnen"]
    await monday.until("2026-04-20 12:00")
    await person.silence()
    await person.taps("Weer beginnen")
    (again,) = await person.hears()
    assert again.labels == ["Verder bij stap 2", "Opnieuw"]
    await person.taps("Verder bij stap 2")
    await person.hears()
    await monday.until("2026-04-20 19:31")
    await person.hears()


async def test_6_unknown_text_gets_the_kind_fallback_and_only_once(monday: Story) -> None:
    await monday.person.says("mijn kat ligt op de vensterbank")
    (fallback,) = await monday.person.hears()
    assert "Hechting" in fallback.labels
    await monday.person.says("en hij snurkt")
    await monday.person.silence()


async def test_danger_is_answered_first_and_freezes_the_program(monday: Story) -> None:
    await enrolled(monday, "11.00")
    await monday.person.says("ik wil niet meer leven")
    (crisis,) = await monday.person.hears()
    assert "113" in crisis.text
    await monday.until("2026-04-02 12:00")
    await monday.person.silence()
