"""The crisis texts: whom to call, said first, and nothing that can't be kept."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.content.report import Level
from bot.core.markup import to_plain_text
from bot.core.safety import Alarm, Tier
from bot.core.safety.helplines import HELPLINES, open_helpline, verify_helplines
from bot.core.safety.texts import GROUNDING, call, grounding, reply

_MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
_SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
_TIERS: tuple[Tier, ...] = ("A", "B", "C")
_ALARMS = [
    Alarm(tier, third_party=third, rule=rule)
    for tier in _TIERS
    for third in (False, True)
    for rule in ("wish.dead", "abuse.hits", "loss.suicide")
]


def _reply(
    alarm: Alarm,
    *,
    zone: str = "Europe/Amsterdam",
    takeover: str | None = None,
    repeat: bool = False,
    now: datetime = _MONDAY,
) -> tuple[str, tuple[tuple[str, str], ...]]:
    return reply(alarm, zone=zone, takeover_name=takeover, repeat=repeat, now=now, practice="Praktijk Linde")


@pytest.mark.parametrize("alarm", _ALARMS, ids=str)
@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Europe/Brussels", "America/Paramaribo", "no such zone"])
def test_every_reply_names_a_line_first_and_offers_what_helps(alarm: Alarm, zone: str) -> None:
    text, buttons = _reply(alarm, zone=zone)
    first = text.split("\n\n", 1)[0]
    assert "el" in first
    assert any(number in first for number in ("112", "113", "1813", "0800-2000", "088 0767 000", "106", "noodnummer"))
    assert "0900-0113" not in text
    assert buttons[0][0] == "alarm:call"
    assert {"alarm:ground", "alarm:human"} <= {action for action, _ in buttons}
    assert all(0 < len(label) <= 20 for _, label in buttons)
    assert len(text) < 1024  # the body of a WhatsApp message with buttons


@pytest.mark.parametrize("alarm", _ALARMS, ids=str)
@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Europe/Brussels", "America/Paramaribo", "no such zone"])
def test_who_chooses_to_call_reads_the_same_lines_first_and_less_around_them(alarm: Alarm, zone: str) -> None:
    full, choices = _reply(alarm, zone=zone)
    text, others = call(
        alarm, zone=zone, takeover_name=None, now=_MONDAY, practice="Praktijk Linde", minor=alarm.tier == "B"
    )
    assert text.split("\n\n")[0] == full.split("\n\n")[0]
    assert others == choices[1:] or alarm.tier == "B"
    assert {"alarm:ground", "alarm:human"} <= {action for action, _ in others}
    assert ("113.nl](" in text) == (zone == "Europe/Amsterdam" and not alarm.rule.startswith("abuse"))
    assert ("volwassene die je vertrouwt" in text) == (alarm.tier == "B")


def test_a_plan_of_ones_own_is_offered_to_the_person_and_not_about_another() -> None:
    assert ("alarm:plan", "Mijn eigen plan") in _reply(Alarm("B", third_party=False, rule="wish.dead"))[1]
    assert "alarm:plan" not in dict(_reply(Alarm("B", third_party=True, rule="wish.dead"))[1])


def test_violence_is_sent_to_veilig_thuis() -> None:
    text, buttons = _reply(Alarm("A", third_party=False, rule="abuse.hits"))
    assert "112" in text
    assert "0800-2000" in text
    assert buttons[0] == ("alarm:call", "Bel Veilig Thuis")


def test_belgian_lines_in_belgium_and_no_dutch_ones() -> None:
    for alarm in _ALARMS:
        text, _ = _reply(alarm, zone="Europe/Brussels")
        assert "0800" not in text
        assert "113 " not in text.replace("1813", "")
        assert "088" not in text


def test_elsewhere_the_number_of_the_place() -> None:
    text, buttons = _reply(Alarm("B", third_party=False, rule="wish.dead"), zone="Asia/Tokyo")
    assert text.startswith("**Bel het noodnummer waar je bent.")
    assert "113" not in text
    assert buttons[0] == ("alarm:call", "Bel het noodnummer")


def test_in_a_takeover_the_bot_says_that_it_is_the_bot() -> None:
    text, _ = _reply(Alarm("A", third_party=False, rule="wish.dead"), takeover="Eva *de Wit*")
    assert r"Ik ben de bot; ik weet niet of Eva \*de Wit\* dit nu leest. Bel 112 of 113." in text


def test_a_name_with_signs_is_read_as_it_is_written() -> None:
    name = "Praktijk 't Anker (voor *rouw*)"
    alarm = Alarm("B", third_party=False, rule="wish.dead")
    for told in (False, True):
        text, _ = reply(
            alarm, zone="Europe/Brussels", takeover_name=None, repeat=False, now=_MONDAY, practice=name, told=told
        )
        assert f"Ik ben een bot van {name}." in to_plain_text(text)


def test_nobody_is_promised_to_read_along() -> None:
    text, _ = _reply(Alarm("A", third_party=False, rule="wish.dead"))
    assert "Er leest nu niemand mee" in text
    assert "Praktijk Linde" in text


def test_a_repeat_is_one_short_line_without_buttons() -> None:
    for alarm in _ALARMS:
        text, buttons = _reply(alarm, repeat=True)
        assert "\n" not in text
        assert len(text) < 120
        assert buttons == ()
        assert "112" in text


def test_a_line_that_is_closed_now_is_not_offered() -> None:
    alarm = Alarm("C", third_party=False, rule="hopeless.life")
    assert "0900-1450" in _reply(alarm, now=_MONDAY)[0]
    assert "0900-1450" not in _reply(alarm, now=_SUNDAY)[0]


def test_open_is_judged_in_the_time_of_the_country() -> None:
    late_sunday_utc = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday 00:30 in Amsterdam
    assert open_helpline("mind", "NL", late_sunday_utc) is not None


def test_helplines_grow_stale() -> None:
    verified = HELPLINES[0].verified_on
    assert verified == date(2026, 11, 21)
    assert verify_helplines(verified + timedelta(days=90)) == []
    assert {finding.level for finding in verify_helplines(verified + timedelta(days=91))} == {Level.WARNING}
    assert {finding.level for finding in verify_helplines(verified + timedelta(days=365))} == {Level.WARNING}
    assert {finding.level for finding in verify_helplines(verified + timedelta(days=366))} == {Level.ERROR}
    assert len(verify_helplines(verified + timedelta(days=366))) == len(HELPLINES)


def test_the_grounding_exercise_keeps_the_eyes_open_and_says_how_to_stop() -> None:
    text = "\n".join(grounding(step, "Europe/Amsterdam") for step in range(len(GROUNDING)))
    assert "ogen open" in text
    assert "TE VEEL" in text
    assert "ogen dicht" not in text
