"""CONVERSATION.md, "STOP, START, pause" and "Quiet hours"."""

from datetime import time
from itertools import pairwise

import pytest

from tests.talk import Talk


def walking() -> Talk:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-04 12:00")
    return talk


@pytest.mark.parametrize("word", ["STOP", "stoppen", "afmelden", "Stop aub"])
def test_stop_is_one_confirmation_and_nothing_after_it(word: str) -> None:
    talk = walking()
    (confirmation,) = talk.says(word)
    assert confirmation.kind == "stopped" and "*" in talk.decisions[-1].cancel
    assert talk.until("2027-03-04 12:00") == []
    assert not talk.person.consents["daily"].given


def test_a_sentence_that_contains_stop_is_no_stop() -> None:
    talk = walking()
    talk.says("ik wil niet stoppen met deze berichten")
    assert talk.person.stopped_at is None


def test_a_stopped_person_is_answered_once_with_the_way_back() -> None:
    talk = walking()
    talk.says("STOP")
    talk.later(days=2).says("HECHTING")
    assert "Je staat op STOP; START zet het weer aan" in talk.text
    assert talk.labels == ["Weer beginnen"]
    assert talk.until("2026-06-01 12:00") == []


def test_only_start_ends_it_and_telegrams_start_shows_the_button() -> None:
    talk = walking()
    talk.says("STOP")
    for word in ("hoi", "verder", "menu", "pauze 3 dagen"):
        talk.later(minutes=11).says(word)
        assert talk.person.stopped_at is not None
    talk.opens()
    assert talk.labels == ["Weer beginnen"] and talk.person.stopped_at is not None
    talk.taps("Weer beginnen")
    assert talk.person.stopped_at is None


def test_start_renews_consent_one_only_and_offers_the_place() -> None:
    talk = walking()
    talk.taps("Ja, bewaar ze")
    talk.says("STOP")
    talk.later(days=3).says("START")
    assert [change.name for change in talk.decisions[-1].consents] == ["daily"]
    assert talk.labels == ["Verder bij stap 4", "Opnieuw"]
    talk.taps("Verder bij stap 4")
    assert "richting" in talk.until("2026-03-09 12:00")[0][1].step


def test_again_starts_at_the_first_step() -> None:
    talk = walking()
    talk.says("STOP")
    talk.says("START")
    talk.taps("Opnieuw")
    assert talk.until("2026-03-06 12:00")[0][1].text == "Les een."


def test_start_without_a_program_just_opens_the_door() -> None:
    talk = Talk()
    talk.says("STOP")
    talk.says("start")
    assert talk.labels == ["Hechting", "Spanning"] and not talk.person.consents


@pytest.mark.parametrize(
    ("text", "back"), [("pauze 3 dagen", "07"), ("PAUZE 5", "09"), ("vakantie tot 10 maart", "10")]
)
def test_a_pause_waits_and_goes_on_at_its_place_with_one_message(text: str, back: str) -> None:
    talk = walking()
    talk.says(text)
    sent = talk.until("2026-03-14 23:00")
    assert sent[0][0] == f"2026-03-{back} 11:00" and "richting" in sent[0][1].step


def test_a_pause_without_a_length_asks_for_it() -> None:
    talk = walking()
    talk.says("pauze")
    assert talk.labels == ["3 dagen", "1 week", "2 weken", "Tot ik VERDER typ"]
    talk.says("een week")
    assert talk.until("2026-03-12 23:00")[0][0] == "2026-03-11 11:00"


def test_an_open_pause_lasts_until_the_person_says_so() -> None:
    talk = walking()
    talk.says("pauze")
    talk.taps("Tot ik VERDER typ")
    assert talk.until("2026-06-01 12:00") == []
    talk.says("verder")
    assert talk.until("2026-06-02 12:00")[0][0] == "2026-06-02 11:00"


def test_a_holiday_from_and_until() -> None:
    talk = walking()
    talk.says("vakantie van 6 maart tot 9 maart")
    assert [at[:10] for at, m in talk.until("2026-03-09 12:00") if m.step] == ["2026-03-05", "2026-03-09"]


def test_time_changes_the_hour_in_one_message_and_the_place_too() -> None:
    talk = walking()
    talk.says("tijd half 8 's avonds")
    assert talk.person.hour == time(19, 30)
    assert talk.until("2026-03-05 23:00")[0][0] == "2026-03-05 19:30"
    talk.says("tijd")
    talk.taps("Andere plaats")
    talk.says("Curaçao")
    assert talk.person.zone == "America/Curacao"
    assert "19.30, in de tijd van Curaçao" in talk.text


def test_twelve_hours_hold_after_a_change_of_place_too() -> None:
    talk = Talk("2026-03-02 07:00").enrolled("08.00")
    talk.until("2026-03-03 09:00")
    talk.says("tijd Suriname")
    before = talk.person.last_step_at
    talk.until("2026-03-06 23:00")
    steps = [at for at, m in talk.sent if m.step]
    assert before is not None and all((b - a).total_seconds() >= 12 * 3600 for a, b in pairwise(steps))


def test_nothing_unasked_in_quiet_hours_but_a_step_at_a_chosen_hour() -> None:
    talk = Talk("2026-03-02 05:00").enrolled("06.00")
    talk.says("SPANNING")
    sent = talk.until("2026-03-12 23:00")
    assert sent and all(m.step for at, m in sent if at[11:] < "08:00")
    assert all("08:00" <= at[11:] < "22:00" for at, m in sent if not m.step)


def test_a_machine_that_comes_back_at_night_waits_for_the_morning() -> None:
    talk = walking()
    talk.at("2026-03-07 02:00")
    sent = talk.until("2026-03-07 12:00")
    assert [at for at, _ in sent] == ["2026-03-07 11:00"]


def test_why_names_program_since_consent_and_the_way_out() -> None:
    talk = walking()
    talk.says("waarom krijg ik dit?")
    assert "maandag 2 maart" in talk.text and "Eerste reeks" in talk.text and "STOP" in talk.text


def test_the_menu_has_five_rows() -> None:
    talk = walking()
    talk.says("MENU")
    assert talk.labels == ["Volgende stap", "Tijd", "Pauze of stop", "Mijn gegevens", "Ik heb het moeilijk"]
    for label in ("Tijd", "Mijn gegevens", "Pauze of stop"):
        assert talk.taps(label)
    talk.taps("Stop alles")
    assert talk.person.stopped_at is not None


def test_under_sixteen_ends_everything_kindly_and_keeps_the_safety_check() -> None:
    talk = walking()
    talk.says("ik ben 14")
    assert "0800-0432" in talk.text and talk.decisions[-1].erase_answers
    assert talk.until("2026-06-01 12:00") == []
    assert "0800-0432" in "".join(m.text for m in talk.says("HECHTING"))
    talk.says("ik wil niet meer leven")
    assert talk.said[0].kind == "alarm"


def test_a_blocked_address_freezes_the_program() -> None:
    from dataclasses import replace

    from bot.core.programs import next_at

    talk = walking()
    assert next_at(replace(talk.person, reachable=False), talk.practice, talk.now) is None
