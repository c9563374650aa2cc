"""Dates as a Dutch reader says them."""

from datetime import date, timedelta

import pytest

from bot.core.dutch import ago, small_number

WEDNESDAY = date(2026, 3, 18)


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (0, "eerder vandaag"),
        (1, "gisteren"),
        (2, "afgelopen maandag"),
        (6, "afgelopen donderdag"),
        (7, "vorige week"),
        (9, "vorige week"),
        (10, "twee weken geleden"),
        (16, "twee weken geleden"),
        (17, "drie weken geleden"),
        (30, "vier weken geleden"),
        (31, "op zondag 15 februari"),
    ],
)
def test_how_long_ago_is_told_by_the_calendar(away: int, words: str) -> None:
    assert ago(WEDNESDAY, WEDNESDAY - timedelta(days=away)) == words


@pytest.mark.parametrize(("number", "words"), [(0, "nul"), (1, "één"), (7, "zeven"), (12, "twaalf"), (13, "13")])
def test_small_numbers_are_words(number: int, words: str) -> None:
    assert small_number(number) == words
