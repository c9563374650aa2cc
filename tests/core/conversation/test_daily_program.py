"""CONVERSATION.md, "Daily program"."""

from dataclasses import replace
from datetime import time

import pytest

from bot.core.messages import Channel
from bot.core.subscriber import EnrollmentState
from bot.core.turn import Reach
from tests.talk import LONG, PROGRAM, Talk, kinds, practice

SAYS_YES = "Ja, ik ben 16+ en wil dit"


def asked() -> Talk:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    return talk


def test_consent_comes_first_then_the_hour_then_the_first_step() -> None:
    talk = asked()
    assert "je relatie of je gezondheid" in talk.text and talk.labels[0] == SAYS_YES
    assert talk.person.consents == {}
    talk.taps(SAYS_YES)
    assert [change.name for change in talk.decisions[-1].consents] == ["daily"]
    assert "Hoe laat" in talk.text
    talk.says("half 9 's avonds")
    assert "vandaag om 20.30" in talk.text
    assert [at for at, _ in talk.until("2026-03-02 23:00")] == ["2026-03-02 20:30"]


def test_a_typed_yes_is_consent_only_directly_after_the_question() -> None:
    talk = asked()
    talk.says("ja hoor")
    assert talk.person.consents["daily"].given
    other = asked()
    other.says("menu")
    other.later(minutes=20).says("ja hoor")
    assert other.person.consents == {}


def test_no_to_consent_is_fine_and_nothing_comes() -> None:
    talk = asked()
    talk.taps("Nee, liever niet")
    assert talk.until("2026-06-01 10:00") == []


@pytest.mark.parametrize("text", ["half 9", "8u30", "08.30", "half negen"])
def test_the_hour_may_be_typed_in_many_ways(text: str) -> None:
    talk = asked()
    talk.taps(SAYS_YES)
    talk.says(text)
    assert talk.person.hour == time(8, 30)


def test_an_hour_that_is_none_is_asked_again_with_an_example() -> None:
    talk = asked()
    talk.taps(SAYS_YES)
    talk.says("3 uur 's nachts")
    assert "half 9" in talk.text and talk.person.hour is None
    talk.says("19.30")
    assert talk.person.hour == time(19, 30)


@pytest.mark.parametrize(
    ("hour", "first"),
    [("11.00", "2026-03-02 11:00"), ("10.59", "2026-03-03 10:59"), ("08.00", "2026-03-03 08:00")],
)
def test_at_least_an_hour_away_is_today_else_tomorrow(hour: str, first: str) -> None:
    talk = Talk("2026-03-02 10:00").enrolled(hour)
    assert ("Stuur de eerste nu" in talk.labels) is (first > "2026-03-03")
    if first > "2026-03-03":
        assert f"morgen, dinsdag, om {hour}" in talk.text
    assert talk.until("2026-03-03 23:00")[0][0] == first


def test_send_the_first_one_now_counts_as_todays_step() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("08.00")
    talk.taps("Stuur de eerste nu")
    assert "Les een" in talk.text
    assert talk.until("2026-03-03 07:59") == []
    assert talk.until("2026-03-03 09:00")[0][0] == "2026-03-03 08:00"


def test_twelve_hours_lie_between_two_steps() -> None:
    talk = Talk("2026-03-02 21:30").enrolled("08.00")
    talk.taps("Stuur de eerste nu")
    assert talk.until("2026-03-03 23:00") == []
    assert talk.until("2026-03-04 23:00")[0][0] == "2026-03-04 08:00"


def test_one_step_a_day_at_the_own_hour_through_both_changes_of_the_clock() -> None:
    for start, end in (("2026-03-25 10:00", "2026-04-02 23:00"), ("2026-10-21 10:00", "2026-10-29 23:00")):
        talk = Talk(start, content=practice(programs={"eerste": replace(LONG, id="eerste")})).enrolled("08.00")
        steps = [at for at, message in talk.until(end) if message.kind == "lesson"]
        assert all(at.endswith("08:00") for at in steps)
        assert len({at[:10] for at in steps}) == len(steps) >= 5


def test_the_check_in_first_asks_whether_answers_may_be_kept() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-02 12:00")
    assert "answers" not in talk.person.consents
    ((_, ask),) = talk.until("2026-03-03 12:00")
    assert "Mag ik bewaren" in ask.text
    talk.taps("Ja, bewaar ze")
    assert talk.labels[0] == "0" and talk.labels[-1] == "10"
    talk.says("een 7")
    assert talk.text == "Er is wat spanning."
    (answer,) = talk.decisions[-1].answers
    assert (answer.question, answer.number, answer.content_version) == ("spanning", 7, "v1")


def at_first_checkin(consent: str = "Ja, bewaar ze", **fields: object) -> Talk:
    talk = Talk("2026-03-02 10:00", content=practice(**fields)).enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.taps(consent)
    return talk


