"""Promise 3: in alarm, and under 16, no lesson, exercise, question or offer, whatever is tapped or typed."""

from dataclasses import replace

import pytest

from bot.core.messages import Button, InboundKind
from bot.core.staff import released, sixteen_after_all
from tests.talk import Talk

DANGER = "ik wil niet meer leven"
OLD_BUTTONS = (
    *("kw:HECHTING", "again:HECHTING", "exercise:HECHTING", "done:HECHTING", "later:HECHTING", "daily:tweede"),
    *("consent1:yes:eerste", "consent2:yes:eerste:spanning", "hour:20.00:tweede", "where:here:tweede"),
    *("now:eerste", "next", "switch:tweede", "continue:eerste", "restart:eerste", "resume", "programs"),
    *("read:eerste:een", "offer:kw:HECHTING", "offer:program:eerste", "pause:3", "pause", "finish-first"),
    "answer:eerste.spanning.2026-03-03:7",
)
CONTENT_KINDS = {
    "explanation",
    "exercise",
    "lesson",
    "checkin",
    "reminder",
    "offer",
    "nudge",
    "week",
    "goodbye",
    "consent",
}


def walking() -> Talk:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    return talk


def in_alarm() -> Talk:
    talk = walking()
    talk.says(DANGER)
    return talk


@pytest.mark.parametrize("action", OLD_BUTTONS)
def test_no_old_button_brings_anything_while_an_alarm_stands(action: str) -> None:
    talk = in_alarm()
    before = talk.person.enrollments
    talk.later(minutes=3).presses(Button("Oud", action))
    assert [message.kind.value for message in talk.said] == ["alarm"]
    assert talk.person.enrollments == before and not talk.decisions[-1].consents and not talk.decisions[-1].answers
    assert "komt" not in talk.text and talk.next_at is None


@pytest.mark.parametrize(
    "text",
    ["HECHTING", "gedaan", "later", "elke dag een stap", "een 7", "opnieuw sturen", "mijn week", "pauze 3 dagen"],
)
def test_nothing_typed_brings_anything_while_an_alarm_stands(text: str) -> None:
    talk = in_alarm()
    talk.later(minutes=3).says(text)
    assert not {message.kind.value for message in talk.said} & CONTENT_KINDS
    assert talk.person.followups == () and talk.person.paused_until is None and talk.next_at is None


def test_who_asks_whether_anybody_is_there_during_an_alarm_is_not_shown_a_shop_window() -> None:
    talk = in_alarm()
    talk.later(minutes=1).says("hallo is daar iemand")
    assert talk.said[0].kind == "alarm" and "113" in talk.text and "Hechting" not in talk.labels


def test_help_during_an_alarm_is_the_answer_to_that_alarm() -> None:
    talk = Talk()
    talk.says("ik heb pillen klaarliggen om er een eind aan te maken")
    talk.later(minutes=20).says("hulp")
    assert talk.text.startswith("**Bel nu 112**")
    talk.later(minutes=20).says("kracht")
    assert talk.text.startswith("**Bel nu 112**")


def test_a_voice_message_during_an_alarm_is_answered_with_whom_to_call() -> None:
    talk = in_alarm()
    talk.says("", InboundKind.MEDIA)
    assert talk.said[0].kind == "alarm" and "113" in talk.text


def test_the_first_words_after_an_alarm_are_heard_even_right_after_a_fallback() -> None:
    talk = Talk()
    talk.says("mijn kat ligt op de bank")
    talk.later(minutes=1).says(DANGER)
    talk.later(minutes=1).says("niemand ziet het")
    assert "Een mens kan dat wel" in talk.text
    assert talk.later(minutes=1).says("echt niemand") == []


def test_start_while_an_alarm_stands_ends_the_stop_and_brings_nothing() -> None:
    talk = walking()
    talk.says("STOP")
    talk.later(hours=1).says(DANGER)
    talk.later(hours=1).says("START")
    assert talk.person.stopped_at is None and talk.person.alarm is not None
    assert talk.said[0].kind == "alarm" and not talk.decisions[-1].consents
    assert talk.until("2026-06-01 12:00") == []


def test_a_link_opened_while_an_alarm_stands_brings_no_exercise() -> None:
    talk = in_alarm()
    talk.later(hours=1).opens("hechting")
    assert [message.kind.value for message in talk.said] == ["alarm"]


def test_an_alarm_in_the_middle_of_consent_lets_the_question_go() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    talk.says(DANGER)
    talk.says("ja")
    assert talk.person.consents == {} and talk.person.enrollments == ()


def test_danger_and_stop_in_one_message_do_both_and_help_comes_first() -> None:
    talk = walking()
    help_, stopped = talk.says("STOP. Ik wil niet meer leven.")
    assert help_.kind == "alarm" and stopped.kind == "stopped"
    assert talk.person.alarm is not None and talk.person.stopped_at is not None
    assert "laatste bericht" not in talk.text


