"""The same words weigh more beside a means or an hour, and less when they are denied, over, or of a story."""

import pytest

from bot.core.safety import check
from bot.core.safety.circumstances import is_of_a_story


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("mijn man slaat me niet, hij is juist heel lief", "B"),
        ("mijn man slaat me niet hard", "A"),
        ("tien jaar geleden wilde ik dood, daar ben ik helemaal van hersteld", "C"),
        ("tien jaar geleden wilde ik dood en nu weer", "B"),
    ],
)
def test_a_denial_before_another_clause_and_what_is_over_lower_the_tier_and_silence_nothing(
    text: str, tier: str
) -> None:
    alarm = check(text)
    assert alarm is not None
    assert alarm.tier == tier


def test_in_not_wanting_to_live_the_denial_is_the_signal() -> None:
    alarm = check("ik wil niet meer leven")
    assert alarm is not None
    assert alarm.tier == "B"


def test_a_wish_with_a_means_or_a_time_is_a_plan() -> None:
    for text in ("ik wil dood, ik heb pillen", "vanavond wil ik dood"):
        alarm = check(text)
        assert alarm is not None
        assert alarm.tier == "A", text


def test_violence_that_is_long_past_is_one_tier_lower() -> None:
    now, past = check("mijn vader slaat me"), check("vroeger sloeg mijn vader mij")
    assert now is not None
    assert past is not None
    assert (now.tier, past.tier) == ("A", "B")


def test_who_was_saved_is_not_mourned() -> None:
    alarm = check("mijn vriend is gered, hij had zich opgehangen")
    assert alarm is not None
    assert alarm.third_party
    assert not alarm.rule.startswith("loss.")


@pytest.mark.parametrize("line", ["in die film sprong iemand van de brug", "die film . iemand sprong van de brug"])
def test_what_is_told_of_a_film_is_of_nobody(line: str) -> None:
    assert is_of_a_story("plan.jump", line.index("sprong"), len(line), line)


@pytest.mark.parametrize("line", ["iemand sprong van de brug", "mooie film . ik sprong van de brug"])
def test_a_film_in_another_sentence_says_nothing_of_who_speaks_of_oneself(line: str) -> None:
    assert not is_of_a_story("plan.jump", line.index("sprong"), len(line), line)
