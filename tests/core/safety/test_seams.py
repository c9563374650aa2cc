"""Words typed together or in pieces are heard, and ordinary words stay whole."""

import pytest

from bot.core.safety import check
from bot.core.safety.reading import canonical
from bot.core.safety.seams import made_whole, taken_apart


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("ikwil dood", "ik wil dood"),
        ("ik wildood", "ik wil dood"),
        ("ikwildood", "ik wil dood"),
        ("ik wil niet meerleven", "ik wil niet meer leven"),
        ("ik wilniet meer leven", "ik wil niet meer leven"),
        ("zelf moord", "zelfmoord"),
        ("ik ga zelf moord plegen", "ik ga zelfmoord plegen"),
        ("ik heb pil len geslikt", "ik heb pillen geslikt"),
        ("ik heb pillengeslikt", "ik heb pillen geslikt"),
        ("ik word mishan deld", "ik word mishandeld"),
        ("hij heeft me ver kracht", "hij heeft me verkracht"),
        ("ik ga vanavonddood", "ik ga vanavond dood"),
        ("ik haatmezelf", "ik haat mezelf"),
    ],
)
def test_what_was_meant_is_read_and_heard(said: str, read: str) -> None:
    assert canonical(said) == read
    assert check(said) is not None


@pytest.mark.parametrize(
    "word",
    "hebben zodat zoals hetgeen levende overslaan inleven meeleven medeleven postkantoren mijnwater voldoende zatte "
    "doodlopend huishouden hoofdkantoren overeind onderdak levensdag treinstation pillendoos ernie bennie megaplan "
    "killer opener onderwater spoorboekje brugwachter zelfstandig zinvol vanmorgen doener openhouden".split(),
)
def test_a_word_by_itself_stays_whole(word: str) -> None:
    assert taken_apart(word) == []


def test_two_words_stay_two() -> None:
    assert list(made_whole("ik spring en dans in zee".split())) == "ik spring en dans in zee".split()
    assert list(made_whole("spring en".split())) == ["spring", "en"]
    assert list(made_whole("de pol sen".split())) == ["de", "polsen"]
