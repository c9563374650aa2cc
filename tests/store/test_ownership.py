"""Who owns an account, and for how long: asked of the rows themselves."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import accounts, workers
from bot.store.database import Database
from bot.store.tables import WorkerRow
from tests.fakes import database_at

pytestmark = pytest.mark.postgres

ONE, OTHER = "linde:telegram", "eik:telegram"
LEASE = timedelta(seconds=14)


@pytest.fixture
async def database(postgres_database_url: str) -> AsyncIterator[Database]:
    async with database_at(postgres_database_url) as opened:
        yield opened


async def take(database: Database, owner: str, *living: str) -> dict[str, int]:
    return await database.write(lambda conn: accounts.take(conn, [ONE, OTHER], owner, living))


async def test_nothing_is_taken_from_who_lives_and_everything_from_who_does_not(database: Database) -> None:
    await database.write(lambda conn: accounts.register(conn, [ONE]))
    assert await take(database, "anna", "anna") == {ONE: 1}
    await database.write(lambda conn: accounts.register(conn, [ONE, OTHER]))
    assert await take(database, "bert", "anna", "bert") == {OTHER: 1}
    assert await take(database, "bert", "anna", "bert") == {}
    assert await take(database, "anna", "anna") == {OTHER: 2}


async def test_only_its_owner_gives_an_account_back(database: Database) -> None:
    await database.write(lambda conn: accounts.register(conn, [ONE]))
    await take(database, "anna", "anna")
    await database.write(lambda conn: accounts.release(conn, [ONE], "bert"))
    assert await take(database, "bert", "anna", "bert") == {}
    await database.write(lambda conn: accounts.release(conn, [ONE], "anna"))
    assert await take(database, "bert", "anna", "bert") == {ONE: 2}


async def test_a_new_epoch_is_only_its_owners(database: Database) -> None:
    await database.write(lambda conn: accounts.register(conn, [ONE]))
    await take(database, "anna", "anna")
    assert await database.write(lambda conn: accounts.next_epoch(conn, "linde", ONE, "bert")) is None
    assert await database.write(lambda conn: accounts.next_epoch(conn, "linde", ONE, "anna")) == 2


@pytest.mark.parametrize("until", ["now() - interval '1 ms'", "now() + interval '1 hour'"], ids=["over", "set back"])
async def test_a_lease_that_is_over_or_of_before_the_clock_was_set_back_is_not_renewed(
    database: Database, until: str
) -> None:
    async def renewed(conn: AsyncConnection) -> bool:
        return await workers.renew(conn, "anna", LEASE)

    await database.write(lambda conn: workers.join(conn, "anna", LEASE))
    assert await database.write(renewed)
    await database.write(lambda conn: conn.execute(update(WorkerRow).values(lease_until=text(until))))
    async with database.read() as conn:
        before = await conn.scalar(select(WorkerRow.lease_until))
    assert not await database.write(renewed)
    async with database.read() as conn:
        assert await conn.scalar(select(WorkerRow.lease_until)) == before