def test_without_consent_nothing_is_stored_beyond_the_reply_and_branches_stay_neutral() -> None:
    talk = at_first_checkin("Nee, liever niet")
    talk.taps("9")
    assert talk.text == "Dat is veel." and not talk.decisions[-1].answers
    talk.until("2026-03-05 12:00")
    talk.taps("Naar achteren")
    assert talk.person.tags == frozenset()
    assert "Les ruimte" in talk.until("2026-03-06 12:00")[0][1].text


def test_an_answer_branches_by_tag_and_by_jump() -> None:
    forward = at_first_checkin()
    forward.taps("2")
    forward.until("2026-03-05 12:00")
    forward.says("naar voren")
    assert forward.person.tags == {"voren"}
    assert forward.until("2026-03-06 12:00")[0][1].text == "Les vooruit."
    back = at_first_checkin()
    back.taps("2")
    back.until("2026-03-05 12:00")
    back.taps("Naar achteren")
    assert back.until("2026-03-06 12:00")[0][1].text == "Les ruimte."


def test_all_kinds_of_question_can_be_typed_and_a_no_may_point_to_another_program() -> None:
    talk = at_first_checkin()
    talk.says("3")
    talk.until("2026-03-05 12:00")
    talk.says("achteren")
    talk.until("2026-03-08 12:00")
    talk.says("rommelig maar goed")
    assert talk.decisions[-1].answers[0].text == "rommelig maar goed"
    talk.until("2026-03-09 12:00")
    talk.says("nee joh")
    assert talk.decisions[-1].answers[0].choice == "nee" and talk.labels == ["Tweede reeks"]
    talk.until("2026-03-10 12:00")
    talk.says("drie keer")
    assert talk.decisions[-1].answers[0].number == 3


def test_an_open_question_is_recalled_once_the_same_day() -> None:
    talk = at_first_checkin()
    talk.taps("2")
    sent = talk.until("2026-03-05 23:00")
    assert [(at, message.kind.value) for at, message in sent][-2:] == [
        ("2026-03-05 11:00", "checkin"),
        ("2026-03-05 15:00", "reminder"),
    ]
    assert [button.label for button in sent[-1][1].buttons] == ["Naar voren", "Naar achteren"]


def test_the_reminder_repeats_the_question_and_not_the_whole_step() -> None:
    een, spanning, drie, richting, *rest = PROGRAM.steps
    long = replace(richting, text="Een verhaal vooraf.\n\nWat doe jij?\n\nVoren of achteren.")
    talk = at_first_checkin(programs={"eerste": replace(PROGRAM, steps=(een, spanning, drie, long, *rest))})
    talk.taps("2")
    (*_, (_, reminder)) = talk.until("2026-03-05 23:00")
    assert "verhaal" not in reminder.text
    assert reminder.text.endswith("Wat doe jij?\n\nVoren of achteren.")


def test_words_that_come_a_day_late_still_answer_the_question_for_words() -> None:
    talk = at_first_checkin()
    talk.taps("2")
    talk.until("2026-03-05 12:00")
    talk.taps("Naar voren")
    talk.until("2026-03-10 11:30")
    talk.says("rommelig maar goed")
    assert talk.decisions[-1].answers[0].text == "rommelig maar goed"


def test_an_answer_cancels_the_reminder() -> None:
    talk = at_first_checkin()
    talk.taps("2")
    talk.until("2026-03-05 12:00")
    talk.taps("Naar voren")
    assert "reminder" not in kinds(talk.until("2026-03-05 23:00"))


def test_a_late_hour_has_no_reminder() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("21.00")
    talk.until("2026-03-03 21:30")
    talk.taps("Ja, bewaar ze")
    talk.until("2026-03-06 12:00")
    assert "reminder" not in kinds(talk.until("2026-03-07 23:00"))


def test_answering_late_still_counts_also_by_an_older_button() -> None:
    talk = at_first_checkin()
    scale = talk.said[-1].buttons[8]
    talk.until("2026-03-05 12:00")
    talk.presses(scale)
    assert talk.decisions[-1].answers[0].number == 8
    talk.presses(scale)
    assert not talk.decisions[-1].answers and "al geantwoord" in talk.text


def test_a_number_of_the_scale_typed_once_more_is_told_apart_from_words_that_are_not_understood() -> None:
    talk = at_first_checkin()
    assert not talk.person.offered  # the question knows its numbers
    talk.says("8")
    assert talk.decisions[-1].answers[0].number == 8
    talk.says("8")
    assert not talk.decisions[-1].answers and "al geantwoord" in talk.text
    talk.says("11")
    assert "al geantwoord" not in talk.text


def test_a_number_typed_after_another_keyboard_is_no_tap_on_the_scale() -> None:
    talk = at_first_checkin()
    talk.says("8")
    talk.says("menu")
    talk.says("8")
    assert "al geantwoord" not in talk.text


