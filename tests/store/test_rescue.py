"""What rescues, claims and expires finds its rows behind more than one batch of rows that are none of its business
(River's rescuer starved there once, its issue 1258)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import Lane
from bot.store import outbox
from bot.store.database import Database
from bot.store.tables import MessageRow
from tests.store.builders import LATER, NOW, TELEGRAM, claim, nudge, record, reply, sends, somebody, states

BATCHES = 1_200
"""More rows than any batch of the store holds."""
CLAIM = 10


async def many(database: Database, count: int, **values: Any) -> None:
    """Copies the first message so many times, as it is but for `values`; later ones have the higher ids."""

    async def copy(conn: AsyncConnection) -> None:
        columns = [column for column in MessageRow.__table__.columns if column.name != "id"]
        first = (await conn.execute(select(*columns).order_by(MessageRow.id).limit(1))).one()._mapping
        known = len((await conn.scalars(select(MessageRow.id))).all())
        rows = [{**first, "cause": f"in:copy:{known + number}", **values} for number in range(count)]
        await conn.execute(insert(MessageRow), rows)

    await database.write(copy)


async def test_what_an_older_owner_left_is_found_behind_all_that_the_present_one_sends(database: Database) -> None:
    await record(database, sends(await somebody(database), reply()), "in:1")
    await many(database, BATCHES, state="sending", attempt=1, epoch=2)
    await many(database, BATCHES, state="sending", attempt=1, epoch=1)
    found = await database.write(lambda conn: outbox.recover(conn, TELEGRAM, 2, LATER))
    assert found == BATCHES
    assert await states(database) == ["ready", *["sending"] * BATCHES, *["ready"] * BATCHES]


async def test_what_is_over_is_found_behind_all_that_is_being_sent(database: Database) -> None:
    over = {"expires_at": NOW + timedelta(minutes=1)}
    await record(database, sends(await somebody(database), reply()), "in:1")
    await many(database, BATCHES, state="sending", attempt=1, epoch=1, **over)
    await many(database, BATCHES, **over)
    found = [await database.write(lambda conn: outbox.expire(conn, LATER, 1_000)) for _ in range(3)]
    assert found == [1_000, BATCHES - 1_000, 0]
    assert await states(database) == ["ready", *["sending"] * BATCHES, *["expired"] * BATCHES]


async def test_a_claim_reaches_behind_chats_that_are_busy_and_people_who_stopped(database: Database) -> None:
    for number in range(3 * CLAIM):
        await record(database, sends(await somebody(database, number + 1), nudge()), f"visit:{number}")
    async with database.read() as conn:
        busy = list(await conn.scalars(select(MessageRow.address_id)))
    for number in range(3 * CLAIM, 6 * CLAIM):
        stopped = await somebody(database, number + 1)
        await record(database, sends(stopped, nudge()), f"visit:{number}")
        await somebody(database, number + 1, stopped_at=NOW)
    last = await somebody(database, 6 * CLAIM + 1)
    [its] = await record(database, sends(last, nudge()), "visit:last")
    found = await claim(database, Lane.LESSON, limit=CLAIM, busy=busy)
    assert [message.id for message in found] == [its]
