"""Housekeeping of what is kept: at once after a start, once a night by the bot's clock, with counts in the log only."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.clock import SteppingClock
from bot.core.decision import Decision, Erasure
from bot.core.messages import Outgoing
from bot.store import decisions, inbound, subscribers
from bot.store.database import Database
from bot.store.tables import ErasureRow, InboundRow, SubscriberRow
from bot.worker.keeper import CLEANING, Keeper
from tests.fakes import PRACTICE, address, database_at, library
from tests.fakes import inbound as said
from tests.world import MakeWorld

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def keeper(database: Database, now: datetime) -> Keeper:
    return Keeper(database, library, SteppingClock(now, 0.000_001))


async def speaks(database: Database, text: str = "zeldzaamwoord") -> None:
    async def work(conn: AsyncConnection) -> None:
        person = await subscribers.find_or_create(conn, PRACTICE, address(), zone="Europe/Amsterdam", now=NOW)
        await inbound.admit(conn, PRACTICE, person, said(text, id="1"), NOW)

    await database.write(work)


async def texts(database: Database) -> int:
    async with database.read() as conn:
        return len(list(await conn.scalars(select(InboundRow.id).where(InboundRow.text.is_not(None)))))


async def test_at_night_what_was_kept_long_enough_goes_and_the_log_has_counts_only(database_url: str) -> None:
    async with database_at(database_url) as database:
        await speaks(database)
        with capture_logs() as log:
            await keeper(database, NOW + timedelta(days=8)).keep_to_the_days()
        assert await texts(database) == 0
        [line] = [entry for entry in log if entry["event"] == "kept_long_enough"]
        assert line["inbound"] == 1 and "zeldzaamwoord" not in str(log)
        assert all(isinstance(value, int) for name, value in line.items() if name not in {"event", "log_level"})


async def test_the_people_of_a_practice_whose_content_is_gone_are_not_kept_for_ever(database_url: str) -> None:
    async with database_at(database_url) as database:
        await speaks(database)
        night = SteppingClock(NOW + timedelta(days=8), 0.000_001)
        await Keeper(database, lambda: library("hersenz"), night).keep_to_the_days()
        assert await texts(database) == 0


async def test_it_runs_once_a_night_by_whichever_worker_comes_first(database_url: str) -> None:
    async with database_at(database_url) as database:
        night = NOW.replace(hour=2) + timedelta(days=8)
        await keeper(database, night - timedelta(minutes=1)).keep_to_the_days()
        await keeper(database, night).keep_to_the_days()
        await speaks(database)
        await keeper(database, night + timedelta(hours=9)).keep_to_the_days()
        assert await texts(database) == 1
        await keeper(database, night + timedelta(days=1)).keep_to_the_days()
        assert await texts(database) == 0


@pytest.mark.postgres
async def test_of_several_workers_one_cleans_and_whoever_dies_leaves_it_to_another(postgres_url: str) -> None:
    async with database_at(postgres_url) as database:
        await speaks(database)
        one, another = (keeper(database, NOW + timedelta(days=8)) for _ in range(2))
        async with database.alone_at(CLEANING) as is_ours:
            assert is_ours
            await one.keep_to_the_days()
        assert await texts(database) == 1
        await another.keep_to_the_days()
        assert await texts(database) == 0


async def test_a_database_that_is_away_is_only_logged_and_the_night_is_made_up_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database_at(database_url) as database:
        await speaks(database)
        one = keeper(database, NOW + timedelta(days=8))

        async def away(*_: object, **__: object) -> None:
            raise OSError("zeldzaamwoord")

        with monkeypatch.context() as meanwhile, capture_logs() as log:
            meanwhile.setattr(database, "write", away)
            await one.keep_to_the_days()
        assert [entry["event"] for entry in log] == ["cleaning_failed"] and "zeldzaamwoord" not in str(log)
        await one.keep_to_the_days()
        assert await texts(database) == 0


async def test_an_erasure_that_a_crash_interrupted_is_finished_after_the_start(make_world: MakeWorld) -> None:
    world = make_world()

    async def asks(conn: AsyncConnection) -> None:
        now = world.clock.now()
        person = await subscribers.find_or_create(conn, PRACTICE, address(), zone="Europe/Amsterdam", now=now)
        decision = Decision(subscriber=person, messages=(Outgoing(text="Gewist."),), erase=Erasure(proof_years=5))
        await decisions.record(conn, PRACTICE, decision, "in:test:1", now, "v1")

    await world.database.write(asks)
    over = update(ErasureRow).values(due_at=datetime.now(UTC) - timedelta(seconds=1))
    await world.database.write(lambda conn: conn.execute(over))

    async def gone() -> bool:
        async with world.database.read() as conn:
            return await conn.scalar(select(SubscriberRow.id)) is None

    async with world.running():
        for _ in range(1_000):
            if await gone():
                return
            await asyncio.sleep(0.02)
    raise AssertionError("nothing was finished")
