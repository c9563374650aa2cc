"""SQLite's one writer: groups, savepoints, order, and what happens when the disk fails."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import database as database_module
from bot.store import writer
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.store.tables import MetaRow

Work = Callable[[AsyncConnection], Awaitable[str]]


@pytest.fixture(autouse=True)
def _a_machine_without_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not end a group early; a test that is about these times sets them itself."""
    monkeypatch.setattr(writer, "GROUP_SECONDS", 60.0)
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 60.0)


def adds(key: str, order: list[str] | None = None) -> Work:
    async def work(conn: AsyncConnection) -> str:
        await conn.execute(insert(MetaRow).values(key=key, value=""))
        if order is not None:
            order.append(key)
        return key

    return work


def raises_after(key: str, error: Exception) -> Work:
    async def work(conn: AsyncConnection) -> str:
        await adds(key)(conn)
        raise error

    return work


@pytest.fixture
def commits(sqlite: Database) -> list[str]:
    """One entry for every commit of the writer from here on."""
    counted: list[str] = []
    event.listen(sqlite._writers.sync_engine, "commit", lambda _conn: counted.append("commit"))
    return counted


async def stored(database: Database) -> set[str]:
    async with database.read() as conn:
        return set((await conn.scalars(select(MetaRow.key))).all()) - {"key_proof"}


async def test_what_waits_together_is_committed_together(sqlite: Database, commits: list[str]) -> None:
    results = await asyncio.gather(*(sqlite.write(adds(str(number))) for number in range(5)))
    assert results == ["0", "1", "2", "3", "4"]
    assert len(commits) == 1
    assert await stored(sqlite) == set(results)


async def test_whoever_comes_alone_is_committed_at_once(sqlite: Database, commits: list[str]) -> None:
    await sqlite.write(adds("a"))
    await sqlite.write(adds("b"))
    assert len(commits) == 2


