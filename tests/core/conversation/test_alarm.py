"""The alarm, rule by rule: in whatever state and on whatever way the words come in, and whom it tells."""

import pytest

from bot.core.conversation import respond
from bot.core.decision import AlertRoute
from bot.core.messages import Button, Channel, Inbound, InboundKind, Kind, Lane
from bot.core.staff import taken_over
from bot.core.turn import Reach
from tests.talk import Talk

DANGER = "ik wil niet meer leven"
GRAVE = "ik heb pillen klaarliggen om er een eind aan te maken"
TOLD = Reach(alerts=(AlertRoute.TELEGRAM, AlertRoute.MAIL))


def walking(channel: Channel = Channel.TELEGRAM, reach: Reach | None = None) -> Talk:
    talk = Talk("2026-03-02 10:00", channel=channel, reach=reach).enrolled("11.00")
    talk.until("2026-03-02 12:00")
    return talk


def alerts(talk: Talk) -> list[tuple[str, str]]:
    return [(alert.what, alert.tier) for alert in talk.decisions[-1].alerts]


# ---- whatever way the words come in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("kind", [InboundKind.TEXT, InboundKind.EDIT, InboundKind.MEDIA])
def test_a_text_an_edit_and_a_caption_are_heard_on_every_channel(channel: Channel, kind: InboundKind) -> None:
    talk = walking(channel)
    talk.says(DANGER, kind)
    (crisis,) = talk.said
    assert crisis.lane is Lane.CRISIS and crisis.text.startswith("Bel **113**") and talk.person.alarm is not None
    assert talk.until("2026-06-01 12:00") == []


def test_the_text_of_a_button_that_a_platform_names_is_heard() -> None:
    talk = walking()
    talk.presses(Button(DANGER, "done:HECHTING"))
    assert talk.person.alarm is not None and talk.said[0].lane is Lane.CRISIS


@pytest.mark.parametrize("pieces", [("ik wil", "niet meer", "leven"), ("ik wil er", "niet meer zijn")])
def test_words_split_over_messages_are_heard_together(pieces: tuple[str, ...]) -> None:
    talk = walking()
    for piece in pieces:
        talk.later(seconds=40).says(piece)
    assert talk.person.alarm is not None


def test_what_was_said_longer_ago_than_ten_minutes_is_not_joined() -> None:
    talk = walking()
    talk.says("ik wil er")
    talk.later(minutes=11).says("niet meer zijn")
    assert talk.person.alarm is None


def test_a_crisis_text_typed_instead_of_an_answer_is_danger_and_no_answer() -> None:
    talk = walking()
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.says(DANGER)
    assert talk.person.alarm is not None and not talk.decisions[-1].answers


# ---- whatever state the person is in --------------------------------------------------------------------------------


def test_before_any_consent_and_as_the_very_first_word() -> None:
    talk = Talk()
    talk.says(DANGER)
    assert talk.text.startswith("Bel **113**") and "Ik ben een bot van Mariposha" in talk.text
    assert talk.person.consents == {}


def test_paused_and_braked() -> None:
    for before in ("pauze 5 dagen", "er is iets gebeurd", "rustig"):
        talk = walking()
        talk.says(before)
        talk.later(minutes=1).says(DANGER)
        assert talk.said[0].lane is Lane.CRISIS, before
        assert talk.until("2026-06-01 12:00") == []


@pytest.mark.parametrize("words", ["ben je er nog", "volgende stap", "nee, verkeerd begrepen"])
def test_whatever_is_said_while_it_stands_is_answered_as_soon_as_the_danger_itself(words: str) -> None:
    talk = walking()
    talk.says(DANGER)
    talk.later(minutes=11).says(words)
    assert [(message.kind, message.lane) for message in talk.said] == [(Kind.ALARM, Lane.CRISIS)]


def test_after_stop_it_is_answered_and_stays_stopped() -> None:
    talk = walking()
    talk.says("STOP")
    talk.later(days=3).says(DANGER)
    assert talk.text.startswith("Bel **113**") and talk.person.stopped_at is not None
    assert talk.until("2026-12-01 12:00") == []


@pytest.mark.parametrize("text", ["STOP. Ik wil niet meer leven.", "stop, ik wil niet meer leven", f"{DANGER}. Stop."])
def test_stop_and_danger_in_one_message_do_both(text: str) -> None:
    talk = walking()
    talk.says(text)
    assert [m.kind.value for m in talk.said] == ["alarm", "stopped"]
    assert talk.person.alarm is not None and talk.person.stopped_at is not None


