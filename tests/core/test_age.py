"""An age under sixteen: who says it of oneself is heard, and no other number is taken for one."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.age import says_grown_up, says_underage

_YOUNG: Final = (
    "ik ben 14",
    "ik ben 15 jaar",
    "ik zit in de brugklas",
    "zit in 2 havo",
    "Ik ben pas 13",
    "kben 15",
    "ik zit in groep 8",
    "ik ben veertien jaar oud",
    "14 jaar",
    "hoi ik ben 12 en mijn ouders maken ruzie",
    "ik zit in de derde klas",
    "zit in 3 vwo",
    "ik zit in 2vmbo",
    "ik ben nog geen 16",
    "ik ben bijna 15",
    "ik ben een meisje van 14",
    "ik zit op de basisschool",
    "im 13",
    "ik zit in het tweede middelbaar",
    "Ben 14.",
    "ik word 15",
    "ik zit in klas 2",
    "ik ben 15 jaar en zit in 4 havo",
    "k ben 11",
)
_NOT_YOUNG: Final = (
    "ik was 14",
    "mijn dochter is 14",
    "14 jaar samen",
    "ik ben 14 jaar samen met hem",
    "ik ben 16",
    "ik ben 18",
    "ik ben 40",
    "ik ben 7 kilo afgevallen",
    "toen ik 14 was",
    "ik ben al 12 jaar getrouwd",
    "ik ben 15 minuten te laat",
    "ik ben 14 jaar bij hem",
    "mijn zoon zit in de brugklas",
    "ik ben 10 dagen clean",
    "ze is 15",
    "mijn zoon zegt ik ben 14",
    "ik zat in de brugklas",
    "ik geef les in de brugklas",
    "ik ben 8 weken zwanger",
    "8",
    "7",
    "ik ben 14 kg kwijt",
    "hij is 15 jaar ouder",
    "ik ben 1.75",
    "ik ben 8 jaar ouder",
    "ik ben 15 jaar single",
    "ik voel me 14",
    "een 14",
    "ik ben 9 maanden gestopt",
    "ik ben 5 van de 7 dagen moe",
    "ik zit in een relatie",
    "mijn dochter zit in 2 havo",
    "ik ben 10 jaar geleden gescheiden",
)


@pytest.mark.parametrize("text", _YOUNG)
def test_who_says_to_be_under_sixteen_is_heard(text: str) -> None:
    assert says_underage(text)


@pytest.mark.parametrize("text", _NOT_YOUNG)
def test_another_age_time_or_person_is_not_under_sixteen(text: str) -> None:
    assert not says_underage(text)


@given(st.text(max_size=250))
def test_any_text_is_read_without_an_error(text: str) -> None:
    says_underage(text)
    says_grown_up(text)


def test_a_long_text_is_read_quickly() -> None:
    assert says_underage("ik ben 14 " * 900)
