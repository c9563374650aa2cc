"""Whether an account may send: five unclear answers in a row pause it, and one clear answer ends its trial."""

from datetime import timedelta

import pytest

from bot.core.delivery import Accepted, AccountDown, Ambiguous, NotSent, Outcome, Refused
from bot.core.messages import Kind
from bot.worker.health import FIRST_PROBE, LONGEST_PROBE, UNCLEAR_IN_A_ROW, Health
from bot.worker.status import AccountMode
from tests.world import NOW, MakeWorld

UNCLEAR = Ambiguous("502")


def on() -> Health:
    health = Health()
    health.probed()
    return health


def paused() -> Health:
    health = on()
    for _ in range(UNCLEAR_IN_A_ROW):
        health.learn(UNCLEAR, NOW)
    return health


def test_five_unclear_answers_in_a_row_pause_it_and_four_do_not() -> None:
    health = on()
    for _ in range(UNCLEAR_IN_A_ROW - 1):
        health.learn(UNCLEAR, NOW)
    assert health.may_send
    health.learn(UNCLEAR, NOW)
    assert (health.mode, health.probe_at) == (AccountMode.PAUSED, NOW + FIRST_PROBE)


@pytest.mark.parametrize("clear", [Accepted(), Refused("gone"), NotSent("429", 1.0)])
def test_a_clear_answer_between_them_begins_the_count_anew(clear: Outcome) -> None:
    health = on()
    for _ in range(UNCLEAR_IN_A_ROW - 1):
        health.learn(UNCLEAR, NOW)
    health.learn(clear, NOW)
    health.learn(UNCLEAR, NOW)
    assert health.may_send


def test_where_no_connection_came_about_nothing_was_said() -> None:
    health = on()
    for _ in range(UNCLEAR_IN_A_ROW):
        health.learn(UNCLEAR, NOW)
        health.learn(NotSent("no connection"), NOW)
    assert not health.may_send


def test_after_a_pause_one_unclear_answer_is_enough_and_the_next_pause_is_longer() -> None:
    health = paused()
    health.probed()
    assert (health.may_send, health.on_trial) == (True, True)
    health.learn(UNCLEAR, NOW)
    assert (health.may_send, health.probe_at) == (False, NOW + 2 * FIRST_PROBE)


def test_a_platform_that_does_not_even_say_who_we_are_is_sent_nothing() -> None:
    health = paused()
    for times in (2, 4, 8):
        health.unanswered(NOW)
        assert (health.mode, health.probe_at) == (AccountMode.PAUSED, NOW + times * FIRST_PROBE)
    for _ in range(10):
        health.unanswered(NOW)
    assert health.probe_at == NOW + LONGEST_PROBE


def test_at_the_start_an_unanswered_question_is_no_reason_to_wait() -> None:
    health = Health()
    health.unanswered(NOW)
    assert (health.may_send, health.on_trial) == (True, False)


def test_a_clock_that_is_set_back_does_not_stretch_the_pause() -> None:
    health = paused()
    yesterday = NOW - timedelta(days=1)
    assert not health.may_probe(yesterday)
    assert health.may_probe(yesterday + LONGEST_PROBE)


def test_who_is_refused_is_off() -> None:
    health = on()
    health.learn(AccountDown("token"), NOW)
    assert health.is_off


async def test_nothing_is_resent_before_the_platform_says_who_we_are(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        await world.passes(seconds=1)
        world.channel.is_reached = False
        world.channel.answers = [UNCLEAR] * UNCLEAR_IN_A_ROW
        for person in range(UNCLEAR_IN_A_ROW):
            await world.decided("weetje", to=str(person), kind=Kind.NUDGE)
        await world.passes(seconds=1)
        await world.decided("antwoord")
        await world.passes(hours=1)
        assert len(world.channel.sent) == UNCLEAR_IN_A_ROW
        world.channel.is_reached = True
        await world.passes(minutes=10)
    assert world.channel.texts[-1] == "antwoord"
    assert await world.states() == {"unknown": UNCLEAR_IN_A_ROW, "accepted": 1}
