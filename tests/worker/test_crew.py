"""Starting after a death, stopping in order, and a database that goes away."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import NotSent
from bot.core.messages import Lane
from bot.store import accounts, outbox
from bot.store.errors import DatabaseUnavailable
from tests.fakes import (
    PRACTICE,
    TELEGRAM,
    FakeChannel,
)
from tests.world import NOW, MakeWorld


async def test_what_a_dead_process_left_behind_is_unknown_and_sent_once_more(make_world: MakeWorld) -> None:
    world = make_world()
    await world.decided("antwoord")

    async def claimed_by_a_process_that_died(conn: AsyncConnection) -> None:
        epoch = await accounts.own(conn, PRACTICE, TELEGRAM, "dead", NOW)
        [message] = await outbox.claim(conn, TELEGRAM, Lane.REPLY, NOW, epoch, 10)
        assert message.text == "antwoord"

    await world.database.write(claimed_by_a_process_that_died)
    async with world.running():
        await world.passes(minutes=1)
    [row] = await world.rows()
    assert (row.state, row.attempt, row.duplicate_possible) == ("accepted", 2, True)


async def test_stopping_lets_what_is_in_flight_finish_and_begins_nothing(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        world.channel.gate.clear()
        await world.decided("onderweg", "daarna")
        await world.channel.until(lambda: world.channel.in_flight == 1)
        stopping = asyncio.create_task(world.worker.stop())
        await asyncio.sleep(0)
        world.channel.gate.set()
        await stopping
    assert {row.text: row.state for row in await world.rows()} == {"onderweg": "accepted", "daarna": "ready"}
    assert world.channel.stopped


async def test_a_send_that_never_ends_is_cut_off_and_found_as_unknown(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.hands.FINISH_WITHIN", 0.01)
    world = make_world()
    async with world.running():
        world.channel.gate.clear()
        await world.decided("onderweg")
        await world.channel.until(lambda: world.channel.in_flight == 1)
    assert world.channel.cut_off == 1
    world.channel.gate.set()
    world.worker = world.another_worker()
    async with world.running():
        await world.passes(minutes=1)
    [row] = await world.rows()
    assert (row.state, row.duplicate_possible) == ("accepted", True)


async def test_an_outcome_is_written_even_when_the_database_was_away_for_a_moment(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    record = outbox.record_outcomes
    failures = [DatabaseUnavailable("disk full"), DatabaseUnavailable("disk full")]

    async def at_the_third_try(conn: AsyncConnection, outcomes: Sequence[object], now: datetime) -> int:
        if failures:
            raise failures.pop()
        return await record(conn, outcomes, now)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "record_outcomes", at_the_third_try)
    async with world.running():
        await world.decided("antwoord")
        await world.passes(seconds=1)
    assert await world.states() == {"accepted": 1}
    assert len(world.channel.sent) == 1


async def test_a_claim_that_may_or_may_not_have_been_committed_is_settled_by_a_new_epoch(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    write = world.database.write
    lost = [True]

    async def loses_an_answer(work: Callable[[AsyncConnection], object], *, urgent: bool = False) -> object:
        result: object = await write(work, urgent=urgent)  # type: ignore[arg-type]
        if lost and isinstance(result, list) and any(getattr(claimed, "messages", None) for claimed in result):
            lost.clear()
            raise DatabaseUnavailable("the connection broke at the commit")
        return result

    async with world.running():
        await world.passes(seconds=1)
        monkeypatch.setattr(world.database, "write", loses_an_answer)
        await world.decided("antwoord")
        await world.passes(minutes=1)
    [row] = await world.rows()
    assert (row.state, row.attempt) == ("accepted", 2)
    assert len(world.channel.sent) == 1


async def test_expired_messages_end_visibly_without_being_sent(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(refused="weg"))
    async with world.running():
        await world.decided("les", lane=Lane.LESSON, unasked=True, expires=NOW + timedelta(hours=1))
        await world.passes(hours=2)
        await world.worker._keep_house()
    assert await world.states() == {"expired": 1}


async def test_a_stop_in_the_middle_of_the_start_begins_nothing(
    make_sqlite_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_sqlite_world()
    await world.decided("wacht op de volgende start")
    own, begun, goes_on = accounts.own, asyncio.Event(), asyncio.Event()

    async def slowly(*given: Any) -> int:
        begun.set()
        await goes_on.wait()
        return await own(*given)

    monkeypatch.setattr(accounts, "own", slowly)
    world.worker.start()
    async with asyncio.timeout(10):
        await begun.wait()
        stopping = asyncio.create_task(world.worker.stop())
        await asyncio.sleep(0)
        goes_on.set()
        await stopping
        await asyncio.sleep(0.05)
    assert not world.worker.has_in_hand(TELEGRAM)
    assert world.channel.sent == []
    assert await world.states() == {"ready": 1}


async def test_housekeeping_that_hangs_keeps_no_worker_from_stopping(
    make_sqlite_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.crew._TIDIES_UP_WITHIN", 0.05)
    world = make_sqlite_world()
    hanging = asyncio.Event()

    async def for_ever(*_: object) -> None:
        hanging.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(world.worker, "_expire", for_ever)
    async with asyncio.timeout(10):
        async with world.running():
            tidying = asyncio.create_task(world.worker._keep_house())
            await hanging.wait()
    tidying.cancel()
    await asyncio.gather(tidying, return_exceptions=True)
    assert world.channel.stopped


async def test_a_wait_that_the_platform_asked_for_outlives_the_process(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(rate=25))
    async with world.running():
        world.channel.answers = [NotSent("429", 30.0, whole_account=True)]
        await world.decided("eerste", to="1")
        await world.passes(seconds=0.1)
    world.worker = world.another_worker()
    async with world.running():
        await world.decided("antwoord", to="2")
        await world.passes(seconds=29)
        assert len(world.channel.sent) == 1
        await world.passes(seconds=3)
    assert await world.states() == {"accepted": 2}
    assert all(at >= NOW + timedelta(seconds=30) for at in world.channel.sent_at[1:])
