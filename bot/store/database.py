"""Opening a database, writing to it and reading from it: SQLite with one writer, or PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.crash import crash_point
from bot.store import inline
from bot.store.crypt import KeyMissing, Keys, hold_keys
from bot.store.dialect import insert_into
from bot.store.errors import (
    AlreadyRunning,
    DatabaseUnavailable,
    NotMigrated,
    UnknownDatabase,
    is_outage,
    sentence_of,
)
from bot.store.tables import MetaRow
from bot.store.tombstones import Tombstones, hold_tombstones
from bot.store.writer import Writer

T = TypeVar("T")
_Prepare = Callable[[dict[str, object]], None]

KEY_PROOF: Final = "key_proof"
_BUSY_MILLISECONDS: Final = 5_000
_READERS: Final = 4
_URGENT_AT_ONCE: Final = 8
_ORDINARY_AT_ONCE: Final = 6
"""Transactions of this process on PostgreSQL: with hundreds of accounts that all want to write, each one would only
take longer. What waits is done with the others of its kind."""
_NOTIFY: Final = text("SELECT pg_notify(:channel, :payload)")
_LONG_JOB: Final = text("SET LOCAL idle_in_transaction_session_timeout = '1h'")
_FROZEN_WITHIN: Final = "8s"
"""PostgreSQL ends a transaction whose process stands still for so long: it may hold rows that others wait for. Less
than a worker's lease, so that its successor finds them free."""


