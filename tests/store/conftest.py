import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

from bot.store import migrate as migrations
from bot.store.crypt import Keys
from bot.store.database import Database, async_url, open_database
from tests import postgres


@pytest.fixture
def keys() -> Keys:
    return Keys(["c3RvcmUtdGVzdHMtc3RvcmUtdGVzdHMtc3RvcmUtdGU="])


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the tables and nobody in it, to be copied: migrating is slower than that."""
    path = tmp_path_factory.mktemp("migrated") / "nabij.sqlite3"
    migrations._migrate(async_url(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str) -> Iterator[str]:
    """The same on PostgreSQL: the name of a template database."""
    with postgres.fresh_database(make_url(postgres_url), f"template_{uuid4().hex}") as url:
        migrations._migrate(async_url(url.render_as_string(hide_password=False)))
        yield str(url.database)


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{shutil.copy(migrated_file, tmp_path / 'nabij.sqlite3')}"


@pytest.fixture
def migrated_postgres_url(postgres_url: str, migrated_template: str) -> Iterator[str]:
    server, name = make_url(postgres_url), f"test_{uuid4().hex}"
    make = SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(migrated_template))
    drop = SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name))
    host = str(server.query["host"])
    with psycopg.connect(host=host, user=server.username, dbname=server.database, autocommit=True) as connection:
        connection.execute(make)
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(drop)


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump, pg_restore and psql of the tests' own server come first on the PATH."""
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=os.pathsep)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database, on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"))


@pytest.fixture
async def database(migrated_url: str, keys: Keys) -> AsyncIterator[Database]:
    opened = await open_database(migrated_url, keys)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(sqlite_url: str, keys: Keys) -> AsyncIterator[Database]:
    """For what is about SQLite alone."""
    opened = await open_database(sqlite_url, keys)
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(migrated_postgres_url: str, keys: Keys) -> AsyncIterator[Database]:
    """For what is about PostgreSQL alone."""
    opened = await open_database(migrated_postgres_url, keys)
    yield opened
    await opened.close()
