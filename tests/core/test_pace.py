"""The limiter of one account, told as what a platform would see."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.pace import BURST_SECONDS, CHAT_BURST, Pace

AT = 1_790_000_000.0


def test_a_fresh_account_starts_with_a_fifth_of_a_second_of_tokens() -> None:
    pace = Pace(25.0, AT)
    assert pace.take(AT, 100) == 5
    assert pace.take(AT, 100) == 0


def test_tokens_come_back_at_the_accounts_rate() -> None:
    pace = Pace(25.0, AT)
    pace.take(AT, 100)
    assert pace.take(AT + 0.04, 100) == 1
    assert pace.take(AT + 0.05, 100) == 0


def test_it_says_when_the_next_token_is_there_and_then_it_is() -> None:
    pace = Pace(25.0, AT)
    pace.take(AT, 100)
    when = pace.next_at(AT)
    assert when == pytest.approx(AT + 0.04)
    assert pace.take(when, 1) == 1


def test_with_a_token_in_hand_the_next_may_go_now() -> None:
    assert Pace(25.0, AT).next_at(AT) == AT


def test_what_a_lane_did_not_use_is_left_for_the_next_one() -> None:
    pace = Pace(25.0, AT)
    taken = pace.take(AT, 5)
    pace.give_back(taken - 1)
    assert pace.take(AT, 5) == 4


def test_a_message_that_was_not_started_gives_its_tokens_back() -> None:
    pace = Pace(25.0, AT)
    for _ in range(CHAT_BURST):
        assert pace.take(AT, 1) == 1
        pace.sent_to(7, AT)
    pace.not_sent_to(7)
    assert 7 not in pace.waiting_chats(AT)
    assert pace.take(AT, 100) == 3


def test_fewer_tokens_than_are_worth_while_are_left_to_grow() -> None:
    pace = Pace(25.0, AT)
    pace.take(AT, 100)
    assert pace.take(AT + 0.04, 100, least=2) == 0
    assert pace.next_at(AT + 0.04, 2) == pytest.approx(AT + 0.08)
    assert pace.take(AT + 0.081, 100, least=2) == 2


def test_lessons_leave_tokens_for_a_reply_and_a_reply_takes_them() -> None:
    pace = Pace(25.0, AT)
    assert pace.kept_for_replies == 2
    assert pace.for_lessons(pace.take(AT, 100)) == 3
    pace.give_back(2)
    assert pace.for_lessons(pace.take(AT, 1)) == 0


@given(st.floats(min_value=0.1, max_value=1_000))
def test_what_lessons_wait_for_fits_into_a_burst_with_room_for_a_late_look(rate: float) -> None:
    pace = Pace(rate, AT)
    least = pace.bulk + pace.kept_for_replies
    taken = pace.take(AT, 100, least)
    assert 1 <= pace.for_lessons(taken) <= taken
    assert pace.kept_for_replies == 0 or least + 1 <= rate * BURST_SECONDS


def test_bulk_waits_for_half_a_burst_and_never_longer_than_a_burst_lasts() -> None:
    pace = Pace(25.0, AT)
    pace.take(AT, 100)
    assert pace.next_at(AT, pace.bulk) == pytest.approx(AT + 0.08)
    assert Pace(1.0, AT).bulk == 1


def test_an_account_without_a_limit_never_waits() -> None:
    pace = Pace(math.inf, AT)
    for chat in range(100):
        pace.sent_to(chat % 2, AT)
    assert pace.take(AT, 10_000) == 10_000
    assert pace.next_at(AT) == AT
    assert pace.waiting_chats(AT) == frozenset()


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pace(rate, AT)


def test_a_chat_gets_three_messages_at_once_and_then_one_a_second() -> None:
    pace = Pace(25.0, AT)
    for _ in range(CHAT_BURST):
        assert 7 not in pace.waiting_chats(AT)
        pace.sent_to(7, AT)
    assert 7 in pace.waiting_chats(AT)
    assert pace.next_chat_at(AT) == pytest.approx(AT + 1)
    assert 7 in pace.waiting_chats(AT + 0.9)
    assert 7 not in pace.waiting_chats(AT + 1)


def test_a_waiting_chat_keeps_nobody_else_waiting() -> None:
    pace = Pace(25.0, AT)
    for _ in range(CHAT_BURST):
        pace.sent_to(7, AT)
    assert pace.waiting_chats(AT) == {7}
    assert pace.next_chat_at(AT + 5) is None


def test_nothing_goes_before_the_end_of_a_pause() -> None:
    pace = Pace(25.0, AT)
    pace.pause(AT, 30.0)
    assert pace.take(AT + 29.99, 1) == 0
    assert pace.next_at(AT + 1) == AT + 30
    assert pace.take(AT + 30, 100) == 1


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    pace = Pace(25.0, AT)
    pace.pause(AT, 30.0)
    pace.pause(AT + 1, 1.0)
    assert pace.take(AT + 3, 1) == 0
    assert pace.next_at(AT + 3) == AT + 30


def test_a_request_that_finishes_during_a_pause_does_not_lift_it() -> None:
    pace = Pace(25.0, AT)
    pace.take(AT, 2)
    pace.pause(AT, 30.0)
    pace.give_back(1)
    pace.sent_to(7, AT)
    assert pace.take(AT + 10, 1) == 0


def test_a_clock_set_back_by_a_day_does_not_stretch_a_pause_or_dry_up_the_tokens() -> None:
    pace = Pace(25.0, AT)
    pace.take(AT, 100)
    pace.pause(AT, 30.0)
    yesterday = AT - 86_400
    assert pace.take(yesterday, 1) == 0
    assert pace.take(yesterday + 30, 1) == 1
    assert pace.take(yesterday + 31, 100) == 5


def test_chats_of_long_ago_are_forgotten() -> None:
    pace = Pace(1000.0, AT)
    for chat in range(50_000):
        pace.sent_to(chat, AT + chat)
    assert len(pace._chats) <= 2048


@given(
    rate=st.floats(0.5, 1000),
    steps=st.lists(st.tuples(st.floats(0, 2), st.integers(0, 300)), min_size=1, max_size=60),
)
def test_no_stretch_of_time_ever_sees_more_than_its_rate_and_one_burst(
    rate: float, steps: list[tuple[float, int]]
) -> None:
    pace = Pace(rate, AT)
    now = AT
    sent: list[tuple[float, int]] = []
    for wait, wanted in steps:
        now += wait
        sent.append((now, pace.take(now, wanted)))
    for first in range(len(sent)):
        total = 0
        for at, count in sent[first:]:
            total += count
            assert total <= (at - sent[first][0]) * rate + max(1.0, rate * BURST_SECONDS) + 0.01


@given(
    pauses=st.lists(st.tuples(st.floats(0, 20), st.floats(0.001, 30)), min_size=1, max_size=20),
    looks=st.lists(st.floats(0, 60), min_size=1, max_size=50),
)
def test_no_pause_is_ever_broken(pauses: list[tuple[float, float]], looks: list[float]) -> None:
    pace = Pace(25.0, AT)
    moments = sorted([(AT + at, seconds) for at, seconds in pauses] + [(AT + at, 0.0) for at in looks])
    closed_until = AT
    for now, seconds in moments:
        if seconds:
            pace.pause(now, seconds)
            closed_until = max(closed_until, now + seconds)
        elif pace.take(now, 1):
            assert now >= closed_until
