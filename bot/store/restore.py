"""A backup becomes the database again, with everything that was open held back until a person decides.

SQLite: prepared in a copy beside the database, which takes its name in one step at the end; the file that was there
is kept. PostgreSQL: into an empty database, so that the one in use stays as it is.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from bot.store import tombstones
from bot.store.backup import BackupRefused, Reason, run_program, sync_file, written_whole
from bot.store.crypt import Keys
from bot.store.database import async_url, is_sqlite, open_database
from bot.store.errors import DatabaseUnavailable, sentence_of
from bot.store.hold import HOLD, held, hold_everything
from bot.store.migrate import COPY_SUFFIX, migrate
from bot.store.replay import Last, Replayed, newest, replay
from bot.store.roots import rooted_in
from bot.store.tombstones import Tombstones, sync_folder

_SQLITE: Final = b"SQLite format 3\x00"
_PG_DUMP: Final = b"PGDMP"
_OURS: Final = frozenset({"alembic_version", "subscribers", "messages", "meta"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    messages_held: int
    replayed: Replayed
    kept_as: Path | None
    """The database that was there before; None where there was none, and on PostgreSQL."""
    logs: int
    """How many logs of STOPs and erasures were found; 0 means that those after the backup are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Afterwards:
    """What is done in the restored tables before anybody else sees them."""

    keys: Keys
    logs: Sequence[Mapping[str, Last]]
    now: datetime

    async def done_in(self, url: str) -> Restored:
        try:
            await migrate(url)
        except CommandError as error:
            raise BackupRefused(Reason.NEWER) from error
        database = await open_database(url, self.keys)
        try:
            return await database.write(self._in_one_transaction)
        finally:
            await database.close()

    async def _in_one_transaction(self, conn: AsyncConnection) -> Restored:
        await hold_everything(conn, self.now)
        names = Tombstones.beside(Path(), await rooted_in(conn, self.keys))
        done = [await replay(conn, names, log) for log in self.logs]
        return Restored(
            messages_held=sum((await held(conn)).values()),
            replayed=Replayed(
                silenced=sum(one.silenced for one in done),
                withdrew=sum(one.withdrew for one in done),
                erased=sum(one.erased for one in done),
            ),
            kept_as=None,
            logs=len(self.logs),
        )


async def restore(url: str, file: Path, keys: Keys, logs: Sequence[Path], now: datetime) -> Restored:
    """Makes `file` the database. `logs` are the `tombstones.log` of every machine that served people; `now` is aware.
    On SQLite the caller holds the data folder's lock.

    Raises UnknownDatabase, DatabaseUnavailable, KeyMissing and BackupRefused: then nothing was restored. Only on
    PostgreSQL, whose own programs come first, all of it may be there then, held.
    """
    address = async_url(url)
    await asyncio.to_thread(_check_kind, file, _SQLITE if is_sqlite(address) else _PG_DUMP)
    afterwards = _Afterwards(keys=keys, logs=await asyncio.to_thread(_read, logs), now=now)
    if is_sqlite(address):
        return await _restore_sqlite(Path(str(address.database)), file, afterwards)
    await _check_empty(url)
    await asyncio.to_thread(_fill_postgres, address, file)
    return await afterwards.done_in(url)


async def _restore_sqlite(database: Path, file: Path, afterwards: _Afterwards) -> Restored:
    copy = database.with_name(f".{database.name}.restoring")
    try:
        await asyncio.to_thread(_copy, file, copy)
        restored = await afterwards.done_in(f"sqlite:///{copy}")
        kept_as = await asyncio.to_thread(_take_place, copy, database, afterwards.now)
        return replace(restored, kept_as=kept_as)
    finally:
        for leftover in ("", "-wal", "-shm", "-journal", COPY_SUFFIX):
            copy.with_name(copy.name + leftover).unlink(missing_ok=True)


def _copy(file: Path, copy: Path) -> None:
    """A copy of the backup that is known to be whole, so that the backup itself is only read."""
    with written_whole(copy) as part, file.open("rb") as source, part.open("wb") as target:
        shutil.copyfileobj(source, target)
    with closing(sqlite3.connect(copy, isolation_level=None)) as opened:
        try:
            tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables >= _OURS:
                raise BackupRefused(Reason.NOT_OURS, str(file))
            [verdict] = opened.execute("PRAGMA integrity_check(1)").fetchone()
            broken = opened.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as error:
            raise BackupRefused(Reason.DAMAGED, str(error)) from error
    if verdict != "ok" or broken is not None:
        raise BackupRefused(Reason.DAMAGED, str(verdict))


def _take_place(copy: Path, database: Path, now: datetime) -> Path | None:
    """Gives the copy the database's name in one step: whoever starts in between finds the old one or the new one."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE").fetchone()
    try:
        sync_file(copy)
        kept = _kept(database, now) if database.exists() else None
        copy.replace(database)
        sync_folder(database.parent)
    except OSError as error:
        raise BackupRefused(Reason.CANNOT_WRITE, error.strerror or type(error).__name__) from error
    return kept


def _kept(database: Path, now: datetime) -> Path:
    """The old database under another name as well. Raises OSError."""
    kept = database.with_name(f"{database.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    try:
        with closing(sqlite3.connect(database, timeout=5, isolation_level=None)) as old:
            old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.DatabaseError as error:
        # It is being replaced because it is broken: kept as it is, for whoever can still read some of it.
        del error
    for journal in ("-wal", "-shm"):
        left = database.with_name(database.name + journal)
        if left.exists():
            # A journal that stayed would be written into the new database.
            left.replace(kept.with_name(kept.name + journal))
    try:
        kept.hardlink_to(database)
    except FileExistsError:
        raise
    except OSError:
        shutil.copy2(database, kept)
    return kept


async def _check_empty(url: str) -> None:
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            if await conn.scalar(text("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")):
                raise BackupRefused(Reason.NOT_EMPTY)
    except DBAPIError as error:
        raise DatabaseUnavailable(sentence_of(error)) from error
    finally:
        await engine.dispose()


def _fill_postgres(url: URL, file: Path) -> None:
    """The dump and the hold in one transaction: at no moment there is an open message that a worker could take."""
    with tempfile.TemporaryDirectory(prefix="nabij-restore-") as folder:
        script = Path(folder) / "restore.sql"
        # First as a whole on the disk: a dump that breaks off must not look like one that ends.
        run_program("pg_restore", url, "--no-owner", "--no-privileges", f"--file={script}", str(file))
        in_one = ("--single-transaction", "--set=ON_ERROR_STOP=1", "--quiet", "--no-psqlrc", f"--file={script}")
        hold = [f"--command={statement}" for statement in ("RESET search_path", *HOLD)]
        run_program("psql", url, *in_one, *hold)


def _check_kind(file: Path, begins: bytes) -> None:
    try:
        with file.open("rb") as opened:
            first = opened.read(len(begins))
    except OSError as error:
        raise BackupRefused(Reason.CANNOT_READ, error.strerror or type(error).__name__) from error
    if first != begins:
        raise BackupRefused(Reason.NOT_OURS, str(file))


def _read(logs: Sequence[Path]) -> list[Mapping[str, Last]]:
    try:
        return [newest(tombstones.read(log)) for log in logs if log.exists()]
    except OSError as error:
        raise BackupRefused(Reason.CANNOT_READ, f"{error.filename}: {error.strerror}") from error