def test_stop_after_danger_that_stands_does_both_too() -> None:
    talk = walking()
    talk.says(DANGER)
    talk.later(minutes=1).says("STOP")
    assert talk.said[0].kind == "stopped" and "Schrijven mag hier altijd" in talk.text
    assert talk.person.alarm is not None


def test_in_a_takeover_the_bot_says_who_it_is_and_freezes_all_the_same() -> None:
    talk = walking()
    talk._record(taken_over(talk.person, talk.practice, talk.now, "Anna"))
    talk.later(minutes=2).says(DANGER)
    assert "Ik ben de bot; ik weet niet of Anna dit nu leest. Bel 112 of 113." in talk.text
    talk.later(minutes=1).says("nee, verkeerd begrepen")
    assert talk.said == [] and talk.events == ["to_human", "alarm_disputed"]


def test_under_sixteen_there_is_the_kindertelefoon_while_it_answers() -> None:
    for wall, named in (("2026-03-03 15:00", True), ("2026-03-03 22:30", False), ("2026-03-04 10:59", False)):
        talk = walking()
        talk.says("ik ben 14")
        talk.at(wall).says(DANGER)
        assert ("0800-0432" in talk.text) is named, wall
        assert talk.text.startswith("Bel **113**") and "volwassene die je vertrouwt" in talk.text


@pytest.mark.parametrize("zone", ["America/Paramaribo", "Europe/Madrid", "Asia/Bangkok"])
def test_elsewhere_the_emergency_number_of_the_place(zone: str) -> None:
    talk = Talk(zone=zone)
    talk.says(DANGER)
    assert talk.text.startswith("**Bel het noodnummer waar je bent.") and "113" not in talk.text
    talk.later(minutes=1).says(DANGER)
    assert "noodnummer waar je bent" in talk.text and "113" not in talk.text


# ---- what is answered -----------------------------------------------------------------------------------------------


def test_first_whom_to_call_then_the_choices_and_an_honest_word_about_who_reads() -> None:
    talk = walking()
    talk.says(DANGER)
    assert talk.labels == ["Bel 113", "Mijn eigen plan", "Oefening, 2 minuten", "Een mens spreken"]
    assert "Er leest nu niemand mee" in talk.text
    talk.taps("Een mens spreken")
    assert "Ik weet niet wanneer iemand dit leest" in talk.text and talk.said[0].lane is Lane.CRISIS


def test_who_chooses_to_call_gets_the_number_and_what_to_do_and_nothing_a_second_time() -> None:
    talk = walking()
    talk.says(DANGER)
    first = talk.text
    talk.later(minutes=1).taps("Bel 113")
    assert talk.text.startswith("Bel **113** of 0800-0113") and "**Bel 112.**" in talk.text
    assert "[113.nl](https://www.113.nl)" in talk.text and talk.said[0].lane is Lane.CRISIS
    assert set(talk.text.split("\n\n")) & set(first.split("\n\n")[1:]) == set() and len(talk.text) < len(first)
    assert talk.labels == ["Mijn eigen plan", "Oefening, 2 minuten", "Een mens spreken"]
    talk.says("menu")
    talk.taps("Ik heb het moeilijk")
    assert talk.text == first


def test_who_chooses_to_call_amid_a_takeover_hears_again_that_the_bot_does_not_know_who_reads() -> None:
    talk = walking()
    talk._record(taken_over(talk.person, talk.practice, talk.now, "Marie"))
    talk.says(GRAVE)
    talk.taps("Bel 112 of 113")
    assert talk.text.startswith("**Bel nu 112**") and "ik weet niet of Marie dit nu leest" in talk.text


def test_violence_gets_veilig_thuis_and_another_persons_danger_its_own_words() -> None:
    talk = walking()
    talk.says("mijn man slaat me")
    assert "0800-2000" in talk.text and talk.labels[0] == "Bel Veilig Thuis"
    talk = walking()
    talk.says("mijn vriendin wil dood")
    assert "Wat zwaar om dit te horen" in talk.text and "Mijn eigen plan" not in talk.labels


def test_a_repeat_within_ten_minutes_is_one_short_line_unless_it_gets_graver() -> None:
    talk = walking()
    talk.says(DANGER)
    talk.later(minutes=4).says(DANGER)
    assert talk.text == "Bel 112 of 113. Je hoeft dit niet alleen te doen." and talk.labels == []
    talk.later(minutes=4).says(GRAVE)
    assert talk.text.startswith("**Bel nu 112**") and talk.labels
    talk.later(minutes=11).says(DANGER)
    assert talk.labels


