"""Edges of the clock: night, 06:00 and 22:00, 21:30, both changes of the clock, other places, days off, a block."""

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import pytest

from bot.core.flows import followups
from bot.core.programs import next_at
from bot.core.schedule import local
from bot.core.turn import Turn
from tests.talk import LONG, Talk, kinds, practice

STEPS_ONLY = practice(programs={"eerste": replace(LONG, id="eerste")})


def at_question(hour: str, ask: str) -> Talk:
    """Someone whose choice question of 5 March was asked at `ask` and stays open."""
    talk = Talk("2026-03-02 05:00").enrolled("06.00")
    talk.until("2026-03-03 07:00")
    talk.taps("Ja, bewaar ze")
    talk.taps("2")
    talk.says(f"tijd {hour}")
    talk.until(ask)
    return talk


@pytest.mark.parametrize(
    ("hour", "reminder"),
    [("06.00", "10:00"), ("11.00", "15:00"), ("17.29", "21:29"), ("17.30", "21:00"), ("19.30", "21:00"), ("19.31", "")],
)
def test_the_reminder_comes_the_same_day_before_half_past_nine_or_never(hour: str, reminder: str) -> None:
    talk = at_question(hour, "2026-03-05 05:59")
    sent = [(at, m) for at, m in talk.until("2026-03-05 23:59") if m.kind == "reminder"]
    assert [at for at, _ in sent] == ([f"2026-03-05 {reminder}"] if reminder else [])
    assert all(m.expires is not None and m.expires > talk._instant(at) for at, m in sent)


def test_a_change_of_place_never_brings_the_reminder_at_night() -> None:
    talk = at_question("11.00", "2026-03-05 11:30")
    talk.says("tijd Sydney")
    assert "reminder" not in kinds(talk.until("2026-03-06 10:00"))


def test_a_change_of_place_moves_the_announced_nudge_to_seven_there() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.says("tijd Sydney")
    assert [at for at, _ in talk.until("2026-03-20 12:00")] == ["2026-03-03 19:00"]
    back = Talk("2026-03-02 10:00")
    back.says("HECHTING")
    back.says("tijd Suriname")
    assert [at for at, _ in back.until("2026-03-20 12:00")] == ["2026-03-03 19:00"]


def test_over_the_date_line_and_back_there_is_one_step_a_day_and_never_within_twelve_hours() -> None:
    talk = Talk("2026-03-02 07:00", content=STEPS_ONLY).enrolled("08.00")
    for wall, place in (
        ("2026-03-04 09:00", "Sydney"),
        ("2026-03-06 09:00", "New York"),
        ("2026-03-08 09:00", "Sydney"),
    ):
        talk.until(wall)
        talk.says(f"tijd {place}")
    talk.until("2026-03-12 12:00")
    steps = [at for at, message in talk.sent if message.step]
    assert all((later - earlier).total_seconds() >= 12 * 3600 for earlier, later in pairwise(steps))
    assert len(steps) >= 7


@pytest.mark.parametrize("hour", ["06.00", "22.00"])
def test_the_first_and_the_last_hour_are_kept_to_the_minute(hour: str) -> None:
    talk = Talk("2026-03-02 04:00", content=STEPS_ONLY).enrolled(hour)
    sent = talk.until("2026-03-05 23:59")
    assert [at[11:] for at, _ in sent] == [hour.replace(".", ":")] * 4
    assert all(m.expires is not None and m.expires > talk._instant(at) for at, m in sent)


@pytest.mark.parametrize("hour", ["06.00", "22.00"])
def test_the_kind_message_of_the_pause_is_no_lesson_and_waits_for_the_morning(hour: str) -> None:
    talk = Talk("2026-03-01 04:00", content=STEPS_ONLY).enrolled(hour)
    *_, (at, faded) = talk.until("2026-06-01 12:00")
    assert "zet je programma op pauze" in faded.text and at[11:] == "08:00"
    assert faded.expires is not None and faded.expires > talk._instant(at)


