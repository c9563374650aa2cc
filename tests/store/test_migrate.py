"""From an empty database to this version's tables, and from an older one without losing anybody."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import migrate as migrations
from bot.store.base import Base
from bot.store.crypt import Keys
from bot.store.database import open_database
from bot.store.errors import UnknownDatabase
from bot.store.migrate import COPY_SUFFIX, NEWEST, SCRIPTS, BrokenKeys, has_rows, is_current, migrate
from tests.store.builders import load, record, reply, sends, somebody


async def test_an_empty_database_gets_its_tables_once(database_url: str) -> None:
    assert not await is_current(database_url)
    await migrate(database_url)
    assert await is_current(database_url)
    await migrate(database_url)
    assert await is_current(database_url)


async def test_looking_makes_no_file(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'none.sqlite3'}"
    assert not await is_current(url)
    assert not await has_rows(url)
    assert list(tmp_path.iterdir()) == []


async def test_the_migrated_tables_are_those_of_the_models(database_url: str) -> None:
    await migrate(database_url)
    engine = create_async_engine(database_url)
    async with engine.connect() as conn:
        differences = await conn.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), Base.metadata)
        )
        indexes = await conn.run_sync(_partial_indexes)
    await engine.dispose()
    assert differences == []
    assert indexes == {
        index.name for table in Base.metadata.sorted_tables for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }  # fmt: skip


def _partial_indexes(conn: sa.Connection) -> set[str | None]:
    inspector = sa.inspect(conn)
    return {
        index["name"]
        for table in inspector.get_table_names()
        for index in inspector.get_indexes(table)
        if f"{conn.dialect.name}_where" in index.get("dialect_options", {})
    }


async def test_whether_anybody_is_stored_is_known_without_a_key(database_url: str, keys: Keys) -> None:
    await migrate(database_url)
    assert not await has_rows(database_url)
    database = await open_database(database_url, keys)
    await somebody(database)
    await database.close()
    assert await has_rows(database_url)


async def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(UnknownDatabase):
        await migrate("mysql://localhost/nabij")


def _rebuilt(_config: object, _revision: str) -> None:
    """Stands for a revision that rebuilds a table which others point to, as alembic does on SQLite."""
    with op.batch_alter_table("subscribers", recreate="always") as table:
        table.add_column(sa.Column("more", sa.Text(), nullable=True))


async def people_in(url: str, keys: Keys) -> Path:
    await migrate(url)
    database = await open_database(url, keys)
    anna = await somebody(database)
    await record(database, sends(anna, reply()), "in:1")
    await database.close()
    return Path(str(make_url(url).database))


def count(path: Path, table: str) -> int:
    conn = sqlite3.connect(path)
    try:
        return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        conn.close()


async def test_rebuilding_a_table_on_sqlite_keeps_its_children_and_makes_a_copy_first(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'nabij.sqlite3'}"
    path = await people_in(url, keys)
    monkeypatch.setattr(migrations, "NEWEST", "next")
    monkeypatch.setattr(command, "upgrade", _run(_rebuilt))
    await migrate(url)
    assert count(path, "subscribers") == count(path, "addresses") == count(path, "messages") == 1
    copy = Path(f"{path}{COPY_SUFFIX}")
    assert count(copy, "messages") == 1
    assert copy.stat().st_mode & 0o777 == 0o600
    monkeypatch.undo()
    database = await open_database(url, keys)
    assert (await load(database, await somebody(database))).practice == "linde"
    await database.close()


async def test_a_migration_that_leaves_rows_pointing_nowhere_is_taken_back(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'nabij.sqlite3'}"
    path = await people_in(url, keys)

    def forget(_config: object, _revision: str) -> None:
        op.execute("DELETE FROM subscribers")

    monkeypatch.setattr(migrations, "NEWEST", "next")
    monkeypatch.setattr(command, "upgrade", _run(forget))
    with pytest.raises(BrokenKeys, match="point to no row of subscribers"):
        await migrate(url)
    assert count(path, "subscribers") == 1


def _run(revision: Any) -> Any:
    def upgrade(config: Any, name: str) -> None:
        with Operations.context(MigrationContext.configure(config.attributes["connection"])):
            revision(config, name)

    return upgrade


def test_the_revision_that_a_start_looks_for_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST
