"""What follows from an outcome: the delivery contract, state by state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.delivery import (
    Accepted,
    AccountDown,
    Ambiguous,
    Handed,
    Message,
    MessageState,
    Moved,
    NotSent,
    Outcome,
    Refused,
)
from bot.core.messages import Address, Channel, Kind, Lane
from bot.core.retry import LONGEST_WAIT, SHORTEST_WAIT, Transition, after, resends_allowed

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LESSON = Message(
    id=1,
    practice="mariposha",
    subscriber_id=2,
    address_id=3,
    address=Address(Channel.TELEGRAM, "mariposha:telegram", "4711"),
    kind=Kind.LESSON,
    lane=Lane.LESSON,
    text="Vandaag: merk één ding op.",
    due_at=NOW,
    expires_at=NOW + timedelta(hours=14),
    created_at=NOW,
)
REPLY = replace(LESSON, kind=Kind.REPLY, lane=Lane.REPLY)
CRISIS = replace(LESSON, kind=Kind.ALARM, lane=Lane.CRISIS)
NUDGE = replace(LESSON, kind=Kind.NUDGE)
CHECKIN = replace(LESSON, kind=Kind.CHECKIN)
BROADCAST = replace(LESSON, kind=Kind.NOTICE, lane=Lane.BROADCAST)


def as_row(message: Message, transition: Transition) -> Message:
    """The message as it will be claimed the next time."""
    return replace(
        message,
        attempt=message.attempt + 1,
        due_at=transition.due_at,
        resends=transition.resends,
        retries=transition.retries,
    )


def test_an_accepted_message_is_done_and_keeps_the_platforms_id() -> None:
    done = after(LESSON, Accepted("991"), NOW, 0.5)
    assert (done.state, done.provider_id, done.duplicate_possible) == (MessageState.ACCEPTED, "991", False)


def test_what_was_handed_to_a_browser_stays_on_its_way_until_the_browser_says_so() -> None:
    assert after(LESSON, Handed(), NOW, 0.5).state is MessageState.SENDING


def test_a_failed_connect_is_tried_again_within_seconds() -> None:
    again = after(LESSON, NotSent("connect"), NOW, 1.0)
    assert again.state is MessageState.READY
    assert again.due_at == NOW + timedelta(seconds=4)
    assert (again.retries, again.resends, again.duplicate_possible) == (1, 0, False)


def test_the_wait_doubles_and_stays_within_a_quarter_of_an_hour() -> None:
    longest = [after(replace(LESSON, retries=n), NotSent("connect"), NOW, 1.0).due_at - NOW for n in range(12)]
    assert [wait.total_seconds() for wait in longest[:4]] == [4, 8, 16, 32]
    assert longest[-1] == LONGEST_WAIT
    shortest = [after(replace(LESSON, retries=n), NotSent("connect"), NOW, 0.0).due_at - NOW for n in range(12)]
    assert set(shortest) == {SHORTEST_WAIT}


def test_the_platforms_own_wait_is_kept_to_the_second() -> None:
    assert after(LESSON, NotSent("429", 37.0, whole_account=True), NOW, 0.9).due_at == NOW + timedelta(seconds=37)


@pytest.mark.parametrize("nonsense", [-5.0, 0.0, float("nan")])
def test_a_wait_that_is_no_wait_becomes_the_shortest_one(nonsense: float) -> None:
    assert after(LESSON, NotSent("429", nonsense), NOW, 0.9).due_at == NOW + SHORTEST_WAIT


def test_a_wait_without_end_outlives_the_message() -> None:
    assert after(LESSON, NotSent("429", float("inf")), NOW, 0.9).state is MessageState.EXPIRED


def test_a_lesson_that_could_not_go_out_in_time_expires() -> None:
    late = replace(LESSON, expires_at=NOW + timedelta(seconds=3))
    assert after(late, NotSent("connect"), NOW, 1.0).state is MessageState.EXPIRED
    assert after(late, NotSent("connect"), NOW, 0.0).state is MessageState.READY
    assert after(late, NotSent("429", 3.0), NOW, 0.0).state is MessageState.EXPIRED
    assert after(late, NotSent("429", 2.999), NOW, 0.0).state is MessageState.READY


@pytest.mark.parametrize("message", [REPLY, LESSON, CHECKIN])
def test_an_unclear_outcome_is_resent_once_and_counted_as_a_possible_duplicate(message: Message) -> None:
    first = after(message, Ambiguous("read timeout"), NOW, 0.5)
    assert (first.state, first.resends, first.duplicate_possible) == (MessageState.READY, 1, True)
    assert first.due_at > NOW
    second = after(as_row(message, first), Ambiguous("read timeout"), first.due_at, 0.5)
    assert (second.state, second.duplicate_possible) == (MessageState.UNKNOWN, False)


def test_a_crisis_text_is_resent_twice() -> None:
    first = after(CRISIS, Ambiguous("reset"), NOW, 0.5)
    second = after(as_row(CRISIS, first), Ambiguous("reset"), NOW, 0.5)
    third = after(as_row(as_row(CRISIS, first), second), Ambiguous("reset"), NOW, 0.5)
    assert [step.state for step in (first, second, third)] == [
        MessageState.READY,
        MessageState.READY,
        MessageState.UNKNOWN,
    ]


@pytest.mark.parametrize("message", [NUDGE, BROADCAST])
def test_a_nudge_or_a_broadcast_of_unclear_outcome_is_never_sent_again(message: Message) -> None:
    assert after(message, Ambiguous("502"), NOW, 0.5).state is MessageState.UNKNOWN


def test_a_resend_that_would_come_too_late_is_not_made() -> None:
    late = replace(REPLY, expires_at=NOW + timedelta(seconds=1))
    assert after(late, Ambiguous("502"), NOW, 0.5).state is MessageState.UNKNOWN


def test_a_person_who_blocked_the_bot_ends_the_message_and_the_address() -> None:
    end = after(LESSON, Refused("blocked", address_gone=True), NOW, 0.5)
    assert (end.state, end.address_gone, end.reason) == (MessageState.DEAD, True, "blocked")


def test_a_message_that_the_platform_will_never_take_is_dead_and_the_address_stays() -> None:
    end = after(LESSON, Refused("too long"), NOW, 0.5)
    assert (end.state, end.address_gone) == (MessageState.DEAD, False)


def test_a_chat_that_moved_is_tried_at_once_under_its_new_id() -> None:
    moved = after(LESSON, Moved("-1004711"), NOW, 0.5)
    assert (moved.state, moved.due_at, moved.moved_to) == (MessageState.READY, NOW, "-1004711")


def test_a_chat_that_moved_to_itself_is_not_chased() -> None:
    assert after(LESSON, Moved("4711"), NOW, 0.5).state is MessageState.DEAD


def test_two_chats_that_name_each_other_are_soon_asked_slowly() -> None:
    assert after(replace(LESSON, retries=3), Moved("-1004711"), NOW, 0.5).due_at > NOW


def test_a_refused_account_keeps_its_messages_ready_for_when_it_is_mended() -> None:
    down = after(LESSON, AccountDown("unauthorized"), NOW, 0.5)
    assert (down.state, down.account_down, down.retries, down.due_at) == (MessageState.READY, True, 0, LESSON.due_at)


OUTCOMES = st.one_of(
    st.just(Accepted("1")),
    st.just(Handed()),
    st.builds(NotSent, st.just("connect"), st.none() | st.floats(allow_nan=True), st.booleans()),
    st.just(Ambiguous("reset")),
    st.builds(Refused, st.just("no"), st.booleans()),
    st.builds(Moved, st.sampled_from(["4711", "4712"])),
    st.just(AccountDown("401")),
)
MESSAGES = st.builds(
    lambda kind, lane, minutes: replace(LESSON, kind=kind, lane=lane, expires_at=NOW + timedelta(minutes=minutes)),
    st.sampled_from(Kind),
    st.sampled_from(Lane),
    st.integers(1, 3000),
)


@given(message=MESSAGES, outcomes=st.lists(OUTCOMES, max_size=30), jitter=st.floats(0, 1))
def test_whatever_happens_a_message_ends_visibly_and_is_never_sent_more_often_than_the_contract_says(
    message: Message, outcomes: list[Outcome], jitter: float
) -> None:
    row, now, maybe_arrived, counted = message, NOW, 0, 0
    for outcome in outcomes:
        transition = after(row, outcome, now, jitter)
        match outcome:
            case Ambiguous() | Accepted() | Handed():
                maybe_arrived += 1
            case NotSent() | Refused() | Moved() | AccountDown():
                assert not transition.duplicate_possible
            case _:
                assert_never(outcome)
        counted += transition.duplicate_possible
        assert maybe_arrived <= 1 + resends_allowed(message.kind, message.lane)
        assert counted == transition.resends
        if transition.state is not MessageState.READY:
            break
        assert transition.due_at < message.expires_at
        assert transition.due_at >= now or transition.account_down
        now = max(now, transition.due_at)
        row = as_row(row, transition)
