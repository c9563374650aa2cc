"""Buttons of older messages, in odd orders: tapped after STOP, twice, late, or when something else runs by now."""

import pytest

from bot.core.messages import Button, Channel
from bot.core.turn import Reach
from tests.talk import Talk

ENROLLING = (
    *("consent1:yes:eerste", "hour:20.00:eerste", "where:here:eerste", "daily:eerste", "now:eerste"),
    *("switch:tweede", "continue:eerste", "restart:eerste", "next", "resume", "pause:3", "pause:open"),
)


def walking() -> Talk:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-02 12:00")
    return talk


def running(talk: Talk) -> list[str]:
    return [e.program for e in talk.person.enrollments if e.state == "active"]


@pytest.mark.parametrize("action", ENROLLING)
def test_after_stop_no_older_button_enrols_consents_or_plans(action: str) -> None:
    talk = walking()
    talk.says("STOP")
    before = talk.person.enrollments
    talk.later(minutes=5).presses(Button("Oud", action))
    assert talk.labels == ["Weer beginnen"] and talk.person.enrollments == before
    assert not talk.decisions[-1].consents and talk.person.hour is not None and talk.person.hour.hour == 11
    assert talk.until("2026-06-01 12:00") == []


def test_after_stop_the_answer_to_a_question_still_counts_and_nothing_follows_it() -> None:
    talk = walking()
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.says("STOP")
    talk.taps("7")
    assert talk.decisions[-1].answers[0].number == 7
    assert talk.until("2026-06-01 12:00") == []


def test_after_stop_the_last_nudges_buttons_schedule_nothing() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.until("2026-03-03 20:00")
    talk.says("STOP")
    talk.taps("Vraag het later nog eens")
    assert talk.until("2026-06-01 12:00") == []


def test_stop_while_consent_is_asked_lets_the_question_go() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    talk.says("STOP")
    talk.says("ja")
    assert talk.person.consents == {}


def test_a_stopped_person_who_writes_verder_or_pauze_is_told_so_and_promised_nothing() -> None:
    talk = walking()
    talk.says("STOP")
    for word in ("verder", "pauze 3 dagen"):
        talk.later(minutes=1).says(word)
        assert "Je staat op STOP" in talk.text and talk.labels == ["Weer beginnen"]
    assert talk.person.paused_until is None


def test_a_stopped_person_who_is_not_understood_is_offered_nothing_but_the_way_back() -> None:
    talk = walking()
    talk.says("STOP")
    talk.later(days=5).says("mijn kat ligt op de bank")
    assert talk.labels == ["Weer beginnen"]


def test_send_the_first_one_now_tapped_twice_gives_one_step() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("08.00")
    talk.taps("Stuur de eerste nu")
    talk.taps("Stuur de eerste nu")
    assert "heb je al" in talk.text
    assert sum(1 for _, message in talk.sent if message.step) == 1


def test_send_the_first_one_now_of_a_program_that_was_left_begins_nothing() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("08.00")
    talk.enrolled(program="tweede").taps("Overstappen")
    talk.presses(Button("Stuur de eerste nu", "now:eerste"))
    assert running(talk) == ["tweede"]


def test_switching_twice_is_switching_once() -> None:
    talk = walking()
    talk.enrolled(program="tweede").taps("Overstappen")
    first = talk.person.enrollments
    talk.taps("Overstappen")
    assert talk.person.enrollments == first and "doet hier al aan mee" in talk.text and "switched" not in talk.events


def test_switching_takes_the_reminder_of_the_program_that_was_left_with_it() -> None:
    talk = walking()
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.taps("2")
    talk.until("2026-03-05 12:00")
    talk.enrolled(program="tweede").taps("Overstappen")
    assert all(message.kind != "reminder" for _, message in talk.until("2026-03-05 23:00"))


def test_switching_to_something_that_is_gone_leaves_nothing() -> None:
    talk = walking()
    talk.presses(Button("Overstappen", "switch:weg"))
    assert running(talk) == ["eerste"]


def test_a_switch_in_web_chat_does_not_ask_where_again() -> None:
    reach = Reach(links={Channel.TELEGRAM: "https://t.me/bot?start={code}"}, code="j_abc")
    talk = Talk("2026-03-02 10:00", channel=Channel.WEBCHAT, reach=reach).enrolled("20.00")
    talk.taps("Ik kom zelf terug")
    talk.enrolled(program="tweede").taps("Overstappen")
    assert running(talk) == ["tweede"]


def test_an_hour_of_an_older_keyboard_never_starts_a_second_program() -> None:
    talk = walking()
    talk.presses(Button("20.00", "hour:20.00:tweede"))
    assert running(talk) == ["eerste"] and talk.labels == ["Eerst afmaken", "Overstappen"]


