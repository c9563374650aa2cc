"""A message is read in windows without figures of speech, and nothing falls between two of them."""

import pytest

from bot.core.safety import Alarm, check
from bot.core.safety.rules import IDIOMS
from bot.core.safety.windows import LONGEST, windows_of


def test_each_idiom_keeps_its_own_examples() -> None:
    for idiom in IDIOMS:
        for example in idiom.examples:
            assert check(example) is None, example


def test_an_idiom_masks_only_its_own_span() -> None:
    assert check("ik lach me dood") is None
    assert check("ik ben doodmoe van het werk") is None
    assert check("ik ben doodmoe van het leven") == Alarm("C", third_party=False, rule="hopeless.life")
    alarm = check("ik lach me dood maar eigenlijk wil ik dood")
    assert alarm is not None
    assert alarm.tier == "B"


@pytest.mark.parametrize("before", range(LONGEST - 12, LONGEST + 3, 3))
def test_words_over_the_edge_of_a_window_stand_whole_in_the_next(before: int) -> None:
    line = "x" * before + " ik wil dood " + "x" * 50
    assert any(" ik wil dood " in window.line for window in windows_of(line))
