"""Je week in woorden, and the movement between two answers to a question that recurs."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.core.commands import Command, command
from bot.core.content.model import Practice, Program, Question, QuestionKind, Step, StepKind
from bot.core.decision import EVERYTHING
from bot.core.messages import LONGEST_CAPTION, Kind, Lane, Outgoing, Series
from bot.core.subscriber import Measure
from tests.talk import FREE, PROGRAM, TENSION, Talk, kinds, lesson, practice

SPANNING = replace(TENSION, recurs=True)
NABIJHEID = Question(id="nabijheid", kind=QuestionKind.SCALE, recurs=True)
KEEP, NO = "Ja, bewaar ze", "Nee, liever niet"
MONDAY = date(2026, 3, 2)
"""The day of enrolling; the first step comes on Tuesday, the seventh day is the next Monday."""


def checkins(*questions: Question | None) -> Program:
    """A step a day: a check-in, or a lesson for None."""
    steps = (
        lesson(f"s{n}")
        if question is None
        else Step(id=f"s{n}", kind=StepKind.CHECKIN, text="Hoe is het?", question=question)
        for n, question in enumerate(questions, start=1)
    )
    return replace(PROGRAM, steps=tuple(steps), offer=None)


def content(program: Program, **fields: object) -> Practice:
    return practice(programs={"eerste": program}, **fields)


def enrolled(program: Program, **fields: object) -> Talk:
    return Talk(f"{MONDAY} 10:00", content=content(program, **fields)).enrolled("08.00")


def days(talk: Talk, *answers: str, consent: str = KEEP) -> Talk:
    """From Tuesday on a day for each answer, given at noon; an empty one is a day without a word."""
    for number, said in enumerate(answers, start=1):
        talk.until(f"{MONDAY + timedelta(days=number)} 12:00")
        if said and "answers" not in talk.person.consents:
            talk.taps(consent)
        if said:
            talk.says(said)
    return talk


def week_of(talk: Talk) -> Outgoing:
    return next(message for _, message in reversed(talk.sent) if message.kind is Kind.WEEK)


ALL_TENSION = checkins(*[SPANNING] * 30)


def test_on_the_seventh_day_the_week_follows_the_step_in_words_with_a_picture() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3", "5", "8", "6", "5")
    came = talk.until("2026-03-09 12:00")
    assert [(at, message.kind) for at, message in came] == [
        ("2026-03-09 08:00", Kind.CHECKIN),
        ("2026-03-09 08:00", Kind.WEEK),
    ]
    week = came[1][1]
    assert week.text.startswith("**Je week in woorden**\n\nJe stond deze week zes keer even stil bij een vraag.")
    assert "**Spanning** ging van een 7 op dinsdag naar een 5 op zondag." in week.text
    assert "Het rustigst was het op woensdag (3), het volst op vrijdag (8)." in week.text
    assert (week.lane, week.unasked, week.topic) == (Lane.LESSON, True, "program:eerste")
    assert week.expires == came[0][1].expires
    assert talk.person.unasked_count == 2
    assert week.picture is not None
    assert (week.picture.first, week.picture.last) == (date(2026, 3, 2), date(2026, 3, 8))
    assert week.picture.series[0].points[:2] == ((date(2026, 3, 3), 7), (date(2026, 3, 4), 3))
    assert week.picture.alt.startswith("Grafiek van 0 tot 10, van maandag 2 maart tot en met zondag 8 maart. Spanning:")
    assert "woensdag 4 maart een 3" in week.picture.alt


def test_it_comes_each_week_and_tells_only_of_its_own() -> None:
    talk = days(enrolled(ALL_TENSION), *["7"] * 6, *["2"] * 7)
    talk.until("2026-03-16 12:00")
    assert [at for at, message in talk.sent if message.kind is Kind.WEEK] == [
        talk._instant("2026-03-09 08:00"),
        talk._instant("2026-03-16 08:00"),
    ]
    assert "zeven keer" in week_of(talk).text
    assert "**Spanning** bleef gelijk: een 2 op maandag, dinsdag" in week_of(talk).text


def test_two_questions_are_two_lines_and_a_third_stays_out() -> None:
    energy = replace(NABIJHEID, id="energie")
    program = checkins(SPANNING, NABIJHEID, SPANNING, NABIJHEID, SPANNING, energy, *[None] * 9)
    talk = days(enrolled(program), "7", "2", "5", "6", "4", "9")
    talk.until("2026-03-09 12:00")
    picture = week_of(talk).picture
    assert picture is not None
    assert [series.name for series in picture.series] == ["Spanning", "Nabijheid"]
    assert "**Nabijheid** ging van een 2 op woensdag naar een 6 op vrijdag." in week_of(talk).text
    assert "Energie" not in week_of(talk).text


def test_without_consent_no_week_is_told_and_no_number_kept() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3", "5", "8", "6", "5", consent=NO)
    assert kinds(talk.until("2026-03-09 09:00")) == ["checkin"]
    assert talk.person.measures == ()
    assert kinds([("", message) for message in talk.says("mijn week")]) == ["reply"]
    assert "Ik bewaar je antwoorden niet" in talk.text


def test_one_answer_is_too_little_to_tell_of() -> None:
    talk = days(enrolled(ALL_TENSION), "7")
    came = talk.until("2026-03-09 12:00")
    assert Kind.WEEK not in [message.kind for _, message in came]
    talk.says("mijn week")
    assert "nog te weinig" in talk.text


def test_answers_without_numbers_are_a_week_without_a_picture() -> None:
    talk = days(enrolled(checkins(FREE, FREE, *[None] * 12)), "zonlicht", "een lange wandeling")
    talk.until("2026-03-09 12:00")
    week = week_of(talk)
    assert "twee keer" in week.text
    assert "geen cijfers" in week.text
    assert week.picture is None
    assert "zonlicht" not in week.text


def test_a_week_gives_way_to_the_daily_cap() -> None:
    talk = days(enrolled(ALL_TENSION, daily_cap=1), "7", "3", "5")
    assert Kind.WEEK not in [message.kind for _, message in talk.until("2026-03-09 12:00")]
    talk.says("mijn week")
    assert week_of(talk).unasked is False


@pytest.mark.parametrize(("hour", "told"), [("07.59", False), ("08.00", True), ("21.59", True), ("22.00", False)])
def test_in_the_quiet_hours_only_the_step_comes_and_the_week_may_be_asked_for(hour: str, *, told: bool) -> None:
    talk = Talk(f"{MONDAY} 05:00", content=content(ALL_TENSION)).enrolled(hour)
    talk.until(f"{MONDAY} 23:00")
    talk.taps(KEEP)
    talk.says("6")
    for number, said in enumerate(("7", "3", "5", "8", "6"), start=1):
        talk.until(f"{MONDAY + timedelta(days=number)} 23:00")
        talk.says(said)
    assert (Kind.WEEK in [message.kind for _, message in talk.until("2026-03-10 23:00")]) is told
    talk.says("mijn week")
    assert talk.said[0].kind is Kind.WEEK


def test_after_stop_no_week_comes_and_what_waits_is_cancelled() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3", "5")
    talk.until("2026-03-09 08:00")
    assert week_of(talk).unasked
    talk.says("STOP")
    assert EVERYTHING in talk.decisions[-1].cancel
    assert talk.until("2026-03-30 12:00") == []


def test_a_day_off_on_the_seventh_day_moves_the_week_to_the_next_step() -> None:
    talk = days(enrolled(ALL_TENSION, days_off=frozenset({"2026-03-09"})), "7", "3", "5", "6")
    assert talk.until("2026-03-09 23:00")[-1][1].kind is not Kind.WEEK
    assert kinds(talk.until("2026-03-10 12:00")) == ["checkin", "week"]


def test_a_step_that_was_asked_for_brings_the_week_as_a_reply() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3", "5", "6")
    talk.at("2026-03-09 07:00").says("volgende stap")
    assert kinds([("", message) for message in talk.said]) == ["checkin", "week"]
    assert [(message.unasked, message.lane, message.expires) for message in talk.said] == [
        (False, Lane.REPLY, None)
    ] * 2
    assert Kind.WEEK not in [message.kind for _, message in talk.until("2026-03-12 12:00")]


def test_the_last_week_goes_before_the_goodbye() -> None:
    talk = days(enrolled(checkins(SPANNING, SPANNING, *[None] * 4)), "7", "3")
    assert kinds(talk.until("2026-03-09 12:00"))[-2:] == ["week", "goodbye"]


def test_asking_for_the_week_is_answered_at_any_hour_with_todays_answer() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3")
    talk.at("2026-03-04 23:30").says("Mijn week")
    [week] = talk.said
    assert (week.kind, week.unasked, week.lane) == (Kind.WEEK, False, Lane.REPLY)
    assert "van een 7 op dinsdag naar een 3 op woensdag" in week.text
    assert week.picture is not None
    assert week.picture.last == date(2026, 3, 4)


def test_a_week_with_one_number_is_laid_beside_the_weeks_before() -> None:
    program = checkins(SPANNING, *[None] * 10, FREE, SPANNING)
    talk = days(enrolled(program), "7", *["gelezen"] * 10, "zonlicht", "5")
    talk.says("mijn week")
    week = week_of(talk)
    assert "**Spanning**: op zondag gaf je een 5; vorige week was het een 7." in week.text
    assert week.picture is not None
    assert (week.picture.first, week.picture.last) == (date(2026, 3, 3), date(2026, 3, 15))
    assert week.picture.series == (Series("Spanning", ((date(2026, 3, 3), 7), (date(2026, 3, 15), 5))),)


def test_words_that_leave_no_room_for_a_picture_stand_alone() -> None:
    talk = enrolled(ALL_TENSION)
    wordy = {**talk.practice.phrases, "week_numbers": "Dit is veel. " * 100}
    talk.practice = replace(talk.practice, phrases=wordy)
    days(talk, "7", "3").says("mijn week")
    assert len(talk.text) > LONGEST_CAPTION
    assert week_of(talk).picture is None


def test_in_danger_there_is_no_week() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3", "5")
    talk.says("ik wil niet meer leven")
    talk.says("mijn week")
    assert Kind.WEEK not in [message.kind for message in talk.said]


@pytest.mark.parametrize(
    ("wait", "sentence"),
    [
        (1, "Gisteren gaf je een 7, nu een 5."),
        (4, "Afgelopen dinsdag gaf je een 7, nu een 5."),
        (8, "Vorige week gaf je een 7, nu een 5."),
        (22, "Drie weken geleden gaf je een 7, nu een 5."),
        (40, "Op dinsdag 3 maart gaf je een 7, nu een 5."),
    ],
)
def test_the_second_answer_ends_with_the_movement(wait: int, sentence: str) -> None:
    talk = enrolled(checkins(SPANNING, *[None] * (wait - 1), SPANNING))
    days(talk, "7", *["gelezen"] * (wait - 1), "5")
    assert talk.text == f"Er is wat spanning.\n\n{sentence}"


def test_the_same_number_is_told_as_the_same() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "7")
    assert talk.text.endswith("Gisteren gaf je ook een 7.")


def test_each_question_moves_by_itself() -> None:
    talk = days(enrolled(checkins(SPANNING, NABIJHEID, SPANNING)), "7", "2", "4")
    assert talk.text.endswith("Afgelopen dinsdag gaf je een 7, nu een 4.")
    assert talk.person.measures == (
        Measure(on=date(2026, 3, 3), question="spanning", number=7),
        Measure(on=date(2026, 3, 4), question="nabijheid", number=2),
        Measure(on=date(2026, 3, 5), question="spanning", number=4),
    )


def test_a_question_that_is_asked_once_is_no_measure() -> None:
    talk = days(enrolled(checkins(TENSION, TENSION)), "7", "3")
    assert talk.text == "Rustig dus."
    assert talk.person.measures == ()


def test_the_newest_sixty_numbers_are_kept() -> None:
    talk = enrolled(ALL_TENSION)
    old = tuple(Measure(on=MONDAY, question="spanning", number=n % 11) for n in range(60))
    talk.person = replace(talk.person, measures=old)
    days(talk, "9")
    assert len(talk.person.measures) == 60
    assert talk.person.measures == (*old[1:], Measure(on=date(2026, 3, 3), question="spanning", number=9))


def test_under_sixteen_erases_the_numbers() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3")
    talk.says("ik ben 14")
    assert talk.person.measures == ()
    assert talk.decisions[-1].erase_answers


def test_who_takes_the_consent_back_leaves_no_answers_behind() -> None:
    talk = days(enrolled(ALL_TENSION), "7", "3")
    talk.taps(NO)
    assert talk.person.measures == ()
    assert talk.decisions[-1].erase_answers


def test_a_first_no_erases_nothing() -> None:
    talk = days(enrolled(ALL_TENSION), "7", consent=NO)
    assert not any(decision.erase_answers for decision in talk.decisions)


@pytest.mark.parametrize("text", ["mijn week", "Mijn week!", "m'n week", "week in woorden", "laat mijn week zien aub"])
def test_the_week_may_be_asked_for_in_some_words(text: str) -> None:
    assert command(text) is Command.WEEK


@pytest.mark.parametrize("text", ["mijn werk", "week", "1 week", "mijn week was zwaar", "hoe was mijn werk"])
def test_what_only_looks_like_it_is_no_command(text: str) -> None:
    assert command(text) is not Command.WEEK