def test_other_danger_within_ten_minutes_is_no_repeat_and_gets_its_own_line() -> None:
    talk = walking()
    talk.says("mijn man slaat me")
    talk.later(minutes=2).says(DANGER)
    assert talk.text.startswith("Bel **113**") and talk.labels
    talk.later(minutes=2).says(DANGER)
    assert talk.labels == []
    talk.later(minutes=2).says("mijn man slaat me")
    assert "0800-2000" in talk.text and talk.labels


def test_ik_heb_het_moeilijk_from_the_menu_freezes_nothing_and_says_nothing_of_standing_still() -> None:
    talk = walking()
    talk.says("ik heb het moeilijk")
    assert "stil" not in talk.text and talk.person.alarm is None and "Mijn eigen plan" in talk.labels
    assert [at for at, _ in talk.until("2026-03-03 12:00")] == ["2026-03-03 11:00"]


# ---- how it ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["nee, verkeerd begrepen", "dat bedoelde ik niet zo", "was een grapje", "misverstand"]
)
def test_one_no_is_taken_kindly_and_ends_nothing(words: str) -> None:
    talk = walking()
    talk.says(DANGER)
    rule = talk.person.alarm.rule if talk.person.alarm is not None else ""
    talk.later(minutes=1).says(words)
    assert "Dank je dat je het zegt" in talk.text and talk.person.alarm is not None
    (event,) = talk.decisions[-1].events
    assert (event.kind, event.data) == ("alarm_disputed", {"rule": rule})
    assert talk.until("2026-06-01 12:00") == []


@pytest.mark.parametrize("danger", [DANGER, GRAVE, "mijn man slaat me"])
def test_verder_is_offered_no_sooner_than_twelve_hours_after_the_last_alarm(danger: str) -> None:
    talk = walking()
    talk.says(danger)
    talk.later(hours=6).says(danger)
    talk.later(hours=11, minutes=59).says("VERDER")
    assert "Verder" not in talk.labels and "rustig verder" not in talk.text
    talk.later(minutes=2).says("HECHTING")
    assert "Verder" in talk.labels
    talk.taps("Verder")
    assert "rustig verder" in talk.text and talk.person.alarm is None


@pytest.mark.parametrize("words", ["ja", "ok", "het gaat wel weer", "start", "hoi", "nee hoor"])
def test_nothing_but_the_explicit_word_ends_it_even_the_next_day(words: str) -> None:
    talk = walking()
    talk.says(DANGER)
    talk.later(hours=20).says(words)
    assert talk.person.alarm is not None


def test_a_lighter_alarm_afterwards_makes_the_first_no_lighter_and_another_persons_not_ones_own() -> None:
    talk = walking()
    talk.says(GRAVE)
    talk.later(minutes=20).says("mijn vriendin wil dood")
    state = talk.person.alarm
    assert state is not None and state.tier == "A" and not state.third_party
    talk.later(minutes=20).taps("Bel 112 of 113")
    assert talk.text.startswith("**Bel nu 112** als je in gevaar bent")


# ---- the practice ---------------------------------------------------------------------------------------------------


def test_a_practice_that_did_not_opt_in_is_told_nothing() -> None:
    talk = walking()
    talk.says(GRAVE)
    assert alerts(talk) == []


def test_it_is_told_once_for_a_rise_at_any_hour_and_of_a_graver_one_again() -> None:
    talk = walking(reach=TOLD)
    talk.at("2026-03-03 03:00").says(DANGER)
    assert alerts(talk) == [("alarm", "B")] * 2
    assert {alert.route for alert in talk.decisions[-1].alerts} == {AlertRoute.TELEGRAM, AlertRoute.MAIL}
    talk.later(minutes=2).says(DANGER)
    assert alerts(talk) == []
    talk.later(minutes=30).says("ik ben iedereen tot last, het wordt nooit meer wat")
    assert alerts(talk) == []
    talk.later(minutes=2).says(GRAVE)
    assert alerts(talk) == [("alarm", "A")] * 2


def test_a_next_time_half_a_day_later_is_told_again() -> None:
    talk = walking(reach=TOLD)
    talk.says(DANGER)
    talk.later(hours=5).says(DANGER)
    assert alerts(talk) == []
    talk.later(hours=13).says(DANGER)
    assert alerts(talk) == [("alarm", "B")] * 2