def test_an_hour_of_an_older_keyboard_changes_the_hour_and_sends_nothing_at_once() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("20.00")
    talk.at("2026-03-02 12:30").presses(Button("08.00", "hour:08.00:eerste"))
    assert "morgen, dinsdag, om 08.00" in talk.text
    assert [at for at, _ in talk.until("2026-03-03 09:00")] == ["2026-03-03 08:00"]


def test_an_hour_without_consent_asks_for_consent() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    talk.taps("Nee, liever niet")
    talk.presses(Button("20.00", "hour:20.00:eerste"))
    assert talk.said[0].kind == "consent" and running(talk) == []


def test_no_on_the_old_consent_question_ends_what_runs() -> None:
    talk = walking()
    talk.taps("Nee, liever niet")
    assert not talk.person.consents["daily"].given and running(talk) == []
    assert talk.until("2026-06-01 12:00") == []


def test_yes_on_the_old_consent_question_again_changes_nothing() -> None:
    talk = walking()
    before = talk.person.consents
    talk.taps("Ja, ik ben 16+ en wil dit")
    assert talk.person.consents == before and not talk.decisions[-1].consents
    assert "doet hier al aan mee" in talk.text


def test_the_old_question_about_answers_tapped_again_asks_the_check_in_no_second_time() -> None:
    talk = walking()
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.taps("7")
    talk.taps("Ja, bewaar ze")
    assert not talk.decisions[-1].consents and all(message.kind != "checkin" for message in talk.said)
    talk.taps("Nee, liever niet")
    assert talk.person.consents["daily"].given and not talk.person.consents["answers"].given
    assert talk.decisions[-1].erase_answers and all(message.kind != "checkin" for message in talk.said)


def test_start_does_not_overrule_a_no_of_before_the_stop() -> None:
    talk = walking()
    talk.taps("Nee, liever niet")
    talk.later(hours=1).says("STOP")
    talk.later(hours=1).says("START")
    assert not talk.person.consents["daily"].given and talk.labels == ["Hechting", "Spanning"]


def test_a_yes_typed_a_day_late_asks_the_consent_question_once_more() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    talk.later(days=2).says("ja hoor")
    assert talk.person.consents == {} and talk.said[0].kind == "consent"
    talk.says("ja hoor")
    assert talk.person.consents["daily"].given


def test_a_yes_after_the_next_days_lesson_is_no_consent_to_keep_answers() -> None:
    talk = walking()
    talk.until("2026-03-03 12:00")
    talk.until("2026-03-04 11:00")
    assert talk.sent[-1][1].kind == "lesson"
    talk.says("ja")
    assert "answers" not in talk.person.consents


def test_a_yes_after_the_chat_was_opened_anew_is_no_consent() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    talk.opens()
    talk.says("ja")
    assert talk.person.consents == {}


def test_a_yes_that_sounds_like_start_is_still_the_answer_to_the_question() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    talk.says("ja, begin maar")
    assert talk.person.consents["daily"].given


def test_again_forgets_what_the_answers_noted_the_first_time() -> None:
    talk = walking()
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.taps("2")
    talk.until("2026-03-05 12:00")
    talk.taps("Naar achteren")
    assert talk.person.tags == {"achteren"}
    talk.says("STOP")
    talk.says("START")
    talk.taps("Opnieuw")
    assert talk.person.tags == frozenset()


def test_later_typed_when_nothing_was_asked_schedules_nothing() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("hoi")
    talk.says("later")
    assert talk.until("2026-06-01 12:00") == []


def test_a_text_answer_that_equals_an_older_button_is_an_answer() -> None:
    talk = walking()
    talk.taps("Gelezen")
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.taps("2")
    talk.until("2026-03-05 12:00")
    talk.taps("Naar voren")
    talk.until("2026-03-09 12:00")
    assert any(message.text.startswith("Welk woord") for _, message in talk.sent[-2:])
    talk.says("gedaan")
    assert talk.decisions[-1].answers[0].text == "gedaan"


def test_a_keyword_inside_the_answer_to_an_open_text_question_is_the_answer() -> None:
    talk = walking()
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.taps("2")
    talk.until("2026-03-05 12:00")
    talk.taps("Naar voren")
    talk.until("2026-03-09 12:00")
    talk.says("ik dacht deze week veel na over hechting en mijn moeder")
    assert talk.decisions[-1].answers[0].text.startswith("ik dacht")
    assert talk.later(minutes=1).says("en over mijn vader ook wel") == []
