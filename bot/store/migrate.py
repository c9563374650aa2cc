"""Bringing a database to this version's tables, on an engine of its own.

On SQLite foreign keys are switched off before BEGIN, since alembic rebuilds tables by dropping them, which would empty
their children; before COMMIT every key is checked, and a copy of the file is made first when anybody is in it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.store.database import async_url, is_sqlite
from bot.store.errors import DatabaseUnavailable, is_outage, sentence_of

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS: Final = Path(__file__).parent / "migrations"
NEWEST: Final = "0006"
"""The revision of this version's tables; a test holds it against the scripts, so that a start need not read them."""
ROOT: Final = "derived_root"
"""Key in `meta`."""
COPY_SUFFIX: Final = ".before-migration"
_ONE_AT_A_TIME: Final = 0x6E6162696A
"""Key of PostgreSQL's advisory lock ("nabij"): two processes that start together migrate one after the other."""


class BrokenKeys(Exception):
    """A migration would have left rows that point to nothing. Nothing was changed; the caller prints this and exits."""


async def migrate(url: str) -> None:
    """Brings the database to the newest revision, in one transaction; nothing happens when it is there already.

    Raises UnknownDatabase, DatabaseUnavailable, BrokenKeys.
    """
    await asyncio.to_thread(_migrate, async_url(url))


async def is_current(url: str) -> bool:
    """Whether the database has the newest revision. Makes no file. Raises UnknownDatabase, DatabaseUnavailable."""
    return await asyncio.to_thread(_is_current, async_url(url))


async def has_rows(url: str) -> bool:
    """Whether anybody is stored here: then a missing key must not be replaced by a new one. Makes no file.

    Raises UnknownDatabase, DatabaseUnavailable.
    """
    return await asyncio.to_thread(_has_rows, async_url(url))


async def stored_root(url: str) -> str | None:
    """The encrypted root of derived secrets (`bot.store.roots`); None for a database that never changed keys. Makes no
    file. Raises UnknownDatabase, DatabaseUnavailable."""
    return await asyncio.to_thread(_stored_root, async_url(url))


def _stored_root(url: URL) -> str | None:
    if _file_is_missing(url):
        return None
    with _connected(url) as conn:
        if not inspect(conn).has_table("meta"):
            return None
        found = conn.scalar(text("SELECT value FROM meta WHERE key = :key"), {"key": ROOT})
        return None if found is None else str(found)


def _migrate(url: URL) -> None:
    with _connected(url) as conn:
        if _revision(conn) == NEWEST:
            return
        if is_sqlite(url) and _anybody(conn):
            _copy_file(url)
        conn.rollback()
        with conn.begin():
            if not is_sqlite(url):
                conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            # Imported here: most starts find nothing to migrate.
            from alembic import command

            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
            if is_sqlite(url):
                _check_keys(conn)


def _is_current(url: URL) -> bool:
    if _file_is_missing(url):
        return False
    with _connected(url) as conn:
        return _revision(conn) == NEWEST


def _has_rows(url: URL) -> bool:
    if _file_is_missing(url):
        return False
    with _connected(url) as conn:
        return _anybody(conn)


def _anybody(conn: Connection) -> bool:
    if not inspect(conn).has_table("subscribers"):
        return False
    return conn.scalar(text("SELECT 1 FROM subscribers LIMIT 1")) is not None


def _revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    found = conn.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _check_keys(conn: Connection) -> None:
    broken = conn.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        raise BrokenKeys(f"The migration would leave rows of {broken[0]} that point to no row of {broken[2]}.")


def _copy_file(url: URL) -> None:
    """The newest copy only: each holds everything that somebody may ask to be erased."""
    copy = Path(f"{url.database}{COPY_SUFFIX}")
    copy.unlink(missing_ok=True)
    # Made before SQLite fills it, so that nobody else can read it in between.
    copy.touch(mode=0o600)
    source = sqlite3.connect(str(url.database), isolation_level=None)
    try:
        source.execute("VACUUM INTO ?", (str(copy),))
    finally:
        source.close()


def _file_is_missing(url: URL) -> bool:
    return is_sqlite(url) and not Path(str(url.database)).exists()


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    engine = _engine(url)
    try:
        with engine.connect() as conn:
            yield conn
    except DBAPIError as error:
        if is_outage(error):
            raise DatabaseUnavailable(sentence_of(error)) from error
        raise
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    if not is_sqlite(url):
        return create_engine(url, poolclass=NullPool)
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def begin_explicitly(conn: Connection) -> None:
        # Deferred: reading the revision of a database in use must not wait for its writer.
        conn.exec_driver_sql("BEGIN")

    return engine
