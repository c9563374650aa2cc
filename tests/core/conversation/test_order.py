"""CONVERSATION.md, "Order of an inbound message", the fallback and "Alarm"."""

from dataclasses import replace

from bot.core.messages import InboundKind, Lane
from bot.core.subscriber import Takeover
from tests.talk import Talk

DANGER = "ik wil niet meer leven"


def test_danger_comes_before_everything() -> None:
    talk = Talk().enrolled("11.00")
    (reply,) = talk.says(f"{DANGER}, hechting")
    assert reply.kind == "alarm" and reply.lane is Lane.CRISIS
    assert "113" in reply.text
    assert talk.until("2026-12-01 12:00") == []


def test_only_rule_and_tier_are_noted_never_the_text() -> None:
    talk = Talk()
    talk.says(DANGER)
    (event,) = talk.decisions[-1].events
    assert set(event.data) == {"tier", "rule"} and DANGER not in str(event)
    assert talk.person.recent == ()


def test_stop_and_danger_in_one_message_do_both() -> None:
    talk = Talk().enrolled("11.00")
    talk.says(DANGER, InboundKind.EDIT)
    assert talk.said[0].kind == "alarm"
    other = Talk().enrolled("11.00")
    other.says("ik wil niet")
    other.later(minutes=1).says("meer leven")
    assert other.said[0].kind == "alarm"


def test_an_edit_is_only_looked_at_for_danger_and_stop() -> None:
    talk = Talk()
    assert talk.says("HECHTING", InboundKind.EDIT) == []
    assert talk.says("STOP", InboundKind.EDIT)[0].kind == "stopped"


def test_repeats_within_ten_minutes_get_one_short_line_unless_the_tier_rises() -> None:
    talk = Talk()
    talk.says("hoi")
    long = talk.later(minutes=1).says(DANGER)[0].text
    short = talk.later(minutes=5).says(DANGER)[0].text
    assert len(short) < len(long) / 2
    risen = talk.later(minutes=2).says("ik heb pillen klaarliggen om er een eind aan te maken")[0]
    assert len(risen.text) > len(short) and talk.person.alarm is not None and talk.person.alarm.tier == "A"


def test_no_lesson_while_an_alarm_stands_and_verder_only_after_twelve_hours() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.says(DANGER)
    talk.later(hours=1).says("HECHTING")
    assert talk.said[0].kind == "alarm" and "Verder" not in talk.labels
    talk.says("verder")
    assert "alarm_released" not in talk.events
    talk.later(hours=12).says("hechting")
    assert talk.labels[0] == "Verder"
    talk.taps("Verder")
    assert talk.person.alarm is None
    assert [at for at, _ in talk.until("2026-03-03 12:00")] == ["2026-03-03 11:00"]


def test_in_takeover_the_bot_is_silent_but_not_in_danger_and_not_for_commands() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.person = replace(talk.person, takeover=Takeover(staff="Anna", last_word_at=talk.now))
    assert talk.says("hoe gaat het met jullie") == [] and "to_human" in talk.events
    assert talk.says("HECHTING") == []
    assert talk.says("menu")
    alarm = talk.says(DANGER)[0]
    assert "Anna" in alarm.text and "112" in alarm.text and "113" in alarm.text


def test_a_takeover_ends_after_a_day_without_a_word_of_staff() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.person = replace(talk.person, takeover=Takeover(staff="Anna", last_word_at=talk.now))
    talk.says("dank je")
    sent = talk.until("2026-03-04 12:00")
    assert [at for at, _ in sent] == ["2026-03-03 10:00", "2026-03-03 11:00", "2026-03-04 11:00"]
    assert "Ik ben er weer" in sent[0][1].text


def test_a_keyword_alone_comes_before_the_open_question_and_inside_a_sentence_after_it() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.says("hechting")
    assert talk.said[0].kind == "explanation"
    talk.says("een 7, hechting vind ik lastig")
    assert talk.decisions[-1].answers[0].number == 7
    talk.later(days=2).says("kun je me nog eens iets over HECHTING sturen")
    assert talk.said[0].kind == "explanation"


def test_commands_come_before_an_open_text_question() -> None:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    talk.says("menu")
    assert talk.said[0].kind == "menu"


def test_the_fallback_is_kind_once_in_ten_minutes_and_always_an_event() -> None:
    talk = Talk()
    talk.says("mijn kat ligt op de vensterbank")
    assert talk.said[0].kind == "fallback" and talk.labels == ["Hechting", "Spanning"]
    assert talk.later(minutes=5).says("en hij snurkt") == [] and talk.events == ["unmatched"]
    assert talk.later(minutes=6).says("nog steeds")


def test_a_near_miss_asks_did_you_mean() -> None:
    talk = Talk()
    talk.says("hecting spaning")
    talk = Talk()
    talk.says("hechtign?!")
    assert talk.said[0].kind == "explanation"


def test_after_three_silent_days_an_unmatched_text_is_welcomed_back() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.says("gedaan")
    talk.later(days=4).says("pff wat een week")
    assert "Fijn dat je er weer bent" in talk.text
    assert talk.labels == ["De oefening", "Elke dag een stap"]
    talk.taps("De oefening")
    assert talk.said[0].kind == "exercise" and talk.until("2026-04-01 12:00") == []


def test_an_old_button_of_something_that_is_gone_gets_a_kind_line() -> None:
    from bot.core.messages import Button

    talk = Talk()
    for action in ("", "answer:weg:3", "unheard:of", "read:weg:weg", "daily:weg", "offer:kw:WEG", "done:WEG", "zone:"):
        talk.presses(Button("Oud", action))
        assert talk.said, action


def test_who_types_what_stands_on_a_button_has_tapped_it() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.says("elke dag een stap!")
    assert talk.labels[0] == "Ja, ik ben 16+ en wil dit"
    talk.says("ja, ik ben 16+ en wil dit")
    assert talk.person.consents["daily"].given
    talk.says("19.30")
    talk.enrolled(program="tweede")
    talk.says("overstappen")
    assert [e.program for e in talk.person.enrollments if e.state == "active"] == ["tweede"]


def test_a_typed_label_of_consent_is_consent_only_directly_after_the_question() -> None:
    talk = Talk()
    talk.says("HECHTING")
    talk.taps("Elke dag een stap")
    talk.says("mijn kat ligt op de bank")
    talk.says("ja, ik ben 16+ en wil dit")
    assert talk.person.consents == {}


def test_a_typed_yes_answers_what_was_just_offered() -> None:
    talk = Talk()
    talk.says("HECHTING")
    talk.says("gedaan")
    talk.says("ja graag")
    assert talk.labels[0] == "Ja, ik ben 16+ en wil dit"
    other = Talk()
    other.says("HECHTING")
    other.later(hours=2).says("HECHTING")
    other.says("ja")
    assert [message.kind.value for message in other.said] == ["explanation", "exercise"]


def test_while_an_alarm_stands_nobody_is_told_that_they_are_not_understood() -> None:
    talk = Talk()
    talk.says(DANGER)
    talk.later(minutes=11).says("er is niemand thuis vanavond")
    assert "113" in talk.text and "begrijp ik niet" not in talk.text
    talk.says("je hebt me verkeerd begrepen")
    assert talk.events == ["alarm_disputed"] and talk.person.alarm is not None
