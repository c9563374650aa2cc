"""Less when it is much, nothing when something happened, a neutral line when others look along, and always why."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.core.messages import Button, Lane
from bot.core.staff import taken_over
from tests.talk import Talk, kinds, phrases

KNOCK = "Er staat iets voor je klaar. Typ OPEN als het jou uitkomt."


def walking(start: str = "2026-03-02 10:00") -> Talk:
    talk = Talk(start).enrolled("11.00")
    talk.until("2026-03-02 12:00")
    return talk


def days(sent: Sequence[tuple[str, object]]) -> list[str]:
    return [at[:10] for at, _ in sent]


# ---- RUSTIG and TE VEEL ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["RUSTIG", "te veel", "het is me te veel"])
def test_the_first_time_a_step_comes_every_other_day(word: str) -> None:
    talk = walking()
    talk.says(word)
    assert "om de dag een stap" in talk.text and "NORMAAL" in talk.text
    for day in ("04", "06", "08"):
        sent = talk.until(f"2026-03-{day} 23:00")
        assert days(sent) == [f"2026-03-{day}"]
        talk.later(minutes=1).says("dank je")


def test_the_second_time_once_a_week_and_a_third_time_no_less() -> None:
    talk = walking()
    talk.says("te veel")
    talk.taps("Nog rustiger")
    assert "één stap per week" in talk.text
    talk.says("te veel")
    assert "al hooguit één stap per week" in talk.text
    assert days(talk.until("2026-03-17 12:00")) == ["2026-03-09", "2026-03-16"]


def test_one_word_brings_every_day_back() -> None:
    for back in ("NORMAAL", "weer elke dag"):
        talk = walking()
        talk.says("te veel")
        talk.says("te veel")
        talk.says(back)
        assert "weer elke dag een stap" in talk.text and "morgen" in talk.text
        assert days(talk.until("2026-03-04 12:00")) == ["2026-03-03", "2026-03-04"]


def test_normaal_is_an_everyday_word_where_nothing_was_slowed_down() -> None:
    talk = walking()
    talk.says("normaal")
    assert talk.said[0].kind == "fallback"


def test_less_means_no_reminder_either() -> None:
    talk = walking()
    talk.says("te veel")
    talk.until("2026-03-04 12:00")
    talk.taps("Ja, bewaar ze")
    assert "reminder" not in kinds(talk.until("2026-03-05 23:00"))


def test_an_announced_nudge_goes_with_it() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.says("te veel")
    assert "followup:HECHTING" in talk.decisions[-1].cancel and "niet meer op terug" in talk.text
    assert talk.until("2026-06-01 12:00") == []


def test_a_new_start_after_stop_is_at_the_usual_pace() -> None:
    talk = walking()
    talk.says("te veel")
    talk.says("STOP")
    assert talk.person.dose == 1


# ---- er is iets gebeurd ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["er is iets gebeurd", "Er is iets ergs gebeurd!", "sorry, er is iets gebeurd, ik kan nu niet"]
)
def test_a_brake_stops_everything_with_one_kind_text(words: str) -> None:
    talk = walking()
    talk.says(words)
    (answer,) = talk.said
    assert "alles stil" in answer.text and "113" in answer.text and "VERDER" in answer.text
    assert talk.until("2026-12-01 12:00") == []


def test_words_after_the_brake_are_never_not_understood_and_do_not_end_it() -> None:
    talk = walking()
    talk.says("er is iets gebeurd")
    talk.says("waarom krijg ik dit?")
    assert "staat alles stil, tot jij VERDER typt" in talk.text
    talk.later(minutes=1).says("mijn vader ligt in het ziekenhuis")
    assert "begrijp" not in talk.text and "Een mens kan wel luisteren" in talk.text
    assert talk.later(minutes=1).says("hij is gevallen") == []
    talk.later(days=2).says("het gaat wel weer")
    assert talk.until("2026-06-01 12:00") == []


def test_only_the_person_ends_it_and_there_is_no_backlog() -> None:
    talk = walking()
    talk.says("er is iets gebeurd")
    talk.at("2026-03-20 15:00").says("VERDER")
    assert "waar je was" in talk.text and not talk.person.braked
    assert [at for at, _ in talk.until("2026-03-21 12:00")] == ["2026-03-21 11:00"]


def test_after_stop_it_speaks_of_no_place_and_leaves_nothing_standing_still() -> None:
    talk = walking()
    talk.says("STOP")
    talk.says("er is iets gebeurd")
    by_word = talk.text
    talk.presses(Button("Er is iets gebeurd", "brake"))
    assert talk.text == by_word and "Wat naar" in by_word and "VERDER" not in by_word and "plek" not in by_word
    assert not talk.person.braked and talk.person.paused_until is None


def test_under_sixteen_it_is_answered_with_who_listens_to_children() -> None:
    talk = walking()
    talk.says("ik ben 14")
    talk.says("er is iets gebeurd")
    assert "0800-0432" in talk.text and "VERDER" not in talk.text


def test_after_the_brake_a_line_that_listens_is_named_and_help_is_no_list_of_words() -> None:
    talk = walking()
    talk.says("er is iets gebeurd")
    assert "Luisterlijn: **088 0767 000**, dag en nacht" in talk.text
    talk.later(minutes=1).says("kan je me helpen")
    assert "HECHTING" not in talk.text and "Luisterlijn" in talk.text and "Oefening, 2 minuten" in talk.labels


def test_a_brake_outlasts_the_alarm_and_that_is_said() -> None:
    talk = walking()
    talk.says("er is iets gebeurd")
    talk.says("ik wil niet meer leven")
    talk.later(hours=13).says("verder")
    assert "wacht nog" in talk.text and talk.person.alarm is None
    assert talk.until("2026-04-01 12:00") == []
    talk.taps("Ga weer verder")
    assert len(talk.until("2026-04-02 12:00")) == 1


def test_without_a_program_it_holds_for_what_was_announced_and_ends_as_well() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.says("er is iets gebeurd")
    assert talk.until("2026-04-01 12:00") == []
    talk.says("verder")
    assert not talk.person.braked and talk.person.paused_until is None


def test_said_to_a_human_of_the_practice_the_bot_is_silent_and_the_brake_holds() -> None:
    talk = walking()
    talk._record(taken_over(talk.person, talk.practice, talk.now, "Anna"))
    assert talk.later(minutes=5).says("er is iets gebeurd") == []
    assert talk.person.braked
    assert kinds(talk.until("2026-05-01 12:00")) == ["notice"]


def test_a_sentence_about_something_that_happened_long_ago_is_no_brake() -> None:
    talk = walking()
    talk.says("vroeger is er iets gebeurd waar ik nog vaak aan denk")
    assert not talk.person.braked


# ---- PAUZE, vakantie ------------------------------------------------------------------------------------------------


def test_vakantie_waits_and_goes_on_with_one_message() -> None:
    talk = walking()
    talk.says("vakantie van 3 maart tot 10 maart")
    assert [at for at, _ in talk.until("2026-03-10 23:00")] == ["2026-03-10 11:00"]


def test_a_machine_that_was_away_catches_up_with_one_message() -> None:
    talk = walking()
    talk.at("2026-03-09 15:00")
    assert len(talk.until("2026-03-09 16:00")) == 1


def test_silence_fades_to_every_other_day_and_then_to_one_kind_message() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00", "tweede")
    sent = talk.until("2026-09-01 12:00")
    moments = days(sent)
    assert len(sent) == 11 and sent[-1][1].kind == "notice"
    assert moments[:6] == [f"2026-03-0{day}" for day in (2, 3, 4, 5, 6, 8)]
    assert "even stil, en dat mag" in sent[-1][1].text


# ---- discreet -------------------------------------------------------------------------------------------------------


def discreet() -> Talk:
    talk = walking()
    talk.says("DISCREET")
    return talk


def test_what_comes_by_itself_is_a_neutral_line_and_open_brings_the_content() -> None:
    talk = discreet()
    ((at, knock),) = talk.until("2026-03-03 12:00")
    assert (at, knock.text) == ("2026-03-03 11:00", KNOCK) and [b.label for b in knock.buttons] == ["Open"]
    assert "Mariposha" not in knock.text
    talk.says("open")
    assert "bewaren" in talk.text and talk.labels[0] == "Ja, bewaar ze" and talk.said[0].lane is Lane.REPLY
    talk.says("ja")
    assert talk.person.consents["answers"].given


def test_what_the_person_asks_for_comes_as_always() -> None:
    talk = discreet()
    talk.says("HECHTING")
    assert "Hechting leer je vroeg" in talk.text


def test_a_line_that_was_not_opened_is_said_again_and_no_step_is_lost() -> None:
    talk = discreet()
    knocks = talk.until("2026-03-05 12:00")
    assert [message.text for _, message in knocks] == [KNOCK] * 3
    talk.taps("Open")
    assert len(talk.said) == 1 and "bewaren" in talk.text
    talk.taps("Nee, liever niet")
    talk.until("2026-03-06 12:00")
    assert "Les drie" in talk.taps("Open")[0].text


def test_volgende_stap_in_the_menu_opens_what_waits() -> None:
    talk = discreet()
    talk.until("2026-03-03 12:00")
    talk.says("menu")
    talk.taps("Volgende stap")
    assert "bewaren" in talk.text


def test_nudges_and_notices_are_neutral_too() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("discreet")
    talk.says("HECHTING")
    ((_, knock),) = talk.until("2026-03-03 20:00")
    assert knock.text == KNOCK
    talk.taps("Open")
    assert "Hoe ging het?" in talk.text and talk.labels[0] == "Gedaan"


def test_a_nudge_that_was_answered_before_it_was_opened_is_gone() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("discreet")
    talk.says("HECHTING")
    talk.until("2026-03-03 20:00")
    talk.says("het ging best goed")
    talk.taps("Open")
    assert "niets klaar" in talk.text


def test_silence_in_discreet_mode_fades_as_well() -> None:
    talk = discreet()
    sent = talk.until("2026-09-01 12:00")
    assert {message.text for _, message in sent} == {KNOCK} and len(sent) == 11
    talk.taps("Open")
    assert "even stil, en dat mag" in talk.text


def test_it_goes_off_with_two_words_and_gives_what_waited() -> None:
    talk = discreet()
    talk.until("2026-03-03 12:00")
    talk.says("discreet uit")
    assert not talk.person.discreet and "bewaren" in talk.text and talk.person.sealed == ()


def test_open_brings_nothing_while_an_alarm_stands_and_nothing_after_stop() -> None:
    talk = discreet()
    talk.until("2026-03-03 12:00")
    talk.says("ik wil niet meer leven")
    talk.later(minutes=1).taps("Open")
    assert [message.kind.value for message in talk.said] == ["alarm"]
    talk.says("open")
    assert [message.kind.value for message in talk.said] == ["alarm"]
    talk = discreet()
    talk.until("2026-03-03 12:00")
    talk.says("STOP")
    assert talk.person.sealed == ()


def test_open_is_an_everyday_word_for_everybody_else() -> None:
    talk = walking()
    talk.says("open")
    assert talk.said[0].kind == "fallback"


# ---- WAAROM ---------------------------------------------------------------------------------------------------------


def test_why_tells_the_program_since_when_which_consent_the_pace_and_how_to_stop() -> None:
    talk = walking()
    talk.says("te veel")
    talk.later(days=1).says("waarom krijg ik dit?")
    for part in ("Eerste reeks", "maandag 2 maart", "inschreef", "11.00", "2 dagen", "STOP", "PAUZE"):
        assert part in talk.text, part


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ik wil niet meer leven", "schreef dat het zwaar was"),
        ("er is iets gebeurd", "VERDER"),
        ("pauze 3 dagen", "stil"),
    ],
)
def test_why_says_that_it_stands_still(words: str, said: str) -> None:
    talk = walking()
    assert "stil" not in "".join(message.text for message in talk.says("waarom"))
    talk.says(words)
    talk.says("waarom")
    assert said in talk.text


def test_why_after_stop_does_not_tell_to_stop() -> None:
    talk = walking()
    talk.says("STOP")
    talk.says("waarom")
    assert "START" in talk.text and "niets voor je gepland" in talk.text and "typ STOP" not in talk.text


def test_after_stop_no_hour_of_a_step_is_named() -> None:
    talk = walking()
    talk.says("STOP")
    talk.says("tijd")
    assert "Je stap komt om" not in talk.text


# ---- all of it in five rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taps", "said"),
    [
        (("Tijd", "Rustiger aan"), "om de dag"),
        (("Pauze of stop", "Rustiger aan"), "om de dag"),
        (("Pauze of stop", "Rustiger aan", "Nog rustiger"), "per week"),
        (("Pauze of stop", "Rustiger aan", "Weer elke dag"), "weer elke dag"),
        (("Pauze of stop", "Pauze", "1 week"), "is het hier stil"),
        (("Pauze of stop", "Er is iets gebeurd"), "alles stil"),
        (("Pauze of stop", "Discreet"), "neutrale regel"),
        (("Pauze of stop", "Discreet", "Weer gewoon"), "weer gewoon"),
        (("Pauze of stop", "Waarom krijg ik dit?"), "Eerste reeks"),
        (("Pauze of stop", "Stop alles"), "afgemeld"),
        (("Mijn gegevens",), "Dit weet ik van je"),
        (("Volgende stap",), "volgende komt"),
        (("Ik heb het moeilijk", "Mijn eigen plan", "Ja, mijn plan maken"), "Waaraan merk je"),
        (("Ik heb het moeilijk", "Oefening, 2 minuten", "Verder"), "vijf dingen"),
        (("Ik heb het moeilijk", "Een mens spreken"), "weet niet wanneer iemand dit leest"),
        (("Ik heb het moeilijk", "Bel 113"), "113"),
    ],
)
def test_everything_is_reachable_from_the_menus_five_rows(taps: tuple[str, ...], said: str) -> None:
    talk = walking()
    talk.says("menu")
    assert talk.labels == ["Volgende stap", "Tijd", "Pauze of stop", "Mijn gegevens", "Ik heb het moeilijk"]
    for label in taps:
        talk.later(seconds=30).taps(label)
    assert said in talk.text


# ---- no streaks, no guilt -------------------------------------------------------------------------------------------


def test_nothing_that_the_bot_says_counts_days_in_a_row_or_asks_where_somebody_was() -> None:
    everything = " ".join(phrases().values()).casefold()
    for word in ("streak", "op rij", "gemist", "vergeten", "helaas", "jammer", "nog steeds niet", "waar was je"):
        assert word not in everything, word


def test_who_comes_back_after_weeks_has_nothing_to_catch_up_with() -> None:
    talk = walking()
    talk.until("2026-05-01 12:00")
    talk.says("mijn kat ligt op de bank")
    assert "Je hoeft niets in te halen" in talk.text
    assert len(talk.until(f"{talk.now + timedelta(hours=1):%Y-%m-%d %H:%M}")) <= 1