@pytest.mark.parametrize("start", ["2026-03-27 10:00", "2026-10-23 10:00"])
def test_nudges_keep_seven_through_both_changes_of_the_clock(start: str) -> None:
    talk = Talk(start)
    talk.says("SPANNING")
    sent = talk.until(f"{datetime.fromisoformat(start).year}-12-01 12:00")
    assert [at[11:] for at, _ in sent] == ["19:00"] * 3


def test_a_change_to_an_hour_that_went_by_today_is_for_tomorrow() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("20.00")
    talk.at("2026-03-02 12:00").says("tijd 09.00")
    assert "morgen, dinsdag, om 09.00" in talk.text
    assert [at for at, _ in talk.until("2026-03-03 10:00")] == ["2026-03-03 09:00"]


def test_a_day_off_over_the_first_step_says_the_right_day_and_offers_the_first_one_now() -> None:
    talk = Talk("2026-03-02 10:00", content=practice(days_off=frozenset({"2026-03-02"}))).enrolled("20.00")
    assert "morgen, dinsdag, om 20.00" in talk.text and talk.labels == ["Stuur de eerste nu"]
    assert [at for at, _ in talk.until("2026-03-03 21:00")] == ["2026-03-03 20:00"]


def test_a_nudge_never_comes_on_a_day_with_a_step() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    had = replace(talk.person, last_step_on=date(2026, 3, 3))
    assert next_at(had, talk.practice, talk.now) == talk._instant("2026-03-04 19:00")
    other = Talk("2026-03-02 10:00").enrolled("20.00")
    both = replace(other.person, followups=talk.person.followups)
    asked = Turn(both, other.practice, other.at("2026-03-03 09:00").now)
    step = other._instant("2026-03-03 20:00")
    assert followups.due(both.followups[0], asked, step) == other._instant("2026-03-04 19:00")


def test_what_others_sent_unasked_today_counts_for_the_cap_of_steps_and_nudges() -> None:
    """A campaign's message is counted by the same numbers."""
    talk = Talk("2026-03-02 10:00").enrolled("20.00")
    full = replace(talk.person, unasked_on=date(2026, 3, 2), unasked_count=talk.practice.daily_cap)
    assert next_at(full, talk.practice, talk.now) == talk._instant("2026-03-03 20:00")
    other = Talk("2026-03-02 10:00")
    other.says("HECHTING")
    full = replace(other.person, unasked_on=date(2026, 3, 3), unasked_count=other.practice.daily_cap)
    assert next_at(full, other.practice, other.now) == other._instant("2026-03-04 19:00")


def test_two_nudges_and_a_cap_of_one_never_share_a_day() -> None:
    talk = Talk("2026-03-02 10:00", content=practice(daily_cap=1))
    talk.says("HECHTING")
    talk.says("SPANNING")
    days = [at[:10] for at, _ in talk.until("2026-06-01 12:00")]
    assert len(set(days)) == len(days) == 4


def test_who_blocked_the_bot_and_writes_again_gets_no_backlog_at_once() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.person, talk.next_at = replace(talk.person, reachable=False), None
    talk.at("2026-03-08 15:00").says("menu")
    assert talk.person.reachable
    assert [at for at, _ in talk.until("2026-03-09 12:00")] == ["2026-03-09 11:00"]


def test_a_keyword_during_a_pause_is_answered_and_announces_nothing() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.says("pauze 5 dagen")
    talk.later(hours=1).says("SPANNING")
    assert talk.said[0].kind == "explanation" and "Ik kom hier" not in talk.text
    assert [at for at, _ in talk.until("2026-03-07 12:00")] == ["2026-03-07 11:00"]


def test_a_pause_without_a_program_promises_none_and_keeps_the_nudge_away() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("SPANNING")
    talk.says("vakantie")
    assert "Er loopt nu geen programma" in talk.text
    assert talk.until("2026-06-01 12:00") == []


def test_the_hour_of_the_step_is_local_to_the_person_not_to_the_machine() -> None:
    talk = Talk("2026-03-02 06:00", content=STEPS_ONLY, zone="America/Curacao").enrolled("08.00")
    ((_, _), *_) = talk.until("2026-03-03 09:00")
    assert f"{local(talk.sent[-1][0], 'Europe/Amsterdam'):%H:%M}" == "13:00"
