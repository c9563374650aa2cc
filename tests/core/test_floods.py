"""Who gets an answer when somebody sends too much."""

from bot.core.floods import BURST, DANGER_EVERY, ECHOES, HOURLY, Floods, Hearing

AT = 5000.0
PERSON, OTHER = 1, 2


def test_somebody_who_types_fast_is_answered_every_time() -> None:
    floods = Floods()
    assert {floods.hear(PERSON, f"bericht {n}", AT + n / 10) for n in range(BURST)} == {Hearing.ANSWER}


def test_a_flood_is_told_once_and_then_met_with_silence() -> None:
    floods = Floods()
    heard = [floods.hear(PERSON, f"bericht {n}", AT + n / 10) for n in range(BURST + 20)]
    assert heard[:BURST] == [Hearing.ANSWER] * BURST
    assert heard[BURST] is Hearing.SAY_ONCE
    assert set(heard[BURST + 1 :]) == {Hearing.SILENT}


def test_a_flood_of_one_leaves_the_others_alone() -> None:
    floods = Floods()
    for n in range(100):
        floods.hear(PERSON, f"bericht {n}", AT)
    assert floods.hear(OTHER, "HECHTING", AT) is Hearing.ANSWER


def test_after_a_quiet_minute_the_person_is_answered_again() -> None:
    floods = Floods()
    for n in range(BURST + 5):
        floods.hear(PERSON, f"bericht {n}", AT)
    assert floods.hear(PERSON, "sorry", AT + 30) is Hearing.SILENT
    assert floods.hear(PERSON, "sorry!", AT + 61) is Hearing.ANSWER


def test_two_hundred_an_hour_are_enough() -> None:
    floods = Floods()
    heard = [floods.hear(PERSON, f"bericht {n}", AT + n * 15) for n in range(HOURLY + 40)]
    assert heard.index(Hearing.SAY_ONCE) == HOURLY
    assert floods.hear(PERSON, "goedemorgen", AT + 20_000) is Hearing.ANSWER


def test_a_machine_that_answers_every_answer_with_the_same_words_is_noticed() -> None:
    floods = Floods()
    heard = [floods.hear(PERSON, "Ik ben er nu niet.", AT + n * 20) for n in range(ECHOES + 1)]
    assert heard == [Hearing.ANSWER] * ECHOES + [Hearing.SAY_ONCE]


def test_the_same_word_now_and_then_is_no_echo() -> None:
    floods = Floods()
    assert {floods.hear(PERSON, "7", AT + n * 120) for n in range(30)} == {Hearing.ANSWER}


def test_pictures_without_words_are_no_echo() -> None:
    floods = Floods()
    assert {floods.hear(PERSON, "", AT + n) for n in range(ECHOES + 5)} == {Hearing.ANSWER}


def test_danger_in_a_flood_is_answered_once_a_minute() -> None:
    floods = Floods()
    assert floods.may_answer_danger(PERSON, AT)
    assert not floods.may_answer_danger(PERSON, AT + 1)
    assert floods.may_answer_danger(OTHER, AT + 1)
    assert floods.may_answer_danger(PERSON, AT + DANGER_EVERY)


def test_it_forgets_those_who_are_silent_the_longest() -> None:
    floods = Floods()
    for number in range(30_000):
        floods.hear(number, "hoi", AT)
    assert len(floods._senders) <= 20_000
