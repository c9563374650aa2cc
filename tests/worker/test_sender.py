"""What goes out, when, and in which order."""

import asyncio
import math
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import EVERYTHING, Decision
from bot.core.delivery import Message, NotSent, Outcome
from bot.core.messages import Kind, Lane
from bot.core.subscriber import Subscriber
from bot.store import decisions, outbox, subscribers
from bot.store.errors import DatabaseUnavailable
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


async def stops(world: World, who: Subscriber) -> None:
    """STOP is committed."""

    async def stop(conn: AsyncConnection) -> None:
        before = await subscribers.load(conn, PRACTICE, who.id)
        decision = Decision(subscriber=replace(before, stopped_at=NOW), cancel=frozenset({EVERYTHING}))
        await decisions.record(conn, PRACTICE, decision, "in:test:stop", NOW, "v1")

    await world.database.write(stop)


async def test_a_stop_between_two_steps_cancels_what_has_not_started(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=1))
    async with world.running():
        await world.decided("bezig houden", to="other")
        who = await world.decided("les", lane=Lane.LESSON, unasked=True, kind=Kind.LESSON)
        await stops(world, who)
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

        slow = world.sender(real_seconds=each_look_costs)
        recording = asyncio.create_task(slow.record())
        sending = asyncio.create_task(slow.run())
        await world.channel.until(lambda: world.channel.texts == ["antwoord"])
        await slow.close(5)
        await asyncio.gather(sending, recording)
        states = {row.text: row.state for row in await world.rows()}
        assert states == {"les": "ready", "antwoord": "accepted"}


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


async def test_what_nobody_can_explain_ends_as_unknown_and_blocks_no_slot(make_world: MakeWorld) -> None:
    world = make_world()

    def breaks(_: Message) -> Outcome:
        return cast("Outcome", "no outcome at all")

    async with world.running():
        world.channel.answers = [breaks]
        await world.decided("eerste", kind=Kind.NUDGE)
        await world.decided("tweede")
        await world.passes(seconds=1)
    assert {row.text: row.state for row in await world.rows()} == {"eerste": "unknown", "tweede": "accepted"}


@pytest.mark.parametrize("seconds", [1e300, math.inf])
async def test_a_wait_past_all_sense_ends_the_next_day(make_world: MakeWorld, seconds: float) -> None:
    world = make_world(FakeChannel(rate=25))
    async with world.running():
        world.channel.answers = [NotSent("429", seconds, whole_account=True)]
        await world.decided("eerste", to="1")
        await world.passes(hours=23)
        await world.decided("antwoord", to="2")
        await world.passes(minutes=59)
        assert len(world.channel.sent) == 1
        await world.passes(minutes=2)
    assert "antwoord" in world.channel.texts


@dataclass
class Drawing:
    """A picture that takes ten seconds."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 0.0

    async def __call__(self, _: Message) -> None:
        self.begun.set()
        await self.goes_on.wait()
        self.seconds += 10.0

    def real_seconds(self) -> float:
        return time.monotonic() + self.seconds


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    drawing = Drawing()
    monkeypatch.setattr(FakeChannel, "prepare", lambda _, message: drawing(message))
    monkeypatch.setattr("bot.worker.crew.Sender", partial(Sender, real_seconds=drawing.real_seconds))
    return drawing


async def test_a_stop_while_a_picture_is_being_drawn_keeps_it_from_being_sent(
    make_world: MakeWorld, drawing: Drawing
) -> None:
    world = make_world()
    async with world.running(), asyncio.timeout(20):
        who = await world.decided("je week", lane=Lane.LESSON, unasked=True, kind=Kind.WEEK)
        await drawing.begun.wait()
        await stops(world, who)
        drawing.goes_on.set()
        await world.passes(hours=1)
    assert world.channel.texts == []
    assert await world.states() == {"cancelled": 1}


async def test_what_took_long_to_prepare_goes_out_when_it_is_still_wanted(
    make_world: MakeWorld, drawing: Drawing
) -> None:
    world = make_world()
    drawing.goes_on.set()
    async with world.running():
        await world.decided("je week", lane=Lane.LESSON, unasked=True, kind=Kind.WEEK)
        await world.passes(seconds=1)
    [row] = await world.rows()
    assert (row.state, row.attempt) == ("accepted", 1)


async def test_what_took_long_to_prepare_is_not_sent_while_the_database_cannot_be_asked(
    make_world: MakeWorld, drawing: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    asked, is_wanted = [0], outbox.is_wanted

    async def away_at_first(*given: Any) -> bool:
        asked[0] += 1
        if asked[0] == 1:
            raise DatabaseUnavailable("away")
        return await is_wanted(*given)

    monkeypatch.setattr(outbox, "is_wanted", away_at_first)
    drawing.goes_on.set()
    async with world.running():
        await world.decided("je week", lane=Lane.LESSON, unasked=True, kind=Kind.WEEK)
        await world.passes(seconds=1)
    [row] = await world.rows()
    assert (row.state, row.attempt) == ("accepted", 2)


async def test_what_was_claimed_beside_the_one_that_came_too_fast_is_not_started(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=25))
    world.channel.answers = [NotSent("429", 30.0, whole_account=True)]
    await world.decided("eerste", to="1")
    await world.decided("tweede", to="2")
    async with world.running():
        await world.passes(seconds=29)
        assert len(world.channel.sent) == 1
        await world.passes(seconds=10)
    assert await world.states() == {"accepted": 2}


async def test_what_was_claimed_and_is_another_workers_by_now_is_not_started(
    make_world: MakeWorld, drawing: Drawing
) -> None:
    world = make_world()
    async with world.running(), asyncio.timeout(20):
        await world.decided("antwoord")
        await drawing.begun.wait()
        world.worker._hands._held[TELEGRAM].holding.lose()
        drawing.goes_on.set()
    assert world.channel.texts == []
    assert await world.states() == {"ready": 1}
