"""Whoever is due is planned, at that moment and once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.content.model import Practice
from bot.core.decision import Decision
from bot.core.messages import Kind, Lane, Outgoing
from bot.core.subscriber import Subscriber
from bot.store import decisions, subscribers
from bot.store.tables import SubscriberRow
from bot.worker.batches import BATCH, Plan
from tests.fakes import address
from tests.world import NOW, MakeWorld


def daily(hour: int = 8) -> Plan:
    """A step at this hour every day, UTC."""

    def plan(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
        step = Outgoing(text=f"{now:%Y-%m-%d %H:%M}", kind=Kind.LESSON, lane=Lane.LESSON, unasked=True)
        tomorrow = now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return Decision(subscriber=replace(subscriber, last_step_on=now.date()), messages=(step,), next_at=tomorrow)

    return plan


async def test_a_program_runs_day_by_day_however_fast_the_clock(make_world: MakeWorld) -> None:
    world = make_world(plan=daily())
    async with world.running():
        await world.decided(next_at=NOW + timedelta(days=1))
        world.clock.set_speed(20_000)
        await world.passes(days=14)
    days = [f"{NOW + timedelta(days=n):%Y-%m-%d} 08:00" for n in range(1, 15)]
    assert world.channel.texts == days
    assert [f"{at:%Y-%m-%d %H:%M}" for at in world.channel.sent_at] == days


async def test_a_restart_in_the_middle_loses_and_repeats_no_day(make_world: MakeWorld) -> None:
    world = make_world(plan=daily())
    async with world.running():
        await world.decided(next_at=NOW + timedelta(days=1))
        await world.passes(days=3)
    world.worker = world.another_worker()
    async with world.running():
        await world.passes(days=3)
    assert world.channel.texts == [f"{NOW + timedelta(days=n):%Y-%m-%d} 08:00" for n in range(1, 7)]


async def test_many_people_at_the_same_hour_all_get_their_step(make_world: MakeWorld) -> None:
    world = make_world(plan=daily())
    people = BATCH + 20
    async with world.running():
        for person in range(people):
            await world.decided(to=str(person), next_at=NOW + timedelta(hours=1))
        await world.passes(hours=2)
    assert len({message.address for message in world.channel.sent}) == people
    assert await world.states() == {"accepted": people}


async def test_who_says_stop_while_a_batch_is_decided_ahead_gets_nothing(make_sqlite_world: MakeWorld) -> None:
    last = str(2 * BATCH + 9)
    visited: list[str] = []
    stopping: list[asyncio.Task[None]] = []

    async def stop(who: Subscriber) -> None:
        stopped = Decision(subscriber=replace(who, stopped_at=world.clock.now()))
        await world.database.write(
            lambda conn: decisions.record(conn, who.practice, stopped, "in:stop", world.clock.now(), "v1"), urgent=True
        )

    def plan(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
        its = subscriber.address.external_id
        visited.append(its)
        if its == last and not stopping:
            stopping.append(asyncio.create_task(stop(subscriber)))
        return daily()(subscriber, practice, now)

    world = make_sqlite_world(plan=plan)
    async with world.running():
        for person in range(2 * BATCH + 10):
            await world.decided(to=str(person), next_at=NOW + timedelta(hours=1))
        await world.passes(hours=2)
        await stopping[0]
    assert visited.count(last) == 1, "it was decided before the stop, which no plan has seen"
    assert {m.address.external_id for m in world.channel.sent} == {str(person) for person in range(2 * BATCH + 9)}
    assert await world.states() == {"accepted": 2 * BATCH + 9}


async def test_among_many_the_unusual_and_the_broken_are_planned_like_everybody(make_world: MakeWorld) -> None:
    unusual, broken, restless = {"300", "301", "520"}, {"310", "530"}, {"320"}
    visits = Counter[str]()

    def plan(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
        its = subscriber.address.external_id
        decision = daily()(subscriber, practice, now)
        visits[its] += 1
        if its in broken and now < NOW + timedelta(hours=2):
            raise RuntimeError("a state that nobody thought of")
        if its in restless:
            return Decision(subscriber=subscriber, next_at=now)
        return replace(decision, cancel=frozenset({"question:7"})) if its in unusual else decision

    world = make_world(plan=plan)
    people = 2 * BATCH + 30
    async with world.running():
        for person in range(people):
            await world.decided(to=str(person), next_at=NOW + timedelta(hours=1))
        await world.passes(hours=1, minutes=30)
        assert len(world.channel.sent) == people - 3
        assert visits["320"] < 40
        await world.passes(minutes=45)
    assert len({m.address.external_id for m in world.channel.sent}) == len(world.channel.sent) == people - 1


async def test_somebody_whose_plan_fails_is_looked_at_again_later_and_stops_nobody(make_world: MakeWorld) -> None:
    broken = {"3"}

    def plan(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
        if subscriber.address.external_id in broken:
            raise RuntimeError("a state that nobody thought of")
        return daily()(subscriber, practice, now)

    world = make_world(plan=plan)
    async with world.running():
        for person in range(6):
            await world.decided(to=str(person), next_at=NOW + timedelta(hours=1))
        await world.passes(hours=1, minutes=1)
        assert len(world.channel.sent) == 5
        broken.clear()
        await world.passes(hours=1)
    assert len(world.channel.sent) == 6


async def test_a_decision_that_cannot_be_recorded_holds_back_one_person_only(
    make_world: MakeWorld,
) -> None:
    def plan(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
        decision = daily()(subscriber, practice, now)
        if subscriber.address.external_id != "3":
            return decision
        return replace(decision, subscriber=replace(subscriber, address=address("somebody else")))

    world = make_world(plan=plan)
    async with world.running():
        for person in range(6):
            await world.decided(to=str(person), next_at=NOW + timedelta(hours=1))
        await world.passes(hours=1, minutes=1)
    assert sorted(message.address.external_id for message in world.channel.sent) == ["0", "1", "2", "4", "5"]


async def test_a_plan_that_wants_to_be_asked_again_at_once_does_not_spin(make_world: MakeWorld) -> None:
    visits: list[datetime] = []

    def restless(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
        visits.append(now)
        return Decision(subscriber=subscriber, next_at=now)

    world = make_world(plan=restless)
    async with world.running():
        await world.decided(next_at=NOW + timedelta(minutes=1))
        await world.passes(minutes=10)
    assert len(visits) == 10


async def test_an_answer_that_makes_somebody_due_sooner_is_not_slept_through(make_world: MakeWorld) -> None:
    world = make_world(plan=daily())
    async with world.running():
        await world.decided(next_at=NOW + timedelta(days=3))
        await world.passes(hours=1)
        await world.decided(to="5", next_at=NOW + timedelta(hours=2))
        await world.passes(hours=2)
    assert [(m.address.external_id, m.text) for m in world.channel.sent] == [("5", "2026-11-22 10:00")]


async def test_what_nobody_told_about_is_found_by_the_safety_tick(make_world: MakeWorld) -> None:
    world = make_world(plan=daily())
    async with world.running():
        who = await world.decided()
        await world.passes(hours=1)

        async def quietly(conn: AsyncConnection) -> None:
            due = world.clock.now()
            await conn.execute(update(SubscriberRow).where(SubscriberRow.id == who.id).values(next_at=due))

        await world.database.write(quietly)
        await world.worker._look_at_everything()
        await world.passes(seconds=1)
    assert len(world.channel.sent) == 1


async def test_who_is_asked_about_while_the_next_moment_is_read_is_not_missed(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(plan=daily())
    who = await world.decided()
    read = subscribers.next_due

    async def read_just_before(conn: AsyncConnection, practices: Sequence[str]) -> datetime | None:
        """Somebody becomes due when it has looked already, and who knows of that asks at once."""
        monkeypatch.setattr(subscribers, "next_due", read)
        found = await read(conn, practices)
        due = update(SubscriberRow).where(SubscriberRow.id == who.id).values(next_at=world.clock.now())
        await world.database.write(lambda writing: writing.execute(due))
        world.worker.is_told(True)
        return found

    monkeypatch.setattr(subscribers, "next_due", read_just_before)
    async with world.running():
        await world.passes(seconds=1)
    assert len(world.channel.sent) == 1
