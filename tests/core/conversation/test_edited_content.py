"""Content that changes under somebody's feet: a program, a step, a question or a keyword that is gone or different."""

from dataclasses import replace

from bot.core.content.model import StepKind
from bot.core.messages import Button
from tests.talk import DIRECTION, HECHTING, LONG, PROGRAM, SERIES, Talk, kinds, practice


def walking() -> Talk:
    talk = Talk("2026-03-02 10:00").enrolled("11.00")
    talk.until("2026-03-03 12:00")
    talk.taps("Ja, bewaar ze")
    return talk


def test_a_program_that_is_gone_ends_in_silence_and_leaves_room_for_another() -> None:
    talk = walking()
    talk.practice = practice(programs={"tweede": LONG})
    assert talk.says("een 7")
    talk.presses(Button("Tweede reeks", "daily:tweede"))
    assert "Eerste reeks" not in talk.text
    assert [e.program for e in talk.person.enrollments if e.state == "active"] == ["tweede"]
    silent = walking()
    silent.practice = practice(programs={"tweede": LONG})
    assert silent.until("2026-06-01 12:00") == []


def test_whose_program_is_gone_is_promised_no_next_step_and_gets_an_answer() -> None:
    talk = walking()
    talk.practice = practice(programs={"tweede": LONG})
    talk.presses(Button("Gelezen", "read:eerste:een"))
    assert "volgende stap" not in talk.text
    talk.says("verder")
    assert talk.said and "Tweede reeks" in talk.labels


def test_a_step_that_is_gone_is_skipped_and_its_question_recalled_no_more() -> None:
    talk = walking()
    talk.taps("2")
    talk.until("2026-03-05 12:00")
    button = talk.sent[-1][1].buttons[0]
    steps = tuple(step for step in PROGRAM.steps if step.id != "richting")
    talk.practice = practice(programs={"eerste": replace(PROGRAM, steps=steps)})
    talk.presses(button)
    assert "Die vraag is er niet meer" in talk.text
    sent = talk.until("2026-03-06 12:00")
    assert kinds(sent) == ["lesson"] and sent[0][0] == "2026-03-06 11:00"


def test_a_button_of_a_question_that_was_changed_is_no_answer() -> None:
    talk = walking()
    button = talk.said[-1].buttons[7]
    een, spanning, *rest = PROGRAM.steps
    changed = replace(spanning, question=DIRECTION)
    talk.practice = practice(programs={"eerste": replace(PROGRAM, steps=(een, changed, *rest))})
    talk.presses(button)
    assert "Die vraag is er niet meer" in talk.text and not talk.decisions[-1].answers
    back = walking()
    back.presses(Button("Ja", back.said[-1].buttons[7].action.rpartition(":")[0] + ":ja"))
    assert "Die vraag is er niet meer" in back.text


def test_a_keyword_that_is_gone_nudges_nobody_and_its_buttons_are_answered() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.practice = practice(keywords={"SPANNING": SERIES})
    assert talk.until("2026-03-20 12:00") == []
    for action in ("done:HECHTING", "later:HECHTING", "again:HECHTING", "exercise:HECHTING", "offer:kw:HECHTING"):
        assert talk.presses(Button("Oud", action)), action
    assert talk.until("2026-06-01 12:00") == []
    talk.later(days=4).says("pff wat een week")
    assert talk.labels[0] == "De oefening"


def test_later_for_a_keyword_that_is_gone_promises_nothing() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.until("2026-03-03 20:00")
    talk.practice = practice(keywords={"SPANNING": SERIES})
    talk.taps("Vraag het later nog eens")
    assert "nog eens" in talk.text and "donderdag" not in talk.text
    assert talk.until("2026-06-01 12:00") == []


def test_an_offer_comes_by_itself_only_with_the_consent_for_news_and_offers() -> None:
    offer = replace(PROGRAM.steps[0], id="aanbod", kind=StepKind.OFFER, text="Een traject.")
    program = replace(PROGRAM, steps=(PROGRAM.steps[0], offer, PROGRAM.steps[2]), offer=offer)
    talk = Talk("2026-03-02 10:00", content=practice(programs={"eerste": program})).enrolled("11.00")
    assert kinds(talk.until("2026-03-20 12:00")) == ["lesson", "lesson", "goodbye"]


def test_a_keyword_that_follows_to_a_program_that_is_gone_offers_none() -> None:
    talk = Talk("2026-03-02 10:00", content=practice(programs={}, keywords={"HECHTING": HECHTING}))
    talk.says("HECHTING")
    assert "Elke dag een stap" not in talk.labels
    talk.later(hours=1).says("het deed me goed")
    assert "elke dag" not in talk.text and talk.labels == []


def test_a_question_back_is_not_thanked_for_but_given_to_the_practice() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.later(hours=1).says("wat kost zoiets eigenlijk?")
    assert "unmatched" in talk.events and "Dank je dat je dit deelt" not in talk.text
    assert talk.until("2026-06-01 12:00") == []


def test_a_story_in_two_pieces_is_not_half_understood() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    talk.later(hours=1).says("het deed me goed")
    assert talk.later(minutes=1).says("ik werd er rustiger van") == [] and talk.events == ["unmatched"]