class Database:
    """One open database. Made by `open_database`; use within the event loop that opened it."""

    def __init__(
        self, readers: AsyncEngine, writers: AsyncEngine, writer: Writer | None, aside: AsyncEngine | None = None
    ) -> None:
        """`aside` has a connection for what must not wait for others, where there is no one writer."""
        self._readers = readers
        self._writers = writers
        self._writer = writer
        self._aside = aside or writers
        self._urgent = asyncio.Semaphore(_URGENT_AT_ONCE)
        self._ordinary = asyncio.Semaphore(_ORDINARY_AT_ONCE)

    @property
    def is_sqlite(self) -> bool:
        return self._writer is not None

    @property
    def file(self) -> Path | None:
        """Of SQLite."""
        name = self._writers.url.database
        return Path(name) if self.is_sqlite and name is not None else None

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]], *, urgent: bool = False) -> T:
        """Runs `work` in a transaction and returns its result once that is committed.

        `work` must only touch the database, and quickly: on SQLite everybody else's writes wait for it. Its own
        exception undoes only itself and is raised here. `urgent` work goes before other work that is waiting on
        SQLite. A caller that is cancelled before its turn has written nothing; later, its work may be committed.

        Raises DatabaseUnavailable when the work was not committed, or when that is not known. Nothing is retried.
        """
        if self._writer is not None:
            return await self._writer.write(work, urgent=urgent)
        async with self._urgent if urgent else self._ordinary:
            return await self._commit(self._writers, work)

    async def write_aside(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """As `write`, but behind nothing else that this process does: on PostgreSQL it has a connection of its own.
        For what would be worthless too late."""
        if self._writer is not None:
            return await self._writer.write(work, urgent=True)
        return await self._commit(self._aside, work)

    async def _commit(self, engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        with _outages_named():
            async with engine.begin() as conn:
                result = await work(conn)
                crash_point("before-commit")
            crash_point("after-commit")
        return result

    async def notify(self, channel: str, payloads: Sequence[str]) -> None:
        """Tells other processes on this PostgreSQL, outside any transaction. Raises DatabaseUnavailable."""
        with _outages_named():
            async with self._writers.connect() as conn:
                by_itself = await conn.execution_options(isolation_level="AUTOCOMMIT")
                for payload in payloads:
                    await by_itself.execute(_NOTIFY, {"channel": channel, "payload": payload})

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading: on SQLite one snapshot, on PostgreSQL one per statement.

        Raises DatabaseUnavailable.
        """
        with _outages_named():
            async with self._readers.connect() as conn:
                yield conn

    @asynccontextmanager
    async def alone_at(self, job: int) -> AsyncIterator[bool]:
        """Whether this process has that job to itself for the time being: no other one on this database is at it.
        Whoever dies leaves it at once. Raises DatabaseUnavailable."""
        if self.is_sqlite:
            yield True
            return
        with _outages_named():
            # Its lock is a transaction's, since PgBouncer gives each transaction another session.
            async with self._writers.begin() as conn:
                await conn.execute(_LONG_JOB)
                yield bool(await conn.scalar(select(func.pg_try_advisory_xact_lock(job))))

    async def empty_log(self) -> None:
        """SQLite keeps earlier pages in a log beside the file, also those of rows that were deleted: after this it has
        none, unless somebody is reading at this moment. On PostgreSQL the server's autovacuum does the like."""
        if self.file is not None:
            await asyncio.to_thread(_empty_log, self.file)

    async def close(self) -> None:
        """Commits what is waiting and closes every connection."""
        if self._writer is not None:
            await self._writer.close()
        for engine in {self._writers, self._readers, self._aside}:
            await engine.dispose()


async def open_database(
    url: str, keys: Keys, *, connections: int = 10, tombstones: Tombstones | None = None
) -> Database:
    """Opens the database that `url` names (already migrated) and proves that `keys` are the ones of its rows.

    `connections` is the size of the pool on PostgreSQL. `tombstones` is told what a restored backup must not forget;
    whoever serves people gives one. Raises UnknownDatabase, DatabaseUnavailable, NotMigrated, or
    KeyMissing for other keys than those that the database was first opened with.
    """
    address = async_url(url)

    def prepared(info: dict[str, object]) -> None:
        hold_keys(info, keys)
        hold_tombstones(info, tombstones)

    database = _open_sqlite(address, prepared) if is_sqlite(address) else _open_postgres(address, prepared, connections)
    try:
        await database.write(lambda conn: _prove_keys(conn, keys))
    except BaseException:
        await database.close()
        raise
    return database


@contextmanager
def lock_file(data_dir: Path) -> Iterator[None]:
    """Holds the data folder for this process: SQLite has one writer, so only one process may work on it.

    Raises AlreadyRunning, or DatabaseUnavailable when the folder cannot be written. The lock ends with the process.
    """
    lock = FileLock(data_dir / "nabij.lock", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as held:
        raise AlreadyRunning(
            f"Nabij already runs on the data folder {data_dir}: stop that one first, or set NABIJ_DATA_DIR."
        ) from held
    except OSError as error:
        raise DatabaseUnavailable(f"The data folder {data_dir} cannot be written: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()


def async_url(url: str) -> URL:
    """`url` with the driver that is used here. Raises UnknownDatabase."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UnknownDatabase("The database URL cannot be read: check NABIJ_DATABASE_URL.") from error
    if address.drivername in {"sqlite", "sqlite+aiosqlite"}:
        if address.database in {None, "", ":memory:"}:
            raise UnknownDatabase("SQLite needs a file: its readers and its writer are connections of their own.")
        return address.set(drivername="sqlite+aiosqlite")
    if address.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return address.set(drivername="postgresql+psycopg")
    raise UnknownDatabase(f"'{address.drivername}' is no database of Nabij: use sqlite:///FILE or postgresql://...")


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _open_sqlite(url: URL, prepared: _Prepare) -> Database:
    writers = create_async_engine(url.set(drivername=inline.DRIVER), pool_size=1, max_overflow=0)
    readers = create_async_engine(url, pool_size=_READERS, max_overflow=_READERS)

    @event.listens_for(writers.sync_engine, "connect")
    def prepare_writer(connection: Any, record: Any) -> None:
        prepared(record.info)
        # It waits for other processes in a thread, at the begin; once that has the lock nothing else has to wait.
        _set_pragmas(connection, "cache_size=-16000", "busy_timeout=0")
        connection.patience = _BUSY_MILLISECONDS

    @event.listens_for(readers.sync_engine, "connect")
    def prepare_reader(connection: Any, record: Any) -> None:
        # Without this Python's driver begins transactions itself.
        connection.isolation_level = None
        prepared(record.info)
        # Half a megabyte each instead of two: what a scan of the night leaves in it would stay, and the system has the
        # pages of the file in a cache of its own.
        _set_pragmas(connection, "query_only=ON", "cache_size=-500")

    @event.listens_for(readers.sync_engine, "begin")
    def begin_explicitly(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN")

    return Database(readers, writers, Writer(writers))


def _set_pragmas(connection: Any, *more: str) -> None:
    cursor = connection.cursor()
    # The wait comes first: changing the journal needs a lock as well.
    for pragma in (f"busy_timeout={_BUSY_MILLISECONDS}", *_DURABLE, *more):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _empty_log(file: Path) -> None:
    with closing(sqlite3.connect(file, timeout=_BUSY_MILLISECONDS / 1000, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


_DURABLE: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


def _open_postgres(url: URL, prepared: _Prepare, connections: int) -> Database:
    engine = create_async_engine(url, pool_size=connections, max_overflow=connections, pool_pre_ping=True)
    aside = create_async_engine(url, pool_size=1, max_overflow=1, pool_pre_ping=True)

    @event.listens_for(aside.sync_engine, "connect")
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        prepared(record.info)
        cursor = connection.cursor()
        # Every moment that is read is wanted in UTC, which costs least when it comes so.
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_FROZEN_WITHIN}'")
        cursor.close()
        connection.commit()

    return Database(engine, engine, None, aside)


async def _prove_keys(conn: AsyncConnection, keys: Keys) -> None:
    try:
        proof = await conn.scalar(select(MetaRow.value).where(MetaRow.key == KEY_PROOF))
    except (OperationalError, ProgrammingError) as error:
        if _table_is_missing(error):
            raise NotMigrated("The database has no tables of this version yet: run `nabij migrate`.") from error
        raise
    if proof is None:
        made = keys.encrypt(KEY_PROOF).decode("ascii")
        await conn.execute(insert_into(conn, MetaRow).values(key=KEY_PROOF, value=made).on_conflict_do_nothing())
        return
    try:
        keys.decrypt(proof.encode("ascii"))
    except KeyMissing as error:
        raise KeyMissing(
            "The key is not the one that this database was written with: put the old one back, or add it behind the"
            " new one, parted by a comma."
        ) from error


def _table_is_missing(error: OperationalError | ProgrammingError) -> bool:
    return "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "42P01"


@contextmanager
def _outages_named() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable:
        raise
    except Exception as error:
        if is_outage(error):
            raise DatabaseUnavailable(sentence_of(error)) from error
        raise
