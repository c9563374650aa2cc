"""What goes out, when, and in which order."""

import asyncio
import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import EVERYTHING, Decision
from bot.core.delivery import Message, NotSent
from bot.core.messages import Kind, Lane, Outgoing
from bot.metrics import Metrics
from bot.store import decisions, outbox, subscribers
from bot.worker.claiming import Claiming
from bot.worker.holding import Holding
from bot.worker.horizon import Horizon
from bot.worker.sender import STARTS_WITHIN, Sender
from tests.fakes import (
    PRACTICE,
    TELEGRAM,
    FakeChannel,
    database_at,
    nothing_due,
    texts_of,
)
from tests.world import NOW, MakeWorld, World


async def test_what_was_committed_is_sent_once_and_accepted(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        await world.decided("HECHTING gaat over ...")
        await world.passes(seconds=1)
    [row] = await world.rows()
    assert (row.state, row.attempt) == ("accepted", 1)
    assert world.channel.texts == ["HECHTING gaat over ..."]


async def test_what_was_committed_before_the_start_is_sent_after_it(make_world: MakeWorld) -> None:
    world = make_world()
    await world.decided("al vastgelegd")
    async with world.running():
        await world.passes(seconds=1)
    assert world.channel.texts == ["al vastgelegd"]


async def test_the_messages_of_one_decision_keep_their_order_and_never_overtake(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=25))
    async with world.running():
        await world.decided("uitleg", "oefening", "vraag", "nog iets")
        await world.passes(seconds=10)
    assert world.channel.texts == ["uitleg", "oefening", "vraag", "nog iets"]
    assert world.channel.most_in_flight == 1


async def test_a_chat_gets_three_messages_at_once_and_then_one_a_second(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=25))
    async with world.running():
        await world.decided("1", "2", "3", "4", "5")
        await world.passes(seconds=10)
    since = [(at - NOW).total_seconds() for at in world.channel.sent_at]
    assert since[:3] == pytest.approx([0, 0, 0], abs=0.01)
    assert since[3:] == pytest.approx([1, 2], abs=0.01)


async def test_an_account_keeps_its_rate_and_replies_go_before_lessons(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=25))
    async with world.running():
        for person in range(60):
            await world.decided("les", to=str(person), kind=Kind.LESSON, lane=Lane.LESSON, unasked=True)
        await world.passes(seconds=1)
        assert 25 <= len(world.channel.sent) <= 31
        await world.decided("antwoord", to="1")
        before = len(world.channel.sent)
        await world.passes(seconds=0.1)
        assert "antwoord" in world.channel.texts[before:]
        await world.passes(seconds=5)
    assert len(world.channel.sent) == 61
    assert (world.channel.sent_at[-1] - NOW).total_seconds() == pytest.approx(61 / 25, abs=0.3)


async def test_whoever_writes_while_lessons_are_claimed_finds_a_token_that_they_left(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(FakeChannel(rate=100))
    claim, asked = outbox.claim_from, await world.decided()

    async def written_meanwhile(conn: AsyncConnection, *given: Any) -> list[Message]:
        claimed = await claim(conn, *given)
        if len(world.channel.sent) > 20 and not written_at:
            reply = Decision(subscriber=asked, messages=(Outgoing(text="antwoord"),))
            await decisions.record(conn, PRACTICE, reply, "in:test:meanwhile", world.clock.now(), "v1")
            world.worker.wake([TELEGRAM], None)
            written_at.append(world.clock.now())
        return claimed

    written_at: list[datetime] = []
    for person in range(60):
        await world.decided("les", to=str(person), kind=Kind.LESSON, lane=Lane.LESSON, unasked=True)
    monkeypatch.setattr(outbox, "claim_from", written_meanwhile)
    async with world.running():
        await world.passes(seconds=2)
    assert len(world.channel.sent) == 61
    replied_at = world.channel.sent_at[world.channel.texts.index("antwoord")]
    assert replied_at - written_at[0] < timedelta(milliseconds=20)
    assert replied_at < world.channel.sent_at[-1]


async def test_a_pause_of_the_whole_account_holds_and_then_everything_goes(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=25))
    async with world.running():
        world.channel.answers = [NotSent("429", 30.0, whole_account=True)]
        await world.decided("eerste", to="1")
        await world.passes(seconds=0.01)
        for person in range(5):
            await world.decided("antwoord", to=str(person + 10))
        await world.passes(seconds=29.9)
        assert len(world.channel.sent) == 1
        await world.passes(seconds=2)
    assert await world.states() == {"accepted": 6}
    assert all(at >= NOW + timedelta(seconds=30) for at in world.channel.sent_at[1:])


