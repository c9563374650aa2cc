"""CONVERSATION.md, "First contact"."""

from dataclasses import replace

import pytest

from bot.core.messages import InboundKind
from tests.talk import HECHTING, Talk, practice

WHO = "Ik ben een bot"


@pytest.mark.parametrize(
    "text", ["HECHTING", "hechting", "Hechting!", "hechtting", "stuur me HECHTING aub", "graag hechting 🙏"]
)
def test_a_keyword_brings_explanation_and_exercise_at_once(text: str) -> None:
    talk = Talk()
    explanation, exercise = talk.says(text)
    assert explanation.kind == "explanation" and exercise.kind == "exercise"
    assert talk.labels == ["Gedaan", "Elke dag een stap", "Liever geen vervolg"]
    assert not any(message.unasked for message in talk.said)


def test_the_first_reply_of_all_ends_with_who_speaks_and_later_ones_do_not() -> None:
    talk = Talk()
    first, _ = talk.says("HECHTING")
    assert first.text.endswith("Bel **113**, dag en nacht, of **112** bij direct gevaar.*")
    assert WHO in first.text
    assert WHO not in "".join(m.text for m in talk.later(minutes=1).says("menu"))


def test_it_says_what_follows_and_schedules_just_that() -> None:
    talk = Talk("2026-03-20 10:00")
    talk.says("HECHTING")
    assert "Ik vraag morgen één keer hoe het ging" in talk.text
    sent = talk.until("2026-05-01 12:00")
    assert [at for at, _ in sent] == ["2026-03-21 19:00"]


def test_no_consent_is_asked_for_a_keyword() -> None:
    talk = Talk()
    talk.says("HECHTING")
    assert not talk.person.consents


@pytest.mark.parametrize("text", ["hoi", "Hallo!", "/start"])
def test_a_greeting_brings_a_welcome_with_the_keywords_as_buttons(text: str) -> None:
    talk = Talk()
    talk.says(text)
    assert talk.labels == ["Hechting", "Spanning"]
    assert WHO in talk.text
    talk.taps("Hechting")
    assert [message.kind.value for message in talk.said] == ["explanation", "exercise"]


def test_a_deep_link_answers_its_keyword_and_keeps_its_code_as_first_touch() -> None:
    talk = Talk()
    talk.opens("hechting-instagram")
    assert talk.said[0].kind == "explanation"
    assert talk.person.first_touch == "hechting-instagram"
    talk.later(days=2).opens("SPANNING")
    assert talk.person.first_touch == "hechting-instagram"


def test_an_unknown_deep_link_still_welcomes() -> None:
    talk = Talk()
    talk.opens("x9y8z7")
    assert talk.said[0].kind == "welcome"
    assert talk.person.first_touch == "x9y8z7"


def test_done_cancels_the_follow_up_and_makes_the_daily_offer() -> None:
    talk = Talk()
    talk.says("HECHTING")
    talk.taps("Gedaan")
    assert "exercise_done" in talk.events
    assert talk.labels == ["Elke dag een stap", "Nee, dank je", "Wat kan Mariposha voor je doen?"]
    assert talk.until("2026-05-01 12:00") == []


def test_rather_not_is_answered_kindly_once() -> None:
    talk = Talk()
    talk.says("HECHTING")
    assert talk.taps("Liever geen vervolg")
    assert talk.taps("Liever geen vervolg") == []
    assert talk.until("2026-05-01 12:00") == []


def test_the_same_keyword_within_a_day_points_up_and_can_be_sent_again() -> None:
    talk = Talk()
    talk.says("HECHTING")
    talk.later(hours=3).says("hechting")
    assert talk.labels == ["Stuur opnieuw"]
    talk.taps("Stuur opnieuw")
    assert [message.kind.value for message in talk.said] == ["explanation", "exercise"]
    talk.later(hours=30).says("hechting")
    assert talk.said[0].kind == "explanation"


def test_one_follow_up_sequence_per_keyword_in_thirty_days() -> None:
    talk = Talk("2026-03-01 10:00")
    talk.says("HECHTING")
    talk.until("2026-03-03 10:00")
    talk.taps("Gedaan")
    talk.at("2026-03-20 10:00").says("HECHTING")
    assert "vraag" not in talk.said[1].text and "Liever geen vervolg" not in talk.labels
    assert talk.until("2026-03-31 09:00") == []
    talk.at("2026-04-02 10:00").says("HECHTING")
    assert [at for at, _ in talk.until("2026-04-20 12:00")] == ["2026-04-03 19:00"]


def test_late_at_night_the_exercise_says_that_tomorrow_is_fine_too() -> None:
    assert "Morgen is ook prima" in Talk("2026-03-20 22:30").says("HECHTING")[1].text
    assert "Morgen is ook prima" not in Talk("2026-03-20 21:30").says("HECHTING")[1].text


def test_a_request_in_the_small_hours_belongs_to_the_day_before() -> None:
    talk = Talk("2026-03-20 03:00")
    talk.says("HECHTING")
    assert "Ik vraag vanavond" in talk.text
    assert [at for at, _ in talk.until("2026-04-20 12:00")] == ["2026-03-20 19:00"]


def test_another_practices_keyword_lands_on_the_nearest_own_one() -> None:
    talk = Talk()
    first, _ = talk.says("BINDINGSANGST")
    assert "Dat gaat hier ook over" in first.text
    assert "Hechting leer je vroeg" in first.text


def test_another_practices_keyword_without_an_own_one_never_names_the_other() -> None:
    talk = Talk()
    talk.says("TERUGTREKKEN")
    assert talk.said[0].kind == "fallback" and "TERUGTREKKEN" not in talk.text


def test_a_practice_without_a_program_offers_none() -> None:
    talk = Talk(content=practice(keywords={"HECHTING": replace(HECHTING, program="")}))
    talk.says("HECHTING")
    assert talk.labels == ["Gedaan", "Liever geen vervolg"]


def test_a_picture_without_words_gets_a_kind_line() -> None:
    talk = Talk()
    talk.says("", InboundKind.MEDIA)
    assert "in een paar woorden" in talk.text


@pytest.mark.parametrize(
    "text", ["😀😀", "x" * 10_000, "\u202eabc", "\u200b", "\x00", "<b>hoi", "'; DROP TABLE", "{{ 7*7 }}"]
)
def test_odd_input_is_answered_kindly_and_breaks_nothing(text: str) -> None:
    talk = Talk()
    talk.says(text)
    assert len(talk.said) == 1


def test_the_first_button_of_every_keyboard_is_the_affirmative_or_next_choice() -> None:
    refusing = ("nee", "liever", "stop", "niet", "terug", "klaar")
    talk = Talk()
    for text in ("hoi", "HECHTING", "menu", "tijd", "pauze", "hulp", "waarom"):
        for message in talk.says(text):
            if message.buttons:
                assert not message.buttons[0].label.casefold().startswith(refusing), message.buttons[0].label