def test_danger_from_somebody_under_sixteen_does_both_too() -> None:
    talk = walking()
    talk.says("ik ben 14 en ik wil dood")
    assert talk.said[0].kind == "alarm" and "0800-0432" in talk.text
    assert talk.person.minor and talk.decisions[-1].erase_answers


def test_an_old_verder_without_an_alarm_just_goes_on() -> None:
    talk = walking()
    talk.presses(Button("Verder", "release"))
    assert "we gaan verder" in talk.text and "113" not in talk.text


def test_a_human_of_the_practice_may_end_the_freeze_and_it_goes_on_without_a_backlog() -> None:
    talk = in_alarm()
    talk.at("2026-03-06 15:00")
    talk._record(released(talk.person, talk.practice, talk.now))
    assert talk.said == [] and talk.person.alarm is None
    assert [at for at, _ in talk.until("2026-03-07 12:00")] == ["2026-03-07 11:00"]


def test_elsewhere_no_dutch_number_is_given() -> None:
    for zone, line in (("Europe/Brussels", "1813"), ("America/Curacao", "het noodnummer waar je bent")):
        talk = Talk(zone=zone)
        talk.says("HECHTING")
        assert line in talk.text and "113**" not in talk.text
        talk.says(DANGER)
        for text in ("HECHTING", "wat een avond", "hulp"):
            talk.later(minutes=11).says(text)
            assert line in talk.text and "**113**" not in talk.text


def minor() -> Talk:
    talk = walking()
    talk.says("ik ben 14")
    return talk


@pytest.mark.parametrize("action", OLD_BUTTONS)
def test_no_old_button_brings_anything_under_sixteen(action: str) -> None:
    talk = minor()
    talk.later(minutes=3).presses(Button("Oud", action))
    assert "0800-0432" in talk.text and not {message.kind.value for message in talk.said} & CONTENT_KINDS
    assert not any(e.state == "active" for e in talk.person.enrollments)


@pytest.mark.parametrize("text", ["START", "hoi", "verder", "hulp", "een 7", "pauze", "HECHTING", "wat nu"])
def test_under_sixteen_every_way_in_is_answered_by_the_kindertelefoon(text: str) -> None:
    talk = minor()
    talk.later(minutes=30).says(text)
    assert "0800-0432" in talk.text and not talk.decisions[-1].answers
    assert talk.until("2026-12-01 12:00") == []


@pytest.mark.parametrize("text", ["sorry, ik ben 24", "nee hoor ik ben al 18", "ik ben volwassen", "ik ben toch 31"])
def test_who_takes_it_back_is_heard_kindly_and_only_a_human_puts_it_right(text: str) -> None:
    talk = minor()
    talk.later(minutes=1).says(text)
    assert "Een mens van" in talk.text and talk.labels == ["Een mens spreken"]
    assert talk.person.minor and talk.events == ["minor_disputed"]
    talk.taps("Een mens spreken")
    assert "human_asked" in talk.events


@pytest.mark.parametrize("text", ["ik ben 24 jaar getrouwd", "toen ik 24 was", "mijn zus zegt ik ben 24", "24"])
def test_an_age_of_somebody_or_something_else_takes_nothing_back(text: str) -> None:
    talk = minor()
    talk.later(minutes=30).says(text)
    assert "minor_disputed" not in talk.events and talk.person.minor


def test_an_older_age_said_in_danger_is_answered_by_help_first() -> None:
    talk = minor()
    talk.later(minutes=30).says("ik ben 24 en ik wil niet meer leven")
    assert talk.said[0].kind == "alarm" and talk.person.minor


def test_an_age_put_right_by_a_human_brings_nothing_by_itself_and_every_consent_is_asked_anew() -> None:
    talk = minor()
    talk._record(sixteen_after_all(talk.person, talk.practice, talk.now))
    assert talk.said == [] and not talk.person.minor
    assert talk.until("2026-04-01 12:00") == []
    talk.says("HECHTING")
    assert {"explanation", "exercise"} <= {message.kind.value for message in talk.said}
    assert not any(consent.given for consent in talk.person.consents.values())


def test_under_sixteen_start_after_stop_gives_no_consent() -> None:
    talk = minor()
    talk.says("STOP")
    talk.says("START")
    assert not talk.decisions[-1].consents and not talk.person.consents["daily"].given


def test_under_sixteen_in_the_words_below_a_picture_counts_too() -> None:
    talk = walking()
    talk.says("ik ben 14", InboundKind.MEDIA)
    assert talk.person.minor


def test_a_repeated_under_sixteen_line_does_not_pile_up() -> None:
    talk = minor()
    talk.later(minutes=1).says("maar ik wil dit zo graag")
    assert talk.later(minutes=1).says("toe nou") == []


def test_an_alarm_takes_the_open_reminder_with_it_also_after_the_release() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.taps("3")
    talk.until("2026-03-05 12:00")
    talk.says(DANGER)
    talk.person = replace(talk.person, alarm=None)
    talk.says("menu")
    assert all(message.kind != "reminder" for _, message in talk.until("2026-03-05 23:00"))
