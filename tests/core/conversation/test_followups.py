"""CONVERSATION.md, "Follow-up nudges"."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.talk import Talk, kinds, practice

MORE = ["Gedaan", "Vraag het later nog eens", "Liever niet"]


def nudged(keyword: str = "HECHTING") -> Talk:
    talk = Talk("2026-03-02 10:00")
    talk.says(keyword)
    talk.until("2026-03-03 20:00")
    return talk


def test_the_announced_nudge_comes_the_next_day_at_seven_with_its_three_buttons() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    ((at, nudge),) = talk.until("2026-03-03 23:00")
    assert at == "2026-03-03 19:00"
    assert [button.label for button in nudge.buttons] == MORE
    assert nudge.unasked


def test_silence_after_a_nudge_of_ask_schedules_nothing() -> None:
    assert nudged().until("2026-06-01 10:00") == []


@pytest.mark.parametrize("said", ["later", "vraag het later nog eens"])
def test_only_later_schedules_the_next_tapped_or_typed(said: str) -> None:
    talk = nudged()
    talk.says(said)
    assert "donderdag om 19.00" in talk.text
    ((at, nudge),) = talk.until("2026-03-08 12:00")
    assert at == "2026-03-05 19:00" and nudge.text == "Een kleinere mag ook."
    talk.taps("Vraag het later nog eens")
    ((at, last),) = talk.until("2026-06-01 12:00")
    assert at == "2026-03-09 19:00" and "laatste" in last.text
    assert "Vraag het later nog eens" not in [button.label for button in last.buttons]


def test_a_later_that_comes_late_still_gives_at_least_twenty_hours() -> None:
    talk = nudged()
    talk.at("2026-03-05 18:30").says("later")
    ((at, _),) = talk.until("2026-03-20 12:00")
    assert at == "2026-03-06 19:00"


@pytest.mark.parametrize("answer", ["het ging goed", "moeilijk vond ik het", "gedaan", "liever niet", "nee dank je"])
def test_any_answer_cancels_what_is_open_in_the_same_decision(answer: str) -> None:
    talk = nudged("SPANNING")
    talk.says(answer)
    assert "followup:SPANNING" in talk.decisions[-1].cancel
    assert talk.until("2026-06-01 12:00") == []


def test_an_answer_before_the_announced_nudge_makes_it_stay_away() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.later(hours=2).says("dat deed me goed")
    assert talk.until("2026-06-01 12:00") == []


def test_a_series_announces_all_three_and_fades_to_its_end() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("SPANNING")
    assert "drie keer" in talk.text
    sent = talk.until("2026-06-01 12:00")
    assert [at for at, _ in sent] == ["2026-03-03 19:00", "2026-03-05 19:00", "2026-03-09 19:00"]
    assert kinds(sent) == ["nudge"] * 3
    assert "Liever geen vervolg" in [button.label for button in sent[0][1].buttons]


def test_two_keywords_never_nudge_within_twenty_hours() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.says("SPANNING")
    sent = talk.until("2026-06-01 12:00")
    moments = [message_at for message_at, _ in talk.sent[-len(sent) :]]
    assert len(sent) == 4
    assert all(b - a >= timedelta(hours=20) for a, b in pairwise(moments))


def test_enrolling_ends_the_sequence() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("SPANNING")
    talk.enrolled()
    assert "nudge" not in kinds(talk.until("2026-03-20 12:00"))


def test_stop_and_an_alarm_end_the_sequence() -> None:
    for word in ("STOP", "ik wil niet meer leven"):
        talk = Talk("2026-03-02 10:00")
        talk.says("SPANNING")
        talk.says(word)
        assert "*" in talk.decisions[-1].cancel
        assert talk.until("2026-06-01 12:00") == []


def test_no_nudge_on_a_day_off_of_the_practice() -> None:
    talk = Talk("2026-03-02 10:00", content=practice(days_off=frozenset({"2026-03-03"})))
    talk.says("HECHTING")
    assert [at for at, _ in talk.until("2026-04-01 10:00")] == ["2026-03-04 19:00"]


def test_a_machine_that_was_away_sends_no_backlog() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("SPANNING")
    talk.at("2026-03-09 23:30")
    sent = talk.until("2026-03-20 12:00")
    moments = [at for at, _ in sent]
    assert moments[0] == "2026-03-10 19:00" and len(set(moments)) == len(moments) <= 3


def test_a_keyword_in_the_middle_of_a_daily_program_schedules_no_nudge() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("20.00")
    talk.says("HECHTING")
    assert "nudge" not in kinds(talk.until("2026-03-30 12:00"))
    assert talk.person.followups == ()