def test_the_person_hears_honestly_that_the_practice_is_told_and_not_to_wait_for_it() -> None:
    talk = walking(reach=TOLD)
    talk.says(DANGER)
    assert "krijgt een seintje, zonder je woorden" in talk.text and "Wacht er niet op" in talk.text
    assert "Er leest nu niemand mee" not in talk.text


def test_who_asks_for_a_human_is_told_to_the_practice_once() -> None:
    talk = walking(reach=TOLD)
    talk.says("ik heb het moeilijk")
    assert alerts(talk) == [] and "seintje" not in talk.text
    talk.taps("Een mens spreken")
    assert alerts(talk) == [("human", "")] * 2 and "Ik weet niet wanneer iemand dit ziet" in talk.text
    talk.later(minutes=3).taps("Een mens spreken")
    assert alerts(talk) == []


def test_an_alert_holds_nothing_of_the_person() -> None:
    talk = walking(reach=TOLD)
    talk.says(DANGER)
    assert "leven" not in repr(talk.decisions[-1].alerts) and "77" not in repr(talk.decisions[-1].alerts)


def test_a_flood_of_edits_is_still_one_alarm() -> None:
    talk = walking(reach=TOLD)
    told = 0
    for number in range(6):
        inbound = Inbound(
            address=talk.address, external_id=f"edit-{number}", kind=InboundKind.EDIT, text=f"{DANGER} {number}"
        )
        talk._record(respond(inbound, talk.person, talk.practice, talk.now, talk.reach))
        told += len(alerts(talk))
    assert told == 2


# ---- the way on, later ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["hoi", "dank je voor gisteren", "nee, verkeerd begrepen"])
def test_after_twelve_hours_whatever_is_written_gets_the_button_to_go_on(words: str) -> None:
    talk = walking()
    talk.says(DANGER)
    talk.later(hours=1).says(words)
    assert "Verder" not in talk.labels
    talk.later(hours=12).says(words)
    assert talk.labels == ["Verder", "Ik heb het moeilijk"]
    talk.taps("Verder")
    assert talk.events == ["alarm_released"] and "rustig verder" in talk.text


def test_who_is_on_stop_and_goes_on_hears_that_nothing_comes_before_start() -> None:
    talk = walking()
    talk.says(f"STOP. {DANGER}")
    talk.later(hours=13).says("verder")
    assert talk.person.alarm is None and "Je staat op STOP" in talk.text and talk.labels == ["Weer beginnen"]
    assert talk.until("2026-06-01 12:00") == []


# ---- choices in words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ("een mens", "Ik heb genoteerd"),
        ("ik wil een mens spreken aub", "Ik heb genoteerd"),
        ("Kan iemand me bellen?", "Ik heb genoteerd"),
        ("bellen", "Bel **113**"),
        ("wie kan ik bellen", "Bel **113**"),
        ("113", "Bel **113**"),
        ("oefening", "**Twee minuten"),
        ("mijn plan", "Bel **113**"),
    ],
)
def test_a_choice_may_be_typed_however_often_and_whatever_keyboard_came_last(words: str, starts: str) -> None:
    talk = walking()
    talk.says(DANGER)
    talk.later(minutes=1).says("ik weet het niet")
    for _ in range(2):
        talk.later(minutes=1).says(words)
        assert talk.text.startswith(starts), talk.text
    assert talk.person.alarm is not None


def test_who_asks_for_a_human_is_heard_without_an_alarm_too() -> None:
    talk = walking(reach=TOLD)
    talk.says("ik wil met een mens praten")
    assert "weet niet wanneer iemand dit ziet" in talk.text
    assert alerts(talk) == [("human", ""), ("human", "")] and talk.person.alarm is None


def test_everyday_words_for_a_choice_mean_nothing_without_an_alarm() -> None:
    talk = walking()
    talk.says("bellen")
    assert talk.said and "Bel **113**" not in talk.said[0].text.splitlines()[0]


def test_under_16_no_plan_is_offered_in_an_alarm_since_none_is_kept() -> None:
    talk = walking()
    talk.says("ik ben 14")
    talk.says(DANGER)
    assert talk.labels == ["Bel 113", "Oefening, 2 minuten", "Een mens spreken"]


def test_after_stop_amid_danger_the_lines_stay_one_tap_away() -> None:
    talk = walking()
    talk.says("STOP. Ik wil niet meer leven.")
    assert talk.said[-1].buttons[0].action == "hard"
    talk.taps("Ik heb het moeilijk")
    assert talk.text.startswith("Bel **113**")
