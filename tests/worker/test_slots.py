"""How much an account may have in flight: that many messages may arrive twice after a power cut."""

import math

import pytest

from bot.channels.transport import CONNECTIONS
from bot.worker.slots import MOST_AT_ONCE, Slots


@pytest.mark.parametrize(
    ("rate", "at_once"),
    [(1.0, 4), (25.0, 25), (80.0, 80), (1_000.0, MOST_AT_ONCE), (math.inf, 64)],
)
def test_a_seconds_worth_is_in_flight_and_never_more_than_the_bound(rate: float, at_once: int) -> None:
    slots = Slots(rate)
    assert slots.free(on_trial=False) == at_once
    assert slots.room_for_unasked() == at_once - at_once // 4


def test_on_trial_one_message_is_in_flight() -> None:
    assert Slots(25.0).free(on_trial=True) == 1


def test_a_thousand_lessons_a_second_fit_though_each_takes_a_third_of_a_second() -> None:
    assert Slots(1_000.0).room_for_unasked() / 1_000.0 >= 0.33


def test_what_was_claimed_never_waits_for_a_connection() -> None:
    assert CONNECTIONS > MOST_AT_ONCE
