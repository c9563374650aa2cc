"""`nabij migrate` is killed on its way, on a database with a million rows: it goes on or it was never there."""

import asyncio
import random
import shutil
import signal
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Column, Connection, MetaData, Table, inspect, make_url, select, text

from bot.store.base import Base
from bot.store.database import async_url, is_sqlite
from bot.store.migrate import NEWEST, _config, _connected, is_current
from tests import postgres
from tests.bench import people
from tests.bench.people import PRACTICE, Crowd
from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import Serving, platform

OLDEST: Final = "0001"
WHOLE: Final = 1_000_000
NUMBERED: Final = {
    "subscribers": ("id", "preferred_address_id"),
    "addresses": ("id", "subscriber_id", "external_id"),
    "enrollments": ("id", "subscriber_id"),
    "messages": ("id", "subscriber_id", "address_id", "cause"),
}
"""Tables that a person has a row in, and the columns that differ from person to person."""


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_a_migration_that_was_killed_goes_on_or_was_never_there(
    database_url: str, tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    chance = random.Random("migration")
    times = fault_times(10)
    rows = WHOLE if times == 10 else WHOLE // 50
    rolled_back = 0
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        on_postgres = not is_sqlite(async_url(database_url))
        url = _beside(database_url) if on_postgres else ""
        serving = Serving(tmp_path, stub, nursery, database_url=url, practices=[PRACTICE])
        old = database_url if on_postgres else f"{serving.database_url}.old"
        await asyncio.to_thread(_build, old, await _one_person(tmp_path), rows // len(NUMBERED))
        # The first one is not disturbed: it tells how long a kill may wait, once the nursery is warm.
        await asyncio.to_thread(_put_back, old, serving.database_url)
        before = _counts(serving)
        assert sum(before.values()) == rows
        await serving.command("--help")
        began = asyncio.get_running_loop().time()
        await serving.command("migrate")
        takes = asyncio.get_running_loop().time() - began
        for _ in range(times):
            if await is_current(serving.database_url):
                await asyncio.to_thread(_put_back, old, serving.database_url)
            run = await nursery.run(["migrate"], serving.environment, serving.folder / "command.log")
            await asyncio.sleep(chance.uniform(0, takes))
            run.send(signal.SIGKILL)
            await run.end()
            assert _revision(serving) in {OLDEST, NEWEST}
            rolled_back += not await is_current(serving.database_url)
            assert _counts(serving) == before
        await serving.command("migrate")
        assert await is_current(serving.database_url)
        assert _counts(serving) == before
        _is_whole(serving)
    seen = f"{rows:,} rows, {rolled_back} rolled back, the others done; {takes:.1f} s undisturbed"
    name = "PostgreSQL" if on_postgres else "SQLite"
    report(Figures(fault=f"migration killed, {name}", times=times, kills=times, seen=seen))
    if on_postgres:
        _drop(url)


async def _one_person(folder: Path) -> Mapping[str, Mapping[Any, Any]]:
    """A person with a lesson in the outbox, by table, as the store makes one today."""
    (folder / "one").mkdir()
    database = await people.opened(people.sqlite_in(folder / "one"))
    try:
        await people.add_people(database, Crowd(1, people.tomorrow_at_eight(datetime.now(UTC))))
        await people.queue_lessons(database, 1)
        async with database.read() as conn:
            return {name: (await conn.execute(select(Base.metadata.tables[name]))).one()._mapping for name in NUMBERED}
    finally:
        await database.close()


def _build(url: str, person: Mapping[str, Mapping[Any, Any]], count: int) -> None:
    """The database as the oldest version left it, with so many people in it."""
    from alembic import command

    with _connected(async_url(url)) as conn, conn.begin():
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, OLDEST)
        for name, row in person.items():
            _fill(conn, name, row, count)


def _fill(conn: Connection, name: str, row: Mapping[Any, Any], count: int) -> None:
    then = {column["name"] for column in inspect(conn).get_columns(name)}
    known = [column for column in Base.metadata.tables[name].columns if column.name in then]
    table = Table(name, MetaData(), *(Column(column.name, column.type) for column in known))
    conn.execute(table.insert(), {column.name: row[column.name] for column in known})
    names = ", ".join(column.name for column in known)
    values = ", ".join(_numbered(name, column.name) for column in known)
    conn.execute(
        text(
            "WITH RECURSIVE numbers(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM numbers WHERE number < :last)"
            f" INSERT INTO {name} ({names}) SELECT {values} FROM {name} JOIN numbers ON true WHERE id = 1"
        ),
        {"last": count},
    )


def _numbered(table: str, column: str) -> str:
    if column not in NUMBERED[table]:
        return column
    return "CAST(number AS TEXT)" if column in {"external_id", "cause"} else "number"


def _put_back(old: str, now: str) -> None:
    """The database is the old one again."""
    if is_sqlite(async_url(now)):
        file = Path(str(async_url(now).database))
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(str(async_url(old).database), file)
        return
    _drop(now)
    with _maintenance(old) as conn:
        create = SQL("CREATE DATABASE {} TEMPLATE {}")
        conn.execute(create.format(Identifier(_name(now)), Identifier(_name(old))))


def _beside(url: str) -> str:
    address = make_url(url)
    return address.set(database=f"{address.database}_now").render_as_string(hide_password=False)


def _drop(url: str) -> None:
    with _maintenance(url) as conn:
        conn.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(_name(url))))


def _maintenance(url: str) -> psycopg.Connection[Any]:
    host = str(make_url(url).query["host"])
    return psycopg.connect(host=host, user=postgres.SUPERUSER, dbname="postgres", autocommit=True)


def _name(url: str) -> str:
    return str(make_url(url).database)


def _revision(serving: Serving) -> str:
    with serving.records.connected() as conn:
        return str(conn.scalar(text("SELECT version_num FROM alembic_version")))


def _counts(serving: Serving) -> dict[str, int]:
    with serving.records.connected() as conn:
        return {name: conn.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in NUMBERED}


def _is_whole(serving: Serving) -> None:
    if is_sqlite(async_url(serving.database_url)):
        with serving.records.connected() as conn:
            assert conn.scalar(text("PRAGMA integrity_check")) == "ok"
            assert conn.execute(text("PRAGMA foreign_key_check")).first() is None
