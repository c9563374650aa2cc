"""Phrases: kinds of words close together, in any order."""

import pytest

from bot.core.safety.phrases import Reader, find, phrase


def _holds(said: str, line: str) -> bool:
    one = phrase(said)
    reader = Reader([one])
    return next(find(one, reader.read(line), line), None) is not None


@pytest.mark.parametrize(
    "line", ["ik heb dertig pillen geslikt", "geslikt heb ik ze dertig pillen", "pillen dertig geslikt"]
)
def test_the_order_of_the_words_does_not_matter(line: str) -> None:
    assert _holds("MEDICINE GULPED MANY", line)


def test_a_term_behind_another_keeps_its_place() -> None:
    assert _holds("einde >aan", "een einde aan")
    assert not _holds("einde >aan", "aan het einde")


def test_words_that_only_fill_take_no_room() -> None:
    assert _holds("touw hangt /2", "het touw dat gewoon echt al heel erg hangt")
    assert not _holds("touw hangt /2", "het touw van mijn oude buurman hangt")


def test_the_end_of_a_sentence_takes_room() -> None:
    assert _holds("touw hangt /3", "touw hier hangt")
    assert not _holds("touw hangt /3", "touw . hier hangt")


def test_what_may_not_stand_near_silences_the_phrase() -> None:
    assert not _holds("touw gekocht !schommel", "touw gekocht voor de schommel")


def test_what_silences_may_stand_further_away_than_the_terms() -> None:
    assert _holds("slaat mij /2:8", "hij slaat mij")
    assert not _holds("slaat mij !schaken /2:8", "hij slaat mij elke zondag met schaken")
    assert _holds("slaat mij !schaken /2", "hij slaat mij elke zondag met schaken")


def test_a_closed_phrase_is_about_nothing_else() -> None:
    assert _holds("ENDURE $", "ik kan niet meer")
    assert _holds("ENDURE $", "ik kan niet meer en ik wil niet meer")
    assert not _holds("ENDURE $", "ik kan niet meer met hem praten")


def test_one_word_is_one_term() -> None:
    assert not _holds("strip strip", "een strip")


def test_words_that_belong_together_are_found_with_a_filler_between() -> None:
    assert _holds("van_kant", "mezelf van gewoon kant")


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="No concept NOSUCHKIND"):
        phrase("NOSUCHKIND dood")
