"""The grounding exercise: a step at a time, in the person's own tempo, and in an alarm ahead of everything."""

import pytest

from bot.core.messages import Lane
from bot.core.safety.texts import GROUNDING
from bot.core.staff import taken_over
from tests.talk import Talk

DANGER = "ik wil niet meer leven"


def through(talk: Talk) -> None:
    for _ in GROUNDING[1:]:
        talk.later(seconds=20).taps("Verder")


def test_it_goes_step_by_step_with_eyes_open_and_says_how_to_stop() -> None:
    talk = Talk()
    talk.says("aarden")
    assert "ogen open" in talk.text and "TE VEEL" in talk.text and talk.labels == ["Verder", "Genoeg zo"]
    through(talk)
    assert "ik ben hier" in talk.text and "Te veel? Stop, kijk om je heen, typ TE VEEL." in talk.text
    assert talk.labels == ["Nog een keer", "Ik heb het moeilijk"]


def test_nothing_hurries() -> None:
    talk = Talk()
    talk.says("aarden")
    talk.later(hours=5).taps("Verder")
    assert "vijf dingen" in talk.text
    assert talk.until("2026-04-20 12:00") == []


@pytest.mark.parametrize("word", ["verder", "ok", "klaar", "volgende"])
def test_who_types_instead_of_tapping_goes_on_as_well(word: str) -> None:
    talk = Talk()
    talk.says("aarden")
    talk.says(word)
    assert "vijf dingen" in talk.text


def test_during_an_alarm_it_is_in_the_crisis_lane() -> None:
    talk = Talk()
    talk.says(DANGER)
    talk.taps("Oefening, 2 minuten")
    assert talk.said[0].lane is Lane.CRISIS and talk.said[0].kind == "alarm"
    through(talk)
    assert {message.lane for message in talk.said} == {Lane.CRISIS}
    assert "113" in talk.text


def test_a_typed_verder_amid_it_ends_no_alarm_even_after_twelve_hours() -> None:
    talk = Talk()
    talk.says(DANGER)
    talk.later(hours=13).taps("Oefening, 2 minuten")
    talk.says("verder")
    assert talk.person.alarm is not None and "vijf dingen" in talk.text


def test_too_much_ends_it_and_names_whom_to_call_in_an_alarm() -> None:
    talk = Talk()
    talk.says(DANGER)
    talk.taps("Oefening, 2 minuten")
    talk.says("TE VEEL")
    assert "Kijk om je heen" in talk.text and "113" in talk.text and talk.said[0].lane is Lane.CRISIS
    assert talk.person.dose == 1 and talk.person.awaiting is None


def test_it_can_be_left_and_danger_amid_it_is_heard() -> None:
    talk = Talk()
    talk.says("aarden")
    talk.taps("Genoeg zo")
    assert "Goed zo" in talk.text
    talk.says("aarden")
    talk.says("ik wil niet meer leven")
    assert talk.person.alarm is not None and "113" in talk.text


def test_it_is_there_under_sixteen_after_stop_and_in_a_takeover() -> None:
    for before in ("ik ben 14", "STOP"):
        talk = Talk()
        talk.says(before)
        talk.says("aarden")
        assert "ogen open" in talk.text
        talk.taps("Verder")
        assert "vijf dingen" in talk.text
    talk = Talk()
    talk._record(taken_over(talk.person, talk.practice, talk.now, "Anna"))
    talk.says("aarden")
    talk.taps("Verder")
    assert "vijf dingen" in talk.text


def test_elsewhere_it_ends_with_the_number_of_the_place() -> None:
    talk = Talk(zone="America/Paramaribo")
    talk.says("aarden")
    through(talk)
    assert "noodnummer waar je bent" in talk.text and "113" not in talk.text
