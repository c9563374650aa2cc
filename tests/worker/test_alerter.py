"""Telling practices of alarms while the worker ends."""

import asyncio

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import RealClock
from bot.core.decision import AlertRoute
from bot.core.delivery import Accepted, Outcome
from bot.store import subscribers
from bot.store.alerts import ALERTS
from bot.store.database import Database
from bot.store.tables import AlertRow
from bot.worker import Worker
from bot.worker.alerter import Word
from tests.fakes import PRACTICE, FakeChannel, address, database_at, library, nothing_due
from tests.world import nobody_listens


async def alarm(database: Database) -> None:
    now = RealClock().now()

    async def raised(conn: AsyncConnection) -> None:
        who = await subscribers.find_or_create(conn, PRACTICE, address(), zone="Europe/Amsterdam", now=now)
        await conn.execute(
            insert(AlertRow).values(
                practice=PRACTICE,
                subscriber_id=who.id,
                at=now,
                cause="in:test:1",
                what="alarm",
                route="mail",
                tier="A",
                third_party=False,
                state="ready",
                due_at=now,
                attempt=0,
                resends=0,
                reason="",
            )
        )

    await database.write(raised)


async def test_a_word_to_a_practice_that_is_on_its_way_may_arrive_before_the_worker_ends(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.crew._ENDS_WITHIN", 0.01)
    told: list[Word] = []

    async def slowly(word: Word) -> Outcome:
        told.append(word)
        begun.set()
        await asyncio.sleep(0.1)
        return Accepted()

    begun = asyncio.Event()
    async with database_at(database_url) as database:
        worker = Worker(
            database,
            library,
            RealClock(),
            [FakeChannel()],
            nobody_listens,
            plan=nothing_due,
            alert_ways={(PRACTICE, AlertRoute.MAIL): slowly},
        )
        worker.start()
        await alarm(database)
        worker.wake({ALERTS}, None)
        async with asyncio.timeout(10):
            await begun.wait()
            await worker.stop()
        async with database.read() as conn:
            assert list(await conn.scalars(select(AlertRow.state))) == ["accepted"]
    assert len(told) == 1