def test_the_numbers_of_a_scale_that_an_earlier_version_kept_still_count() -> None:
    talk = at_first_checkin()
    numbers = tuple((button.label, button.action) for button in talk.said[-1].buttons)
    talk.says("8")
    talk.person = replace(talk.person, offered=numbers)
    talk.says("8")
    assert not talk.decisions[-1].answers and "al geantwoord" in talk.text


def test_unanswered_for_five_is_every_other_day_five_more_is_one_kind_message() -> None:
    talk = Talk("2026-03-01 10:00", content=practice(programs={"eerste": replace(LONG, id="eerste")}))
    talk.enrolled("11.00")
    sent = talk.until("2026-06-01 12:00")
    days = [int(at[8:10]) for at, _ in sent]
    assert days == [1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17]
    assert "zet je programma op pauze" in sent[-1][1].text
    talk.says("hoi, ik ben er weer")
    assert talk.until("2026-06-03 12:00")[0][1].text == "Les l11."


def test_any_word_brings_the_daily_rhythm_back() -> None:
    talk = Talk("2026-03-01 10:00", content=practice(programs={"eerste": replace(LONG, id="eerste")}))
    talk.enrolled("11.00")
    talk.until("2026-03-07 12:00")
    talk.says("dank je wel")
    assert [at for at, _ in talk.until("2026-03-09 12:00")] == ["2026-03-08 11:00", "2026-03-09 11:00"]


def test_a_second_program_asks_to_finish_or_to_switch() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-02 12:00")
    talk.enrolled(program="tweede")
    assert talk.labels == ["Eerst afmaken", "Overstappen"]
    talk.taps("Overstappen")
    states = {e.program: e.state for e in talk.person.enrollments}
    assert states == {"eerste": EnrollmentState.LEFT, "tweede": EnrollmentState.ACTIVE}
    assert talk.until("2026-03-03 12:00")[0][1].text == "Les l1."


def test_the_end_is_a_goodbye_with_an_offer_to_ask_for_and_then_silence() -> None:
    short = replace(PROGRAM, steps=PROGRAM.steps[:1])
    talk = Talk("2026-03-02 10:00", content=practice(programs={"eerste": short, "tweede": LONG})).enrolled("11.00")
    sent = talk.until("2026-03-20 12:00")
    assert kinds(sent) == ["lesson", "goodbye"]
    assert [button.label for button in sent[-1][1].buttons] == [
        "Nog een programma",
        "Klaar",
        "Wat kan Mariposha voor je doen?",
    ]
    talk.taps("Wat kan Mariposha voor je doen?")
    assert talk.said[0].kind == "offer"
    talk.taps("Klaar")
    assert talk.until("2026-12-01 12:00") == []


def test_an_edited_program_keeps_everyones_place() -> None:
    talk = at_first_checkin()
    talk.taps("2")
    een, spanning, drie, *rest = PROGRAM.steps
    new = replace(drie, id="nieuw", text="Nieuwe les.")
    talk.practice = practice(programs={"eerste": replace(PROGRAM, steps=(een, new, spanning, *rest))})
    assert "richting" in talk.until("2026-03-04 12:00")[0][1].step


def test_in_web_chat_it_asks_where_and_a_one_time_code_joins_the_addresses() -> None:
    reach = Reach(links={Channel.TELEGRAM: "https://t.me/bot?start={code}"}, code="j_abc")
    talk = Talk("2026-03-02 10:00", channel=Channel.WEBCHAT, reach=reach).enrolled("20.00")
    assert talk.labels == ["Telegram", "Ik kom zelf terug"]
    talk.taps("Telegram")
    join = talk.decisions[-1].join
    assert join is not None and (join.code, join.channel) == ("j_abc", Channel.TELEGRAM)
    assert "https://t.me/bot?start=j_abc" in talk.text


def test_where_may_be_answered_by_typing_and_staying_here_is_fine() -> None:
    reach = Reach(links={Channel.TELEGRAM: "https://t.me/bot?start={code}"}, code="j_abc")
    talk = Talk("2026-03-02 10:00", channel=Channel.WEBCHAT, reach=reach).enrolled("20.00")
    talk.says("ik kom hier zelf terug")
    assert talk.decisions[-1].join is None
    assert [at for at, _ in talk.until("2026-03-02 21:00")] == ["2026-03-02 20:00"]


def test_menu_next_step_gives_todays_step_but_never_a_second_one() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("20.00")
    talk.says("menu")
    talk.taps("Volgende stap")
    assert "Les een" in talk.text
    talk.taps("Volgende stap")
    assert "heb je al" in talk.text
    assert talk.until("2026-03-02 23:00") == []


def test_the_daily_cap_counts_everything_unasked() -> None:
    talk = Talk("2026-03-02 10:00", content=practice(daily_cap=1)).enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    sent = talk.until("2026-03-20 23:00")
    assert len({at[:10] for at, _ in sent}) == len(sent)