async def test_a_group_ends_after_its_time(
    sqlite: Database, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GROUP_SECONDS", 0.0)
    await asyncio.gather(*(sqlite.write(adds(str(number))) for number in range(3)))
    assert len(commits) == 3


async def test_a_failing_unit_undoes_only_itself(sqlite: Database) -> None:
    mistake = ValueError("mine")
    results = await asyncio.gather(
        sqlite.write(adds("a")),
        sqlite.write(raises_after("b", mistake)),
        sqlite.write(adds("a")),
        sqlite.write(adds("c")),
        return_exceptions=True,
    )
    assert results[0] == "a"
    assert results[1] is mistake
    assert isinstance(results[2], IntegrityError)
    assert results[3] == "c"
    assert await stored(sqlite) == {"a", "c"}


async def test_a_first_unit_that_fails_undoes_only_itself_too(sqlite: Database) -> None:
    mistake = ValueError("mine")
    results = await asyncio.gather(
        sqlite.write(raises_after("a", mistake)),
        sqlite.write(adds("b")),
        sqlite.write(adds("c")),
        return_exceptions=True,
    )
    assert results[0] is mistake
    assert {results[1], results[2]} == {"b", "c"}
    assert await stored(sqlite) == {"b", "c"}


async def test_urgent_work_goes_first_and_the_rest_in_order(sqlite: Database) -> None:
    order: list[str] = []
    await asyncio.gather(
        sqlite.write(adds("1", order)),
        sqlite.write(adds("2", order)),
        sqlite.write(adds("crisis", order), urgent=True),
        sqlite.write(adds("reply", order), urgent=True),
    )
    assert order == ["crisis", "reply", "1", "2"]


async def test_a_flood_of_urgent_work_does_not_starve_the_rest(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", -1.0)
    order: list[str] = []
    await asyncio.gather(
        sqlite.write(adds("urgent", order), urgent=True),
        sqlite.write(adds("waited long", order)),
    )
    assert order == ["waited long", "urgent"]


async def test_a_result_is_given_only_after_the_commit(sqlite: Database) -> None:
    committed = False

    def note(_conn: object) -> None:
        nonlocal committed
        assert not waiting.done()
        committed = True

    event.listen(sqlite._writers.sync_engine, "commit", note)
    waiting = asyncio.create_task(sqlite.write(adds("a")))
    await waiting
    assert committed


async def test_a_caller_that_gives_up_before_its_turn_writes_nothing_and_harms_nobody(sqlite: Database) -> None:
    first = asyncio.create_task(sqlite.write(adds("a")))
    gone = asyncio.create_task(sqlite.write(adds("b")))
    last = asyncio.create_task(sqlite.write(adds("c")))
    await asyncio.sleep(0)
    gone.cancel()
    assert [await first, await last] == ["a", "c"]
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await stored(sqlite) == {"a", "c"}


async def test_a_caller_that_gives_up_during_its_turn_does_not_break_the_group(sqlite: Database) -> None:
    async def work(conn: AsyncConnection) -> str:
        gone.cancel()
        return await adds("b")(conn)

    first = asyncio.create_task(sqlite.write(adds("a")))
    gone = asyncio.create_task(sqlite.write(work))
    last = asyncio.create_task(sqlite.write(adds("c")))
    assert [await first, await last] == ["a", "c"]
    assert gone.cancelled()
    assert await stored(sqlite) == {"a", "b", "c"}


async def test_work_that_is_cancelled_from_within_undoes_only_itself(sqlite: Database) -> None:
    async def work(conn: AsyncConnection) -> str:
        await adds("b")(conn)
        raise asyncio.CancelledError

    results = await asyncio.gather(sqlite.write(adds("a")), sqlite.write(work), return_exceptions=True)
    assert results[0] == "a"
    assert isinstance(results[1], asyncio.CancelledError)
    assert await sqlite.write(adds("c")) == "c"
    assert await stored(sqlite) == {"a", "c"}


async def test_a_write_within_a_write_is_refused_instead_of_waiting_for_ever(sqlite: Database) -> None:
    async def work(_conn: AsyncConnection) -> str:
        return await sqlite.write(adds("inner"))

    with pytest.raises(RuntimeError):
        await sqlite.write(work)


async def test_a_failed_commit_fails_every_unit_and_the_next_group_succeeds(sqlite: Database) -> None:
    failures = ["disk I/O error"]

    def fail(_conn: object) -> None:
        if failures:
            raise OSError(failures.pop())

    event.listen(sqlite._writers.sync_engine, "commit", fail)
    results = await asyncio.gather(sqlite.write(adds("a")), sqlite.write(adds("b")), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable, DatabaseUnavailable]
    assert await stored(sqlite) == set()
    assert await sqlite.write(adds("a")) == "a"


@pytest.mark.parametrize("refusal", ["max_page_count=1", "query_only=ON"], ids=["full disk", "read-only"])
async def test_a_disk_that_refuses_is_told_to_the_caller_and_works_again_by_itself(
    sqlite: Database, refusal: str
) -> None:
    refusing = True

    def refuse(connection: Any, _record: object) -> None:
        if refusing:
            connection.cursor().execute(f"PRAGMA {refusal}")

    async def grow(conn: AsyncConnection) -> None:
        await conn.execute(insert(MetaRow), [{"key": f"{number}", "value": "x" * 4096} for number in range(50)])

    event.listen(sqlite._writers.sync_engine, "connect", refuse)
    assert sqlite._writer is not None
    await sqlite._writer._drop_connection()
    for _ in range(3):
        results = await asyncio.gather(sqlite.write(grow), sqlite.write(grow), return_exceptions=True)
        assert [type(result) for result in results] == [DatabaseUnavailable, DatabaseUnavailable]
    refusing = False
    await sqlite.write(grow)
    assert len(await stored(sqlite)) == 50


async def test_when_the_database_rolls_back_by_itself_the_whole_group_is_told(sqlite: Database) -> None:
    async def lose(conn: AsyncConnection) -> str:
        await conn.exec_driver_sql("ROLLBACK")
        raise ValueError("and the work failed")

    results = await asyncio.gather(sqlite.write(adds("a")), sqlite.write(lose), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable, ValueError]
    assert await sqlite.write(adds("a")) == "a"


async def test_a_database_that_another_process_holds_is_an_outage_for_all_who_wait(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_BUSY_MILLISECONDS", 1)
    assert sqlite._writer is not None
    await sqlite._writer._drop_connection()
    path = sqlite._writers.url.database
    assert path is not None
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(sqlite.write(adds("a")), sqlite.write(adds("b")), return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable, DatabaseUnavailable]
    holder.execute("ROLLBACK")
    holder.close()
    assert await sqlite.write(adds("a")) == "a"


async def test_closing_commits_what_waits_and_refuses_the_rest(sqlite: Database) -> None:
    waiting = [asyncio.create_task(sqlite.write(adds(str(number)))) for number in range(3)]
    await asyncio.sleep(0)
    await sqlite.close()
    assert await asyncio.gather(*waiting) == ["0", "1", "2"]
    with pytest.raises(DatabaseUnavailable):
        await sqlite.write(adds("late"))


async def test_the_file_is_written_durably_and_erased_securely(sqlite: Database) -> None:
    async def pragmas(conn: AsyncConnection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return [(await conn.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in names]

    assert await sqlite.write(pragmas) == ["wal", 2, 1, 1]


async def test_readers_see_one_snapshot_and_cannot_write(sqlite: Database) -> None:
    async with sqlite.read() as conn:
        before = await conn.scalar(select(func.count()).select_from(MetaRow))
        await sqlite.write(adds("meanwhile"))
        assert await conn.scalar(select(func.count()).select_from(MetaRow)) == before
    with pytest.raises(DatabaseUnavailable):
        async with sqlite.read() as conn:
            await adds("b")(conn)
