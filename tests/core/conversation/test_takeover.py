"""A human of the practice talks: automation is silent, and nothing that was planned meanwhile is made up for."""

import pytest

from bot.core.staff import given_back, released, taken_over
from tests.talk import Talk, kinds


def take_over(talk: Talk) -> Talk:
    talk._record(taken_over(talk.person, talk.practice, talk.now, "Anna"))
    return talk


def test_a_takeover_cancels_the_open_nudges_in_the_same_decision() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("SPANNING")
    take_over(talk.later(hours=1))
    assert "followup:SPANNING" in talk.decisions[-1].cancel
    sent = talk.until("2026-06-01 12:00")
    assert kinds(sent) == ["notice"] and "programma" not in sent[0][1].text


def test_a_takeover_takes_the_open_reminder_and_the_question_of_before_with_it() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-03 12:00")
    take_over(talk)
    assert talk.person.awaiting is None and "program:eerste" in talk.decisions[-1].cancel
    talk.says("ja")
    assert talk.said == [] and "answers" not in talk.person.consents


def test_no_step_comes_during_a_takeover_and_no_backlog_after_it() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("20.00")
    take_over(talk)
    for day in (3, 4, 5):
        talk.until(f"2026-03-0{day} 09:00")
        take_over(talk)
    talk.later(hours=1)
    talk._record(given_back(talk.person, talk.practice, talk.now))
    assert talk.said == []
    assert [at for at, _ in talk.until("2026-03-06 21:00")] == ["2026-03-05 20:00", "2026-03-06 20:00"]


@pytest.mark.parametrize("text", ["verder", "hoi", "nog een keer", "mijn week", "hechting", "gedaan"])
def test_words_that_people_say_to_each_other_are_for_the_human(text: str) -> None:
    talk = take_over(Talk("2026-03-02 10:00").enrolled("20.00"))
    assert talk.later(minutes=5).says(text) == [] and "to_human" in talk.events


def test_what_the_persons_own_command_made_the_bot_ask_is_answered_by_a_typed_word() -> None:
    talk = take_over(Talk("2026-03-02 10:00").enrolled("20.00"))
    talk.later(minutes=5).says("wis alles")
    talk.says("nee")
    assert "blijft zoals het was" in talk.text
    assert talk.says("ja") == [] and talk.decisions[-1].erase is None
    talk.says("wis alles")
    talk.says("ja")
    assert talk.decisions[-1].erase is not None


def test_the_bot_comes_back_in_the_morning_never_at_night() -> None:
    talk = take_over(Talk("2026-03-02 23:30"))
    assert [at for at, _ in talk.until("2026-03-06 12:00")] == ["2026-03-04 08:00"]


def test_a_human_who_ends_an_alarm_at_night_does_not_let_the_bot_say_that_it_is_back_before_morning() -> None:
    talk = take_over(Talk("2026-03-02 10:00").enrolled("20.00"))
    talk.later(minutes=5).says("ik wil niet meer leven")
    talk.until("2026-03-04 23:30")
    talk._record(released(talk.person, talk.practice, talk.now))
    assert [at for at, _ in talk.until("2026-03-05 12:00")] == ["2026-03-05 08:00"]


def test_who_writes_first_after_a_day_without_staff_hears_that_the_bot_is_back_once() -> None:
    talk = take_over(Talk("2026-03-02 23:30").enrolled("20.00"))
    talk.at("2026-03-04 00:30").says("menu")
    assert talk.said[0].text.startswith("Ik ben er weer, de bot") and talk.said[1].kind == "menu"
    assert "Ik ben er weer" not in "".join(message.text for _, message in talk.until("2026-03-08 12:00"))


def test_start_long_after_a_takeover_that_ran_out_in_silence_brings_no_stale_notice() -> None:
    talk = take_over(Talk("2026-03-02 10:00").enrolled("20.00"))
    talk.later(hours=1).says("STOP")
    assert talk.until("2026-04-01 12:00") == []
    talk.says("START")
    assert talk.until("2026-04-20 12:00") == []


def test_in_takeover_an_alarm_is_named_after_who_talks_and_not_after_who_left() -> None:
    talk = take_over(Talk("2026-03-02 10:00"))
    talk.later(hours=30).says("ik wil niet meer leven")
    assert "Anna" not in talk.text and talk.said[0].kind == "alarm"