async def test_replies_find_a_free_slot_while_slow_answers_hold_the_rest(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel())
    async with world.running():
        world.channel.gate.clear()
        for person in range(60):
            await world.decided("les", to=str(person), kind=Kind.LESSON, lane=Lane.LESSON, unasked=True)
        await world.channel.until(lambda: world.channel.in_flight == 48)
        await world.decided("antwoord", to="1000")
        await world.channel.until(lambda: "antwoord" in world.channel.texts)
        world.channel.gate.set()
        await world.passes(seconds=5)
    assert await world.states() == {"accepted": 61}


async def test_a_stop_between_two_steps_cancels_what_has_not_started(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=1))
    async with world.running():
        await world.decided("bezig houden", to="other")
        who = await world.decided("les", lane=Lane.LESSON, unasked=True, kind=Kind.LESSON)

        async def stop(conn: AsyncConnection) -> None:
            before = await subscribers.load(conn, PRACTICE, who.id)
            stopped = replace(before, stopped_at=NOW)
            decision = Decision(subscriber=stopped, cancel=frozenset({EVERYTHING}))
            await decisions.record(conn, PRACTICE, decision, "in:test:stop", NOW, "v1")

        await world.database.write(stop)
        await world.passes(hours=1)
    assert "les" not in world.channel.texts
    assert await world.states() == {"accepted": 1, "cancelled": 1}


async def test_a_lesson_that_was_claimed_too_long_ago_is_not_started_but_a_reply_is(database_url: str) -> None:
    async with database_at(database_url) as database:
        world = World(database, [FakeChannel()], nothing_due)
        await world.decided("les", lane=Lane.LESSON, unasked=True, kind=Kind.LESSON, to="1")
        await world.decided("antwoord", to="2")
        seconds = [0.0]

        def each_look_costs() -> float:
            seconds[0] += STARTS_WITHIN * 1.01
            return seconds[0]

        slow = Sender(
            world.channel,
            database,
            world.clock,
            Horizon(world.clock),
            holding=Holding(PRACTICE, world.channel.account, "test", 1, lambda: True),
            metrics=Metrics(),
            real_seconds=each_look_costs,
        )
        recording = asyncio.create_task(slow.record())
        sending = asyncio.create_task(slow.run())
        await world.channel.until(lambda: world.channel.texts == ["antwoord"])
        await slow.close(5)
        await asyncio.gather(sending, recording)
        states = {row.text: row.state for row in await world.rows()}
        assert states == {"les": "ready", "antwoord": "accepted"}


class Unanswered:
    """A database that takes a claim and says nothing more."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def claim(self, _: object, __: int) -> None:
        self.asked.set()
        await asyncio.Future[None]()


async def test_a_claim_that_is_never_answered_keeps_nobody_from_stopping(database_url: str) -> None:
    async with database_at(database_url) as database:
        world = World(database, [FakeChannel()], nothing_due)
        unanswered = Unanswered()
        sender = Sender(
            world.channel,
            database,
            world.clock,
            Horizon(world.clock),
            holding=Holding(PRACTICE, world.channel.account, "test", 1, lambda: True),
            metrics=Metrics(),
            claiming=cast("Claiming", unanswered),
        )
        sending = asyncio.create_task(sender.run())
        async with asyncio.timeout(10):
            await unanswered.asked.wait()
            await sender.close(0.05)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_a_web_chat_gets_its_messages_offered_in_order_without_waiting_for_the_browser(
    make_world: MakeWorld,
) -> None:
    world = make_world(FakeChannel(account=f"{PRACTICE}:webchat"))
    async with world.running():
        await world.decided("uitleg", "oefening", account=f"{PRACTICE}:webchat")
        await world.passes(seconds=1)
    assert texts_of(world.channel.sent) == ["uitleg", "oefening"]
    assert [message.seq for message in world.channel.sent] == [1, 2]
    assert world.channel.rate == math.inf
    assert await world.states() == {"sending": 2}
