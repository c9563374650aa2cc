"""Crisis texts of an account whose owner does not come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import SteppingClock
from bot.core.decision import Decision
from bot.core.delivery import AccountDown, Message, NotSent
from bot.core.messages import Kind, Lane, Outgoing
from bot.metrics import Metrics
from bot.store import accounts, decisions, outbox, subscribers
from bot.worker.stand_in import UNHEARD, StandIn
from tests.fakes import PRACTICE, TELEGRAM, FakeChannel, address
from tests.web.house import eventually
from tests.world import NOW, STANDING_STILL, MakeWorld, World

WEBCHAT = f"{PRACTICE}:webchat"
PATIENCE = 0.05


@dataclass
class Beside:
    """A process that takes in, beside an owner who is dead."""

    world: World
    stand_in: StandIn
    here: FakeChannel
    ours: set[str] = field(default_factory=set)

    async def crisis(self, *texts: str, account: str = TELEGRAM) -> None:
        await self.world.decided(*texts, account=account, kind=Kind.ALARM, lane=Lane.CRISIS)
        self.stand_in.look({account})

    async def said(self, *texts: str) -> None:
        async def heard() -> bool:
            return self.here.texts == list(texts)

        await eventually(heard, within=10)

    async def rests(self) -> None:
        """Until it watches nothing any more."""

        async def quiet() -> bool:
            return not self.stand_in._tasks

        await eventually(quiet, within=10)


@asynccontextmanager
async def beside(world: World, here: FakeChannel | None = None, patience: float = PATIENCE) -> AsyncIterator[Beside]:
    here = here or FakeChannel()
    # The worker's clock waits for the worker, who is dead.
    world.clock = SteppingClock(NOW, STANDING_STILL)
    world.clock.limit(None)
    ours: set[str] = set()
    stand_in = StandIn(world.database, world.clock, {here.account: here}, ours.__contains__, Metrics(), patience)
    await world.database.write(
        lambda conn: accounts.own(conn, PRACTICE, here.account, "somebody dead", world.clock.now())
    )
    try:
        yield Beside(world, stand_in, here, ours)
    finally:
        await stand_in.close(1)


async def test_who_is_in_danger_is_answered_though_the_owner_is_dead_and_in_the_order_of_the_decision(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    async with beside(world) as house:
        await house.crisis("Bel 113", "Je plan", "Hier ben ik")
        await house.said("Bel 113", "Je plan", "Hier ben ik")
        await house.rests()
    assert await world.states() == {"accepted": 3}
    assert [row.attempt for row in await world.rows()] == [1, 1, 1]


async def test_nothing_but_crisis_texts_is_taken_from_the_owner(make_world: MakeWorld) -> None:
    world = make_world()
    async with beside(world) as house:
        await world.decided("een uitleg")
        await world.decided("een les", lane=Lane.LESSON, unasked=True)
        await house.crisis("Bel 113")
        await house.said("Bel 113")
        await house.rests()
    assert await world.states() == {"accepted": 1, "ready": 2}


async def test_an_owner_that_comes_in_time_sends_it_alone(make_world: MakeWorld) -> None:
    world = make_world()
    async with beside(world, patience=2) as house, world.running():

        async def in_hand() -> bool:
            return world.worker.has_in_hand(TELEGRAM)

        await eventually(in_hand, within=10)
        await house.crisis("Bel 113")
        await house.rests()
    assert (world.channel.texts, house.here.texts) == (["Bel 113"], [])


async def test_what_this_process_has_in_hand_itself_is_its_senders(make_world: MakeWorld) -> None:
    world = make_world()
    async with beside(world) as house:
        house.ours.add(TELEGRAM)
        await house.crisis("Bel 113")
        await house.rests()
        assert house.here.sent == []
    assert await world.states() == {"ready": 1}


async def test_an_attempt_of_which_nothing_is_heard_is_made_again_and_counted_as_a_possible_duplicate(
    make_world: MakeWorld,
) -> None:
    """Its owner was killed between the claim and the answer."""
    world = make_world()
    async with beside(world) as house:
        await world.decided("Bel 113", kind=Kind.ALARM, lane=Lane.CRISIS)
        now = world.clock.now()
        await world.database.write(lambda conn: outbox.claim(conn, TELEGRAM, Lane.CRISIS, now, 1, 10))
        house.stand_in.look({TELEGRAM})
        await world.passes(seconds=UNHEARD.total_seconds() + 1)

        async def given_up() -> bool:
            return await world.states() == {"ready": 1}

        await eventually(given_up, within=10)
        await world.passes(seconds=3)
        await house.said("Bel 113")
        await house.rests()
    [row] = await world.rows()
    assert (row.state, row.attempt, row.duplicate_possible) == ("accepted", 2, True)


async def test_what_somebody_who_stood_in_was_killed_with_is_found_by_an_owner_that_lives(
    make_world: MakeWorld,
) -> None:
    """The owner was only slow: its epoch goes on, and no next owner comes to look."""
    world = make_world()
    now = world.clock.now()

    async def stood_in_and_died(conn: AsyncConnection) -> list[Message]:
        who = await subscribers.find_or_create(conn, PRACTICE, address("4711"), zone="Europe/Amsterdam", now=now)
        texts = [Outgoing(text=text, kind=Kind.ALARM, lane=Lane.CRISIS) for text in ("Bel 113", "Je plan")]
        await decisions.record(conn, PRACTICE, Decision(subscriber=who, messages=tuple(texts)), "in:danger", now, "v1")
        return await outbox.claim_beside_owner(conn, TELEGRAM, Lane.CRISIS, now, 10)

    async with world.running():

        async def in_hand() -> bool:
            return world.worker.has_in_hand(TELEGRAM)

        await eventually(in_hand, within=10)
        assert len(await world.database.write(stood_in_and_died)) == 1
        await world.passes(seconds=30)
        await world.worker._keep_house()
        assert await world.states() == {"sending": 1, "ready": 1}
        await world.passes(seconds=31)
        await world.worker._keep_house()
        await world.passes(minutes=1)
        assert world.channel.texts == ["Bel 113", "Je plan"]
    assert [(row.attempt, row.duplicate_possible) for row in await world.rows()] == [(2, True), (1, False)]


async def test_what_could_not_be_sent_is_tried_again(make_world: MakeWorld) -> None:
    world = make_world()
    async with beside(world) as house:
        house.here.answers = [NotSent("connect"), RuntimeError("not to be rendered")]
        await house.crisis("Bel 113")
        for tries in (1, 2, 3):
            await house.said(*["Bel 113"] * tries)
            await world.passes(seconds=20)
        await house.rests()
    assert await world.states() == {"accepted": 1}


async def test_a_platform_that_refuses_the_account_is_not_asked_on_and_on(make_world: MakeWorld) -> None:
    world = make_world()
    async with beside(world) as house:
        house.here.answers = [AccountDown("Unauthorized")] * 100
        await house.crisis("Bel 113")
        await house.said("Bel 113")
        await house.rests()
        assert len(house.here.sent) == 1
    assert await world.states() == {"ready": 1}


async def test_in_a_web_chat_it_is_offered_once_with_its_number(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(WEBCHAT))
    async with beside(world, FakeChannel(WEBCHAT)) as house:
        await house.crisis("Bel 113", account=WEBCHAT)
        await house.said("Bel 113")
        await house.rests()
        assert [message.seq for message in house.here.sent] == [1]
    assert await world.states() == {"sending": 1}


async def test_what_it_left_behind_is_the_owners_unknown(make_world: MakeWorld) -> None:
    world = make_world()
    async with beside(world) as house:
        house.here.gate.clear()
        await house.crisis("Bel 113")
        await house.said("Bel 113")
        await house.stand_in.close(0.01)
        assert house.here.cut_off == 1
        recovered = await world.database.write(lambda conn: outbox.recover(conn, TELEGRAM, 1, world.clock.now()))
    assert recovered == 1
    [row] = await world.rows()
    assert (row.state, row.duplicate_possible) == ("ready", True)


async def test_after_the_end_it_watches_nothing(make_world: MakeWorld) -> None:
    world = make_world()
    async with beside(world) as house:
        await house.stand_in.close(1)
        await house.crisis("Bel 113")
        assert not house.stand_in._tasks


@pytest.mark.parametrize("lane", [Lane.REPLY, Lane.LESSON])
async def test_only_the_crisis_lane_is_given_up_while_its_owner_may_still_live(
    make_world: MakeWorld, lane: Lane
) -> None:
    world = make_world()
    async with beside(world) as house:
        await world.decided("antwoord", lane=lane)
        now = world.clock.now()
        await world.database.write(lambda conn: outbox.claim(conn, TELEGRAM, lane, now, 1, 10))
        await world.passes(minutes=1)
        house.stand_in.look({TELEGRAM})
        await house.rests()
    assert await world.states() == {"sending": 1}


async def test_a_mistake_of_ours_does_not_end_the_watch(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    claim, mistakes = outbox.claim_beside_owner, [LookupError()]

    async def mistaken(*given: Any) -> list[Message]:
        if mistakes:
            raise mistakes.pop()
        return await claim(*given)

    monkeypatch.setattr(outbox, "claim_beside_owner", mistaken)
    async with beside(world) as house:
        await house.crisis("Bel 113")
        await house.said("Bel 113")
        await house.rests()
    assert await world.states() == {"accepted": 1}


async def test_a_platform_that_asked_for_a_wait_is_not_asked_by_who_stands_in(make_world: MakeWorld) -> None:
    world = make_world()
    here = FakeChannel(answers=[NotSent("429", 20.0, whole_account=True)])
    async with beside(world, here) as house:
        await house.crisis("Bel 113", account=TELEGRAM)
        await house.said("Bel 113")
        await world.decided("Voor een ander", to="2", kind=Kind.ALARM, lane=Lane.CRISIS)
        house.stand_in.look({TELEGRAM})

        async def asked_again() -> bool:
            return looks > 3

        looks = 0
        claim = outbox.claim_beside_owner

        async def counted(*given: Any) -> list[Message]:
            nonlocal looks
            looks += 1
            return await claim(*given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outbox, "claim_beside_owner", counted)
            await eventually(asked_again, within=10)
        assert here.texts == ["Bel 113"]
        await world.clock.advance(timedelta(seconds=21))
        await house.rests()
    assert sorted(here.texts) == ["Bel 113", "Bel 113", "Voor een ander"]
