"""What is claimed: no more than tokens and slots allow, and never what a reply needs."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Decision
from bot.core.delivery import Message
from bot.core.messages import Kind, Lane, Outgoing
from bot.store import decisions, outbox
from bot.worker.claiming import Claiming
from tests.fakes import (
    PRACTICE,
    TELEGRAM,
    FakeChannel,
    database_at,
    nothing_due,
)
from tests.world import NOW, MakeWorld, World


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
        sender = world.sender(claiming=cast("Claiming", unanswered))
        sending = asyncio.create_task(sender.run())
        async with asyncio.timeout(10):
            await unanswered.asked.wait()
            await sender.close(0.05)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_what_is_passed_over_for_hours_ends_no_sender(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        await world.passes(seconds=1)
        claimer = world.worker._hands._held[TELEGRAM].sender._claimer
        with world.clock.hold():
            claimer._passed_over = 2_000
            assert claimer._next_moment(NOW, NOW) == NOW + timedelta(minutes=1)
