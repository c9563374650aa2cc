"""SQLite's writer runs its statements where they are called; what waits does so in a thread."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.store.inline import LONG, InlineConnection
from bot.store.tables import MetaRow

HERE = threading.current_thread


async def adds(conn: AsyncConnection, key: str = "a") -> str:
    await conn.execute(insert(MetaRow).values(key=key, value=""))
    return key


async def stored(database: Database) -> set[str]:
    async with database.read() as conn:
        return set((await conn.scalars(select(MetaRow.key))).all()) - {"key_proof"}


async def where(conn: AsyncConnection, **options: Any) -> threading.Thread:
    """The thread in which a statement runs."""
    ran: list[threading.Thread] = []
    raw = await conn.get_raw_connection()
    connection: Any = raw.driver_connection
    connection.create_function("note", 0, lambda: ran.append(HERE()))
    await conn.execute(text("SELECT note()"), **options)
    return ran[0]


async def test_a_statement_runs_here_and_a_long_one_in_a_thread(sqlite: Database) -> None:
    assert await sqlite.write(where) is HERE()
    assert await sqlite.write(lambda conn: where(conn, execution_options=LONG)) is not HERE()


async def test_a_commit_waits_for_the_disk_in_a_thread(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, ran = InlineConnection.commit, []

    def noted(self: InlineConnection) -> None:
        ran.append(HERE())
        commit(self)

    monkeypatch.setattr(InlineConnection, "commit", noted)
    await sqlite.write(adds)
    assert len(ran) == 1
    assert ran[0] is not HERE()
    assert await stored(sqlite) == {"a"}


async def test_a_commit_that_the_disk_refuses_is_an_outage_and_the_next_one_works(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: InlineConnection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as refusing:
        refusing.setattr(InlineConnection, "commit", refuse)
        results = await asyncio.gather(
            sqlite.write(adds), sqlite.write(lambda conn: adds(conn, "b")), return_exceptions=True
        )
    assert [type(result) for result in results] == [DatabaseUnavailable, DatabaseUnavailable]
    assert await stored(sqlite) == set()
    assert await sqlite.write(adds) == "a"


async def test_a_long_statement_that_fails_is_told_as_any_other(sqlite: Database) -> None:
    async def twice(conn: AsyncConnection) -> None:
        await adds(conn)
        await conn.execute(insert(MetaRow).values(key="a", value=""), execution_options=LONG)

    with pytest.raises(IntegrityError):
        await sqlite.write(twice)
    assert await sqlite.write(adds) == "a"


async def test_whoever_is_cancelled_during_a_commit_waits_until_the_disk_has_answered(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, began, goes_on = InlineConnection.commit, threading.Event(), threading.Event()

    def slow(self: InlineConnection) -> None:
        began.set()
        assert goes_on.wait(20)
        commit(self)

    assert sqlite._writer is not None
    await sqlite._writer._drop_connection()
    async with sqlite._writers.connect() as conn:
        transaction = await conn.begin()
        await adds(conn)
        with monkeypatch.context() as slowly:
            slowly.setattr(InlineConnection, "commit", slow)
            committing = asyncio.create_task(transaction.commit())
            await asyncio.to_thread(began.wait, 20)
            committing.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not committing.done()
            goes_on.set()
            with pytest.raises(asyncio.CancelledError):
                await committing
    assert await stored(sqlite) == {"a"}
    assert await sqlite.write(lambda conn: adds(conn, "b")) == "b"


@contextmanager
def another_process(database: Database) -> Iterator[sqlite3.Connection]:
    """One that holds the lock for writing."""
    path = database._writers.url.database
    assert path is not None
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield holder
    finally:
        holder.close()


async def test_waiting_for_another_process_holds_up_nobody_here(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, loop, waits = InlineConnection._begin_patiently, asyncio.get_running_loop(), asyncio.Event()

    def noted(self: InlineConnection) -> None:
        loop.call_soon_threadsafe(waits.set)
        begin(self)

    monkeypatch.setattr(InlineConnection, "_begin_patiently", noted)
    with another_process(sqlite) as holder:
        writing = asyncio.create_task(sqlite.write(adds))
        async with asyncio.timeout(20):
            await waits.wait()
        assert not writing.done()
        holder.execute("ROLLBACK")
    assert await writing == "a"


async def test_rows_are_read_at_once_whatever_is_written_while_one_goes_through_them(sqlite: Database) -> None:
    async def work(conn: AsyncConnection) -> list[str]:
        for key in ("a", "b", "c"):
            await adds(conn, key)
        rows = await conn.execute(select(MetaRow.key).where(MetaRow.key != "key_proof").order_by(MetaRow.key))
        first = rows.fetchone()
        await conn.execute(text("DELETE FROM meta WHERE key != 'key_proof'"))
        second = rows.fetchmany(1)
        return [row.key for row in (first, *second, *rows.fetchall()) if row is not None]

    assert await sqlite.write(work) == ["a", "b", "c"]
    assert await stored(sqlite) == set()


async def test_a_savepoint_of_a_unit_takes_back_only_itself(sqlite: Database) -> None:
    async def work(conn: AsyncConnection) -> int:
        await adds(conn, "kept")
        savepoint = await conn.begin_nested()
        await adds(conn, "taken back")
        await savepoint.rollback()
        async with conn.begin_nested():
            await adds(conn, "kept too")
        return await conn.scalar(select(func.count()).select_from(MetaRow)) or 0

    assert await sqlite.write(work) == 3
    assert await stored(sqlite) == {"kept", "kept too"}


async def test_the_connection_is_told_apart_from_the_readers(sqlite: Database) -> None:
    seen: list[str] = []
    event.listen(sqlite._writers.sync_engine, "begin", lambda conn: seen.append(conn.dialect.driver))
    await sqlite.write(adds)
    async with sqlite.read() as conn:
        seen.append(conn.dialect.driver)
    assert seen == ["inline", "aiosqlite"]
